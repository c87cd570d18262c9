import { useTranslation } from "react-i18next";
import { EXAMPLE_NAMES, EXAMPLES } from "./examples";
import styles from "./sql.module.css";

export function ExampleList({ onTake }: { onTake: (sql: string) => void }) {
  const { t } = useTranslation("sql");
  return (
    <ul className={styles.list}>
      {EXAMPLE_NAMES.map((name) => (
        <li key={name}>
          <button type="button" className={styles.item} onClick={() => onTake(EXAMPLES[name])}>
            <span>{t(`example.${name}.title`)}</span>
            <span className={styles.soft}>{t(`example.${name}.words`)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
