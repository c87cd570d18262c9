import { App, Checkbox, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AmountInput, useAmounts } from "@/components/amounts";
import { Money } from "@/components/figures";
import { Facts } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useFreeze, useRefund, useRefundQuote, type Value } from "./api";
import styles from "./desk.module.css";

/** Shows how it would be paid out, and does exactly that. */
export function RefundDialog({
  id,
  value,
  storeId,
  onClose,
}: {
  id: number;
  value: Value;
  storeId: number | null;
  onClose: () => void;
}) {
  const { t } = useTranslation("desk");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const amount = useAmounts(value.currency);
  const [all, setAll] = useState(true);
  const [typed, setTyped] = useState<number | null>(value.refundable_minor);
  const minor = all ? value.refundable_minor : typed;
  const quote = useRefundQuote(id, minor);
  const refund = useRefund(id);
  const shown = minor === null ? undefined : quote.data;
  const money = (part: number) => <Money minor={part} currency={value.currency} />;
  return (
    <Modal
      open
      title={t("refund.title")}
      onCancel={onClose}
      okText={t("refund.confirm", { amount: amount(shown?.paid_out_minor ?? 0) })}
      okButtonProps={{ danger: true, disabled: !shown || quote.isPlaceholderData || shown.taken_minor !== minor }}
      cancelText={kit("cancel")}
      confirmLoading={refund.isPending}
      onOk={() =>
        shown &&
        refund.mutate(
          { amount_minor: shown.taken_minor, expected: shown.by_tender, store_id: storeId },
          {
            onSuccess: (done) => {
              void message.success(t("refund.done", { amount: amount(done.paid_out_minor) }));
              onClose();
            },
          },
        )
      }
    >
      <Refused error={refund.error ?? quote.error} />
      <div className={styles.row}>
        <AmountInput
          className={styles.amount}
          label={t("refund.amount")}
          currency={value.currency}
          minor={minor}
          disabled={all}
          onChange={setTyped}
        />
        <Checkbox checked={all} onChange={({ target }) => setAll(target.checked)}>
          {t("refund.all", { amount: amount(value.refundable_minor) })}
        </Checkbox>
      </div>
      {shown && (
        <div className={styles.gap}>
          <Facts
            facts={[
              ...shown.by_tender.map(({ tender, amount_minor }) => ({
                key: tender,
                label: `${t("refund.back")} · ${t(`tender.${tender}`)}`,
                value: money(amount_minor),
              })),
              ...(shown.forfeited_minor > 0
                ? [{ key: "forfeited", label: t("refund.forfeited"), value: money(shown.forfeited_minor) }]
                : []),
              ...(shown.kept_minor > 0
                ? [{ key: "kept", label: t("refund.kept"), value: money(shown.kept_minor) }]
                : []),
            ]}
          />
        </div>
      )}
    </Modal>
  );
}

export function FreezeDialog({ id, frozen, onClose }: { id: number; frozen: boolean; onClose: () => void }) {
  const { t } = useTranslation("desk");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const freeze = useFreeze(id);
  const [reason, setReason] = useState("");
  const step = frozen ? "thaw" : "freeze";
  return (
    <Modal
      open
      title={t(`${step}.title`)}
      onCancel={onClose}
      okText={t(`${step}.button`)}
      okButtonProps={{ danger: !frozen, disabled: reason.trim() === "" }}
      cancelText={kit("cancel")}
      confirmLoading={freeze.isPending}
      onOk={() =>
        freeze.mutate(
          { frozen: !frozen, reason: reason.trim() },
          {
            onSuccess: () => {
              void message.success(t(`${step}.done`));
              onClose();
            },
          },
        )
      }
    >
      <Refused error={freeze.error} />
      <p>{t(`${step}.words`)}</p>
      <Input.TextArea
        aria-label={t("reason")}
        placeholder={t(`${step}.example`)}
        rows={2}
        maxLength={300}
        value={reason}
        onChange={({ target }) => setReason(target.value)}
      />
    </Modal>
  );
}
