import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { type StarterTemplate, useStarters } from "./api";
import styles from "./templates.module.css";

/** Ready letters to begin with. */
export function StarterLetters({ onChoose }: { onChoose: (starter: StarterTemplate) => void }) {
  const { t } = useTranslation("templates");
  const { language } = useReading();
  const starters = useStarters(true);
  return (
    <ul className={styles.starters}>
      {starters.data?.map((starter) => (
        <li key={starter.key}>
          <button type="button" className={styles.starter} onClick={() => onChoose(starter)}>
            <span className={styles.swatch} data-layout={starter.layout} aria-hidden="true" />
            <span className={styles.starterName}>{starter.names[language]}</span>
            <span className={styles.starterAbout}>{t(`layout.${starter.layout}`)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
