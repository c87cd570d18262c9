import { App, DatePicker, Input, Modal } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { useSetCosts } from "./api";
import { readCosts } from "./costs";
import styles from "./products.module.css";

/** Costs of many products at once, pasted from a spreadsheet. */
export function CostsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("products");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const { currency } = useReading();
  const set = useSetCosts();
  const [text, setText] = useState("");
  const [day, setDay] = useState(dayjs().format("YYYY-MM-DD"));
  const { costs, refused } = readCosts(text, { currency, day });
  const keep = () =>
    set.mutate(costs, {
      onSuccess: ({ changed }) => {
        void message.success(t("cost.changed", { count: changed }));
        onClose();
      },
    });
  return (
    <Modal
      open
      title={t("cost.many")}
      okText={costs.length > 0 ? t("cost.keep_many", { count: costs.length }) : t("cost.keep")}
      okButtonProps={{ disabled: costs.length === 0 || refused.length > 0 }}
      cancelText={kit("cancel")}
      confirmLoading={set.isPending}
      onOk={keep}
      onCancel={onClose}
      width={640}
    >
      <p>{t("cost.many_words", { currency })}</p>
      <Refused error={set.error} />
      <p className={styles.since}>
        <span>{t("cost.since_usual")}</span>
        <DatePicker
          aria-label={t("cost.since_usual")}
          allowClear={false}
          value={dayjs(day)}
          onChange={(_, chosen) => typeof chosen === "string" && setDay(chosen)}
        />
      </p>
      <Input.TextArea
        aria-label={t("cost.many")}
        className={styles.pasted ?? ""}
        rows={10}
        spellCheck={false}
        placeholder={t("cost.example")}
        value={text}
        onChange={({ target }) => setText(target.value)}
        autoFocus
      />
      {refused.length > 0 && (
        <p className={styles.bad} role="alert">
          {t("cost.unread", { count: refused.length, lines: refused.slice(0, 10).join(t("cost.and")) })}
        </p>
      )}
    </Modal>
  );
}
