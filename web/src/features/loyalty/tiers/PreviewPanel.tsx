import { useTranslation } from "react-i18next";
import { Count } from "@/components/figures";
import { BoneLines, ErrorState } from "@/components/states";
import { type Ladder, type Preview, usePreview } from "./api";
import styles from "./tiers.module.css";

/** What the ladder would do to all members today; `ladder` is null while it does not hold together. */
export function PreviewPanel({ ladder, runs }: { ladder: Ladder | null; runs: boolean }) {
  const { t } = useTranslation("tiers");
  const found = usePreview(ladder);
  return (
    <section className={styles.preview} aria-live="polite">
      <h2>{t("preview.title")}</h2>
      {!runs ? (
        <p className={styles.hint}>{t("preview.not_running")}</p>
      ) : found.error && !found.data ? (
        <ErrorState error={found.error} compact onRetry={() => void found.refetch()} />
      ) : found.data ? (
        <div className={ladder === null || found.isPlaceholderData ? styles.stale : undefined}>
          <Counts preview={found.data} />
        </div>
      ) : ladder === null ? (
        <p className={styles.hint}>{t("preview.incomplete")}</p>
      ) : (
        <BoneLines lines={5} />
      )}
    </section>
  );
}

function Counts({ preview }: { preview: Preview }) {
  const { t } = useTranslation("tiers");
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("column.tier")}</th>
            <th scope="col">{t("preview.now")}</th>
            <th scope="col">{t("preview.under")}</th>
          </tr>
        </thead>
        <tbody>
          {preview.tiers.map(({ key, name, now, then }) => (
            <tr key={key ?? ""}>
              <td>{name || t("no_tier")}</td>
              <td>
                <Count value={now} />
              </td>
              <td>
                <Count value={then} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul className={styles.moves}>
        <li>{t("preview.rises", { count: preview.rises })}</li>
        <li>{t("preview.falls", { count: preview.falls })}</li>
        {preview.gone > 0 && <li>{t("preview.gone", { count: preview.gone })}</li>}
      </ul>
      <p className={styles.hint}>{t("preview.words", { count: preview.members })}</p>
    </>
  );
}
