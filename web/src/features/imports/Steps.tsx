import { CheckOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import styles from "./imports.module.css";

const STEPS = ["upload", "map", "check", "run"] as const;
export type Step = (typeof STEPS)[number];

/** Where one is on the way from a file to data. */
export function Steps({ at }: { at: Step | "done" }) {
  const { t } = useTranslation("imports");
  const place = at === "done" ? STEPS.length : STEPS.indexOf(at);
  return (
    <ol className={styles.steps}>
      {STEPS.map((step, index) => (
        <li key={step} data-done={index < place || undefined} aria-current={index === place ? "step" : undefined}>
          <span className={styles.stepMark} aria-hidden="true">
            {index < place ? <CheckOutlined /> : index + 1}
          </span>
          {t(`step.${step}`)}
        </li>
      ))}
    </ol>
  );
}
