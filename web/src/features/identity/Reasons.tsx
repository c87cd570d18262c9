import { useTranslation } from "react-i18next";
import { Tag, type Tone } from "@/components/Tag";
import type { Duplicate } from "./api";
import styles from "./identity.module.css";

const TONES: Readonly<Record<Duplicate["band"], Tone>> = { high: "good", medium: "info", low: "neutral" };

/** How likely a pair is one person, in a word and a percentage. */
export function Likely({ pair }: { pair: Duplicate }) {
  const { t } = useTranslation("identity");
  return (
    <>
      <Tag tone={TONES[pair.band]}>{t(`duplicates.${pair.band}`)}</Tag>{" "}
      <span className={styles.soft}>{Math.min(99.9, pair.score_permille / 10).toFixed(1)}%</span>
    </>
  );
}

/** What the percentage rests on: the operator's own files, or what Huike comes with. */
export function ScoredBy({ pair }: { pair: Duplicate }) {
  const { t, i18n } = useTranslation("identity");
  const files = pair.learned && new Intl.NumberFormat(i18n.language).format(pair.learned.files_count);
  return <div className={styles.soft}>{files ? t("duplicates.learned", { files }) : t("duplicates.shipped")}</div>;
}

/** What two files agree and differ in, in words. */
export function Reasons({ pair }: { pair: Duplicate }) {
  const { t } = useTranslation("identity");
  const words = pair.reasons.map((code) => t(`duplicates.reason.${code as "name.equal"}`, { defaultValue: code }));
  return <span>{words.join(t("comma"))}</span>;
}
