import { App, Form, Input, InputNumber, Modal, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type AdjustmentDraft, useAdjust, useAdjusting, useCountCards } from "@/api/adjusting";
import { AmountInput, useAmounts } from "@/components/amounts";
import { Count } from "@/components/figures";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { exactCount } from "@/format/count";
import styles from "./adjust.module.css";

type Kind = AdjustmentDraft["kind"];

/** Gives or takes points, stored value or uses of a count card, and says before whether a second person has to decide. */
export function AdjustDialog({
  id,
  name,
  start = "points",
  startCard = "",
  onClose,
}: {
  id: number;
  name: string;
  /** What is adjusted unless something else is chosen. */
  start?: Kind;
  startCard?: string;
  onClose: () => void;
}) {
  const { t } = useTranslation("desk");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const { language } = useReading();
  const adjusting = useAdjusting(true);
  const terms = adjusting.data;
  const cards = useCountCards(true).data ?? [];
  const adjust = useAdjust(id);
  const money = useAmounts(terms?.currency ?? "CNY");
  const [kind, setKind] = useState<Kind>(start);
  const [card, setCard] = useState(startCard);
  const [sign, setSign] = useState(1);
  const [size, setSize] = useState<number | null>(null);
  const [reason, setReason] = useState<string | null>(null);
  const [words, setWords] = useState("");
  const limit = terms && { points: terms.alone_points, money: terms.alone_minor, uses: terms.alone_uses }[kind];
  const waits = limit !== undefined && limit !== null && (size ?? 0) > limit;
  const shownLimit = kind === "money" ? money(limit ?? 0) : exactCount(limit ?? 0, language);
  const key = kind === "uses" ? card || (cards[0]?.key ?? "") : "";
  const ready = size !== null && size > 0 && reason !== null && words.trim() !== "" && (kind !== "uses" || key !== "");
  const kinds: readonly Kind[] = cards.length > 0 ? ["points", "money", "uses"] : ["points", "money"];
  const send = (asked: { size: number; reason: string }) =>
    adjust.mutate(
      { kind, card_key: key, amount: sign * asked.size, reason: asked.reason, words: words.trim() },
      {
        onSuccess: ({ state }) => {
          void message.success(t(state === "waiting" ? "adjust.waiting" : "adjust.done"));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t("adjust.dialog", { name })}
      onCancel={onClose}
      okText={t(waits ? "adjust.propose" : "adjust.submit")}
      okButtonProps={{ disabled: !ready }}
      cancelText={kit("cancel")}
      confirmLoading={adjust.isPending}
      onOk={() => size !== null && reason !== null && ready && send({ size, reason })}
    >
      <Refused error={adjusting.error ?? adjust.error} />
      <Form layout="vertical">
        <Form.Item label={t("adjust.kind")}>
          <Radio.Group
            value={kind}
            options={kinds.map((one) => ({ value: one, label: t(`adjust.kinds.${one}`) }))}
            onChange={({ target }) => {
              setKind(target.value as Kind);
              setSize(null);
            }}
          />
        </Form.Item>
        {kind === "uses" && (
          <Form.Item label={t("adjust.card")}>
            <Select
              aria-label={t("adjust.card")}
              value={key}
              options={cards.map((one) => ({ value: one.key, label: one.name }))}
              onChange={setCard}
            />
          </Form.Item>
        )}
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
        <Form.Item
          label={t("adjust.amount")}
          extra={
            <span role="status">
              {limit === undefined
                ? ""
                : limit === null
                  ? t("adjust.no_limit")
                  : t(waits ? "adjust.waits" : "adjust.up_to", { limit: shownLimit, days: terms?.waits_days ?? 0 })}
            </span>
          }
        >
          {kind === "money" ? (
            <AmountInput
              className={styles.amount}
              label={t("adjust.amount")}
              currency={terms?.currency ?? "CNY"}
              minor={size}
              onChange={setSize}
            />
          ) : (
            <InputNumber<number>
              className={styles.amount}
              aria-label={t("adjust.amount")}
              min={1}
              max={kind === "uses" ? 10_000 : 1_000_000_000}
              precision={0}
              controls={false}
              suffix={t(`adjust.${kind}`)}
              value={size}
              onChange={setSize}
            />
          )}
        </Form.Item>
        <Form.Item label={t("adjust.reason")}>
          <Select
            aria-label={t("adjust.reason")}
            placeholder={t("adjust.reason_choose")}
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
