import { useTranslation } from "react-i18next";
import { When } from "@/components/figures";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState } from "@/components/states";
import { exactCount } from "@/format/count";
import { type AskedBefore, useSqlHistory } from "./api";
import styles from "./sql.module.css";

/** Her own last questions, to be asked again. */
export function HistoryList({ onTake }: { onTake: (sql: string) => void }) {
  const { t } = useTranslation("sql");
  const history = useSqlHistory();
  if (history.error) return <ErrorState compact error={history.error} onRetry={() => void history.refetch()} />;
  if (!history.data) return <BoneLines lines={5} />;
  if (history.data.length === 0) return <p className={styles.soft}>{t("history.none")}</p>;
  return (
    <ul className={styles.list}>
      {history.data.map((asked) => (
        <li key={asked.id}>
          <button type="button" className={styles.item} onClick={() => onTake(asked.sql)}>
            <code className={styles.snippet}>{asked.sql}</code>
            <span className={styles.soft}>
              <When at={asked.asked_at} /> · <Outcome asked={asked} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Outcome({ asked }: { asked: AskedBefore }) {
  const { t } = useTranslation("sql");
  const { language } = useReading();
  if (asked.outcome === null) return t("history.running");
  if (asked.outcome === "lake.query_cancelled") return t("history.cancelled");
  if (asked.outcome !== "answered") return t("history.failed");
  return t("history.rows", { rows: exactCount(asked.rows ?? 0, language) });
}
