import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import styles from "./states.module.css";

/** What she wanted to save was changed elsewhere since she opened it: nothing is lost until she says whose it is to be. */
export function ChangedMeanwhile({
  name,
  busy,
  onTakeLatest,
  onOverwrite,
}: {
  name: string;
  busy: boolean;
  onTakeLatest: () => void;
  onOverwrite: () => void;
}) {
  const { t } = useTranslation("kit");
  return (
    <Alert
      className={styles.refused}
      type="warning"
      showIcon
      role="alert"
      title={t("meanwhile.title", { name })}
      description={
        <>
          <p>{t("meanwhile.words")}</p>
          <div className={styles.choices}>
            <Button onClick={onTakeLatest}>{t("meanwhile.take_latest")}</Button>
            <Button danger loading={busy} onClick={onOverwrite}>
              {t("meanwhile.overwrite")}
            </Button>
          </div>
        </>
      }
    />
  );
}
