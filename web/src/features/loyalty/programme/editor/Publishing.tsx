import { App, DatePicker, Input, Modal, Radio } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { AFTER_SAVING } from "@/components/layout";
import { useReading } from "@/components/reading";
import { dateAndTime, wallTimeToInstant } from "@/format/when";
import { type Programme, useDifferences, usePublish } from "../api";
import styles from "../programme.module.css";
import { Differences } from "../words";

/** Says what publishing does and from when, and does it. */
export function Publishing({
  programme,
  draftVersion,
  onClose,
}: {
  programme: Programme;
  draftVersion: number;
  onClose: () => void;
}) {
  const { t } = useTranslation("programme");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const navigate = useNavigate();
  const { language, timezone } = useReading();
  const publish = usePublish(programme.id);
  const differences = useDifferences(programme.id, programme.version, null);
  const [later, setLater] = useState(false);
  const [at, setAt] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const next = programme.version + 1;
  const effectiveAt = later && at !== null ? wallTimeToInstant(at, timezone) : null;
  const overtaken = programme.scheduled.filter(
    ({ effective_at }) => effectiveAt === null || new Date(effective_at) >= new Date(effectiveAt),
  );
  const store = async () => {
    const terms = await publish.mutateAsync({
      expected_version: programme.version,
      draft_version: draftVersion,
      effective_at: effectiveAt,
      note: note.trim(),
    });
    void message.success(t("editor.published", { version: terms.version }));
    navigate("/loyalty/programme", { state: AFTER_SAVING });
  };
  return (
    <Modal
      open
      title={t("editor.publish_title", { version: next })}
      okText={t("editor.publish")}
      cancelText={kit("cancel")}
      okButtonProps={{ disabled: later && at === null, loading: publish.isPending }}
      onCancel={onClose}
      onOk={() => void store().catch(() => {})}
    >
      <div className={styles.inputs}>
        <Radio.Group
          value={later}
          onChange={(event) => setLater(event.target.value)}
          options={[
            { value: false, label: t("editor.publish_now") },
            { value: true, label: t("editor.publish_later") },
          ]}
        />
        {later && (
          <DatePicker
            showTime={{ format: "HH:mm" }}
            aria-label={t("editor.publish_later")}
            minDate={dayjs()}
            value={at === null ? null : dayjs(at)}
            onChange={(day) => setAt(day?.format("YYYY-MM-DDTHH:mm") ?? null)}
          />
        )}
        <p>
          {programme.version === 0 && `${t("editor.publish_first")} `}
          {effectiveAt === null
            ? t("editor.publish_words_now")
            : t("editor.publish_words_later", {
                at: dateAndTime(new Date(effectiveAt), { timezone, language }),
              })}
        </p>
        {overtaken.map(({ version }) => (
          <p key={version}>{t("editor.publish_overtakes", { version })}</p>
        ))}
        <Input
          value={note}
          maxLength={300}
          placeholder={t("editor.publish_note")}
          aria-label={t("editor.publish_note")}
          onChange={(event) => setNote(event.target.value)}
        />
        {differences.data && (
          <section>
            <h3 className={styles.soft}>{t("editor.changes")}</h3>
            <Differences differences={differences.data} currency={programme.currency} />
          </section>
        )}
      </div>
    </Modal>
  );
}
