import { App, Form, Input, InputNumber, Modal, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Count } from "@/components/figures";
import { Refused } from "@/components/Refused";
import { AmountInput, useAmounts } from "./amounts";
import { useAdjust, useAdjusting } from "./api";
import styles from "./desk.module.css";

/** Gives or takes points or stored value, and says before whether a second person has to decide. */
export function AdjustDialog({ id, name, onClose }: { id: number; name: string; onClose: () => void }) {
  const { t } = useTranslation("desk");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const terms = useAdjusting(true).data;
  const adjust = useAdjust(id);
  const amount = useAmounts(terms?.currency ?? "CNY");
  const [kind, setKind] = useState<"points" | "money">("points");
  const [sign, setSign] = useState(1);
  const [size, setSize] = useState<number | null>(null);
  const [reason, setReason] = useState<string | null>(null);
  const [words, setWords] = useState("");
  const limit = kind === "points" ? terms?.alone_points : terms?.alone_minor;
  const waits = limit !== undefined && limit !== null && (size ?? 0) > limit;
  const ready = size !== null && size > 0 && reason !== null && words.trim() !== "";
  return (
    <Modal
      open
      title={t("adjust.dialog", { name })}
      onCancel={onClose}
      okText={t("adjust.submit")}
      okButtonProps={{ disabled: !ready }}
      cancelText={kit("cancel")}
      confirmLoading={adjust.isPending}
      onOk={() =>
        ready &&
        adjust.mutate(
          { kind, amount: sign * size, reason, words: words.trim() },
          {
            onSuccess: ({ state }) => {
              void message.success(t(state === "waiting" ? "adjust.waiting" : "adjust.done"));
              onClose();
            },
          },
        )
      }
    >
      <Refused error={adjust.error} />
      <Form layout="vertical">
        <Form.Item label={t("adjust.kind")}>
          <Radio.Group
            value={kind}
            options={(["points", "money"] as const).map((one) => ({ value: one, label: t(`adjust.${one}`) }))}
            onChange={({ target }) => {
              setKind(target.value as "points" | "money");
              setSize(null);
            }}
          />
        </Form.Item>
        <Form.Item label={t("adjust.direction")}>
          <Radio.Group
            value={sign}
            options={[
              { value: 1, label: t("adjust.give") },
              { value: -1, label: t("adjust.take") },
            ]}
            onChange={({ target }) => setSign(target.value as number)}
          />
        </Form.Item>
        <Form.Item label={t("adjust.amount")}>
          {kind === "points" ? (
            <InputNumber<number>
              className={styles.amount}
              aria-label={t("adjust.amount")}
              min={1}
              max={1_000_000_000}
              precision={0}
              value={size}
              onChange={setSize}
            />
          ) : (
            <AmountInput
              className={styles.amount}
              label={t("adjust.amount")}
              currency={terms?.currency ?? "CNY"}
              minor={size}
              onChange={setSize}
            />
          )}
          {size !== null && size > 0 && limit !== null && limit !== undefined && (
            <span className={styles.faint} role="status">
              {waits
                ? t("adjust.waits", {
                    limit: kind === "points" ? String(limit) : amount(limit),
                    days: terms?.waits_days ?? 0,
                  })
                : t("adjust.at_once")}
            </span>
          )}
        </Form.Item>
        <Form.Item label={t("adjust.reason")}>
          <Select
            aria-label={t("adjust.reason")}
            value={reason}
            options={(terms?.reasons ?? []).map((one) => ({ value: one.key, label: one.name }))}
            onChange={setReason}
          />
        </Form.Item>
        <Form.Item label={t("adjust.words")}>
          <Input.TextArea
            aria-label={t("adjust.words")}
            placeholder={t("adjust.words_example")}
            rows={2}
            maxLength={300}
            value={words}
            onChange={({ target }) => setWords(target.value)}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}

/** So much given or taken, with its sign. */
export function Adjusted({
  kind,
  size,
  currency,
}: {
  kind: "points" | "money" | "uses";
  size: number;
  currency: string | null;
}) {
  const { t } = useTranslation("desk");
  const amount = useAmounts(currency ?? "CNY");
  const sign = size > 0 ? "+" : "";
  return kind === "money" ? (
    <span>
      {sign}
      {amount(size)}
    </span>
  ) : (
    <span>
      {sign}
      <Count value={size} /> {t(kind === "uses" ? "adjust.uses" : "adjust.points")}
    </span>
  );
}
