import { useTranslation } from "react-i18next";
import type { Terms } from "../api";
import styles from "../programme.module.css";
import { type Told, useTermsWords } from "../sentences";

const PARTS = {
  members: ["joining", "bonuses"],
  points: ["spending", "lapse", "returns"],
  stored_value: ["stored_value"],
  count_cards: ["count_cards"],
  by_hand: ["adjusting"],
} as const satisfies Record<string, readonly Told[]>;

/** A part of the terms as a customer or a colleague would be told it. */
export function ReadsAs({ terms, part, currency }: { terms: Terms; part: keyof typeof PARTS; currency: string }) {
  const { t } = useTranslation("terms");
  const words = useTermsWords(currency);
  return (
    <section className={styles.example}>
      <h2>{t("reads_as")}</h2>
      <ul className={styles.why}>
        {PARTS[part]
          .flatMap((told) => words(terms, told))
          .map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
      </ul>
    </section>
  );
}
