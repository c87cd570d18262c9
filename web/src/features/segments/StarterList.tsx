import { useTranslation } from "react-i18next";
import styles from "./segments.module.css";
import { STARTERS, type Starter } from "./starters";

/** Common rules to begin with, each in one line. */
export function StarterList({ onChoose }: { onChoose: (starter: Starter) => void }) {
  const { t } = useTranslation("segments");
  return (
    <ul className={styles.starters}>
      {STARTERS.map((starter) => (
        <li key={starter}>
          <button type="button" className={styles.starter} onClick={() => onChoose(starter)}>
            <span className={styles.starterName}>{t(`starter.${starter}.name`)}</span>
            <span className={styles.starterAbout}>{t(`starter.${starter}.about`)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
