import { useTranslation } from "react-i18next";
import { Money, None, Percent } from "@/components/figures";
import { useReading } from "@/components/reading";
import { percent } from "@/format/percent";
import type { ReturnWindow } from "./api";
import styles from "./results.module.css";

/** What is left of the part whose costs are known, and how large that part is where it is not the whole. */
export function Margin({
  figures,
  currency,
}: {
  figures: { readonly margin_minor: number; readonly known_share: number | null };
  currency: string;
}) {
  const { t } = useTranslation("deal_results");
  const { language } = useReading();
  const { margin_minor, known_share } = figures;
  if (known_share === 0) return <span className={styles.part}>{t("no_costs")}</span>;
  return (
    <>
      <Money minor={margin_minor} currency={currency} />
      {known_share !== null && known_share < 1 && (
        <span className={styles.part}> {t("known_of", { share: percent(known_share, language) })}</span>
      )}
    </>
  );
}

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
