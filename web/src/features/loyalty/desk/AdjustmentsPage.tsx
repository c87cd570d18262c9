import { DiffOutlined } from "@ant-design/icons";
import { App, Button, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAdjusting } from "@/api/adjusting";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import { Adjusted } from "@/components/adjust/AdjustDialog";
import type { Column } from "@/components/DataTable";
import { None, When } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { Refused } from "@/components/Refused";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag, type Tone } from "@/components/Tag";
import { type Adjustment, type Decision, STATES, useAdjustments, useDecide } from "./api";
import styles from "./desk.module.css";

const FIELDS = listFields("-proposed_at", { state: textField() });
const TONES: Record<Adjustment["state"], Tone> = {
  waiting: "warning",
  done: "good",
  rejected: "neutral",
  expired: "neutral",
};

/** Everything that was given or taken by hand, and what waits for a second person. */
export function AdjustmentsPage() {
  const { t } = useTranslation("desk");
  const may = useMay();
  const address = useAddress(FIELDS);
  const { state, cursor } = address.values;
  const query = useAdjustments({ state, cursor }, may("loyalty.read"));
  const terms = useAdjusting(may("loyalty.read")).data;
  const [decided, setDecided] = useState<{ one: Adjustment; decision: Decision } | null>(null);
  if (!may("loyalty.read")) return <NoPermission what={t("adjust.title")} />;
  const reasons = new Map(terms?.reasons.map((one) => [one.key, one.name]));
  const columns: Column<Adjustment>[] = [
    {
      key: "who",
      title: t("adjust.who"),
      identity: true,
      cell: ({ customer_name }) => customer_name || t("nameless"),
    },
    {
      key: "amount",
      title: t("adjust.amount"),
      align: "end",
      onCard: true,
      cell: ({ kind, amount, currency }) => <Adjusted kind={kind} size={amount} currency={currency} />,
    },
    {
      key: "why",
      title: t("adjust.reason"),
      onCard: true,
      cell: ({ reason, words, undoes_id }) => (
        <>
          {undoes_id === null ? (reasons.get(reason) ?? reason) : t("adjust.undoes", { id: undoes_id })}
          <span className={styles.faint}>{words}</span>
        </>
      ),
    },
    {
      key: "state",
      title: t("adjust.state"),
      width: 100,
      onCard: true,
      cell: (one) => <Tag tone={TONES[one.state]}>{t(`state.${one.state}`)}</Tag>,
    },
    {
      key: "proposed",
      title: t("adjust.proposed"),
      cell: ({ proposed_by, proposed_at }) => (
        <>
          {proposed_by}
          <span className={styles.faint}>
            <When at={proposed_at} />
          </span>
        </>
      ),
    },
    {
      key: "decided",
      title: t("adjust.decided"),
      cell: ({ decided_by, decided_at, decision_words }) =>
        decided_at === null ? (
          <None />
        ) : (
          <>
            {decided_by} {decision_words && `· ${decision_words}`}
            <span className={styles.faint}>
              <When at={decided_at} />
            </span>
          </>
        ),
    },
    {
      key: "deed",
      title: t("adjust.deed"),
      bare: true,
      align: "end",
      width: 170,
      cell: (one) => <Deeds one={one} onDecide={(decision) => setDecided({ one, decision })} />,
    },
  ];
  return (
    <>
      <ListPage
        id="adjustments"
        title={t("adjust.title")}
        about={t("adjust.about")}
        address={address}
        query={query}
        columns={columns}
        rowKey={({ id }) => id}
        rowName={({ customer_name }) => customer_name}
        rowHref={({ customer_id }) => `/loyalty/desk?customer=${customer_id}`}
        countWords={(count) => (count === null ? "" : t("adjust.count", { count }))}
        filters={[
          choiceFilter({
            key: "state",
            label: t("adjust.state"),
            value: state,
            options: STATES.map((one) => ({ value: one, label: t(`state.${one}`) })),
            onChange: (next) => address.change({ state: next, cursor: "" }),
          }),
        ]}
        empty={
          <EmptyState
            icon={<DiffOutlined />}
            title={t("adjust_empty.title")}
            purpose={t("adjust_empty.purpose")}
            example={t("adjust_empty.example")}
          />
        }
      />
      {decided && <DecideDialog {...decided} onClose={() => setDecided(null)} />}
    </>
  );
}

function Deeds({ one, onDecide }: { one: Adjustment; onDecide: (decision: Decision) => void }) {
  const { t } = useTranslation("desk");
  const may = useMay();
  const button = (decision: Decision) => (
    <Button
      key={decision}
      size="small"
      type={decision === "approve" ? "primary" : "default"}
      onClick={() => onDecide(decision)}
    >
      {t(`decide.${decision}.button`)}
    </Button>
  );
  if (one.state === "done" && one.undoes_id === null && may("loyalty.adjust")) return button("undo");
  if (one.state !== "waiting") return null;
  if (one.is_mine) return may("loyalty.adjust") ? button("reject") : null;
  return may("loyalty.approve") ? (
    <span className={styles.row}>
      {button("approve")}
      {button("reject")}
    </span>
  ) : null;
}

function DecideDialog({ one, decision, onClose }: { one: Adjustment; decision: Decision; onClose: () => void }) {
  const { t } = useTranslation("desk");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const decide = useDecide(one.id);
  const [words, setWords] = useState("");
  return (
    <Modal
      open
      title={t(`decide.${decision}.title`)}
      onCancel={onClose}
      okText={t(`decide.${decision}.button`)}
      okButtonProps={{ disabled: words.trim() === "" }}
      cancelText={kit("cancel")}
      confirmLoading={decide.isPending}
      onOk={() =>
        decide.mutate(
          { decision, words: words.trim() },
          {
            onSuccess: () => {
              void message.success(t(`decide.${decision}.done`));
              onClose();
            },
          },
        )
      }
    >
      <Refused error={decide.error} />
      <p>
        <strong>{one.customer_name || t("nameless")}</strong> ·{" "}
        <Adjusted kind={one.kind} size={one.amount} currency={one.currency} />
      </p>
      <p>{t(`decide.${decision}.words`)}</p>
      <Input.TextArea
        aria-label={t("adjust.words")}
        placeholder={t("adjust.words")}
        rows={2}
        maxLength={300}
        value={words}
        onChange={({ target }) => setWords(target.value)}
      />
    </Modal>
  );
}
