import { useTranslation } from "react-i18next";
import { None, Percent } from "@/components/figures";
import type { ReturnWindow } from "./api";
import styles from "./results.module.css";

/** The share that came back, of how many, and for how many it is too early to say. */
export function Back({ window }: { window: ReturnWindow | undefined }) {
  const { t } = useTranslation("deal_results");
  if (!window || window.over + window.running === 0) return <None />;
  return (
    <>
      <Percent ratio={window.rate} />
      {window.over > 0 && (
        <span className={styles.faint}>{t("of", { returned: window.returned, count: window.over })}</span>
      )}
      {window.running > 0 && <span className={styles.faint}>{t("running", { count: window.running })}</span>}
    </>
  );
}
