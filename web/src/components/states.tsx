import { ApiOutlined, ExclamationCircleOutlined, LockOutlined, ReloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { asProblem } from "@/api/problem";
import { useProblemWords } from "./problems";
import styles from "./states.module.css";

/** Nothing here yet: what this is for, one example, one button. */
export function EmptyState({
  icon,
  title,
  purpose,
  example,
  action,
  asPage = false,
}: {
  /** It is the whole page, so that its title is the page's. */
  asPage?: boolean;
  icon?: ReactNode;
  title: ReactNode;
  purpose: ReactNode;
  example?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <section className={styles.state}>
      {icon && (
        <div className={styles.icon} aria-hidden="true">
          {icon}
        </div>
      )}
      {asPage ? <h1 className={styles.title}>{title}</h1> : <h2 className={styles.title}>{title}</h2>}
      <p className={styles.words}>{purpose}</p>
      {example && <p className={styles.example}>{example}</p>}
      {action && <div className={styles.action}>{action}</div>}
    </section>
  );
}

/** The filters leave nothing: which one to relax. */
export function ZeroResults({
  relax,
  onClear,
}: {
  /** The filters in force, each with the way to drop it. */
  relax: readonly { key: string; label: string; drop: () => void }[];
  onClear: () => void;
}) {
  const { t } = useTranslation("kit");
  return (
    <section className={styles.state}>
      <h2 className={styles.title}>{t("zero.title")}</h2>
      <p className={styles.words}>{t("zero.words")}</p>
      <div className={styles.action}>
        {relax.map((filter) => (
          <Button key={filter.key} onClick={filter.drop}>
            {t("zero.drop", { filter: filter.label })}
          </Button>
        ))}
        <Button type={relax.length === 0 ? "default" : "text"} onClick={onClear}>
          {t("zero.clear")}
        </Button>
      </div>
    </section>
  );
}

/** Something failed: what, what is safe, what to do, and a code to quote. */
export function ErrorState({
  error,
  onRetry,
  compact = false,
}: {
  error: unknown;
  onRetry?: () => void;
  compact?: boolean;
}) {
  const { t } = useTranslation("kit");
  const problem = asProblem(error);
  const words = useProblemWords(problem);
  if (problem.status === 403) return <NoPermission />;
  return (
    <section className={styles.state} data-compact={compact || undefined} role="alert">
      <div className={styles.icon} data-tone="bad" aria-hidden="true">
        {problem.status === 0 ? <ApiOutlined /> : <ExclamationCircleOutlined />}
      </div>
      <h2 className={styles.title}>{words.what}</h2>
      <p className={styles.words}>{words.safe}</p>
      {words.fields.length > 0 && (
        <ul className={styles.fields}>
          {words.fields.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      <div className={styles.action}>
        {onRetry && (
          <Button icon={<ReloadOutlined />} onClick={onRetry}>
            {t("error.retry")}
          </Button>
        )}
      </div>
      <p className={styles.quote}>
        {problem.reference
          ? t("error.quote_reference", { code: problem.code, reference: problem.reference })
          : t("error.quote", { code: problem.code })}
      </p>
    </section>
  );
}

/** She may not see this; who can change that. */
export function NoPermission({ what }: { what?: string }) {
  const { t } = useTranslation("kit");
  return (
    <section className={styles.state}>
      <div className={styles.icon} aria-hidden="true">
        <LockOutlined />
      </div>
      <h1 className={styles.title}>{what ? t("no_permission.title_what", { what }) : t("no_permission.title")}</h1>
      <p className={styles.words}>{t("no_permission.words")}</p>
      <div className={styles.action}>
        <Link to="/">{t("no_permission.home")}</Link>
      </div>
    </section>
  );
}

/** A grey bar where a word or figure will stand. */
export function Bone({ width = "100%", height = 12 }: { width?: number | string; height?: number }) {
  return <span className={styles.bone} style={{ width, height }} aria-hidden="true" />;
}

/** Lines of text to come. */
export function BoneLines({ lines = 3 }: { lines?: number }) {
  const widths = ["92%", "76%", "84%", "61%", "88%"];
  return (
    <div className={styles.lines} aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars never change places.
        <Bone key={line} width={widths[line % widths.length]} />
      ))}
    </div>
  );
}
