import { DesktopOutlined, MobileOutlined } from "@ant-design/icons";
import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import styles from "./MailFrame.module.css";
import { Bone } from "./states";
import { useStored } from "./stored";

/** A mail as its reader sees it, at a desktop's or a phone's width. */
export function MailFrame({
  subject,
  preheader,
  html,
  stale = false,
}: {
  /** Undefined while the first rendering is on its way. */
  subject: string | undefined;
  preheader?: string;
  html: string | undefined;
  /** A newer rendering is on its way. */
  stale?: boolean;
}) {
  const { t } = useTranslation("kit");
  const [width, setWidth] = useStored<"desktop" | "phone">("mail.width", "desktop");
  return (
    <figure className={styles.mail} data-stale={stale || undefined}>
      <figcaption className={styles.head}>
        <div className={styles.lines}>
          <p className={styles.subject}>{subject ?? <Bone width="70%" height={14} />}</p>
          {preheader && <p className={styles.preheader}>{preheader}</p>}
        </div>
        <Segmented
          size="small"
          value={width}
          onChange={setWidth}
          options={[
            { value: "desktop", icon: <DesktopOutlined />, title: t("mail.desktop") },
            { value: "phone", icon: <MobileOutlined />, title: t("mail.phone") },
          ]}
        />
      </figcaption>
      <div className={styles.desk}>
        {html === undefined ? (
          <div className={styles.page} data-width={width}>
            <Bone width="100%" height={420} />
          </div>
        ) : (
          // No scripts, no forms, no way out: what a customer's name or a template holds stays inside.
          <iframe
            className={styles.page}
            data-width={width}
            title={t("mail.frame")}
            sandbox=""
            srcDoc={html}
            referrerPolicy="no-referrer"
          />
        )}
      </div>
    </figure>
  );
}
