import { App, Form, Input, InputNumber, Modal, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { FoundPerson } from "@/api/people";
import { PersonPicker } from "@/components/PersonPicker";
import { Refused } from "@/components/Refused";
import {
  BATCH_KINDS,
  type Card,
  type CardBatchDraft,
  type CardStep,
  useBindCard,
  useCardStep,
  useMakeBatch,
  useReplaceCard,
} from "./api";
import styles from "./cards.module.css";
import { bare, grouped, oneIn, pattern } from "./numbers";

const MOST = 200_000;
/** Where numbers must not be guessed, one in so many at most is a card. */
const THINNEST = 1_000;
const FRESH: CardBatchDraft = {
  name: "",
  kind: "physical",
  prefix: "8800",
  length: 16,
  unguessable: true,
  count: 1_000,
};

export function BatchDialog({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation("cards");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const make = useMakeBatch();
  const [form] = Form.useForm<CardBatchDraft>();
  const draft = { ...FRESH, ...Form.useWatch([], form) };
  const guess = oneIn(draft.prefix, draft.length, draft.count);
  const thin = !draft.unguessable || guess >= THINNEST;
  const count = new Intl.NumberFormat(i18n.language);
  return (
    <Modal
      open
      width={560}
      title={t("form.title")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("form.make", { count: draft.count, number: count.format(draft.count ?? 0) })}
      okButtonProps={{ disabled: !thin }}
      cancelText={kit("cancel")}
      confirmLoading={make.isPending}
    >
      <Form<CardBatchDraft>
        form={form}
        layout="vertical"
        initialValues={FRESH}
        onFinish={(body) =>
          make.mutate(body, {
            onSuccess: () => {
              void message.success(t("form.made", { number: count.format(body.count) }));
              onClose();
            },
          })
        }
      >
        <Refused error={make.error} />
        <Form.Item
          name="name"
          label={t("form.name")}
          rules={[{ required: true, whitespace: true, message: t("form.required") }]}
        >
          <Input autoFocus maxLength={120} placeholder={t("form.name_hint")} />
        </Form.Item>
        <Form.Item name="kind" label={t("form.kind")}>
          <Radio.Group options={BATCH_KINDS.map((one) => ({ value: one, label: t(`form.kind_${one}`) }))} />
        </Form.Item>
        <div className={styles.row}>
          <Form.Item
            name="prefix"
            label={t("form.prefix")}
            rules={[{ pattern: /^[0-9]{0,8}$/, message: t("form.digits") }]}
          >
            <Input inputMode="numeric" maxLength={8} />
          </Form.Item>
          <Form.Item name="length" label={t("form.length")} rules={[{ required: true, message: t("form.required") }]}>
            <InputNumber min={8} max={19} precision={0} className={styles.wide} />
          </Form.Item>
          <Form.Item name="count" label={t("form.count")} rules={[{ required: true, message: t("form.required") }]}>
            <InputNumber<number>
              min={1}
              max={MOST}
              precision={0}
              className={styles.wide}
              formatter={(value) => (value === undefined ? "" : count.format(Number(value)))}
              parser={(text) => Number((text ?? "").replace(/\D/g, ""))}
            />
          </Form.Item>
        </div>
        <Form.Item name="unguessable" label={t("form.order")}>
          <Radio.Group
            options={[
              { value: true, label: t("form.order_unguessable") },
              { value: false, label: t("form.order_sequence") },
            ]}
          />
        </Form.Item>
        <div className={styles.sample} data-bad={!thin || undefined} role="status">
          <code className={styles.number}>{pattern(draft.prefix ?? "", draft.length ?? 8)}</code>
          <span>
            {thin
              ? t(draft.unguessable ? "form.sample_unguessable" : "form.sample_sequence", {
                  number: count.format(guess),
                })
              : t("form.too_thick")}
          </span>
        </div>
      </Form>
    </Modal>
  );
}

/** One change that needs a reason and nothing else. */
export function StepDialog({ card, step, onClose }: { card: Card; step: CardStep; onClose: () => void }) {
  const { t } = useTranslation("cards");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const change = useCardStep(card.number);
  const [note, setNote] = useState("");
  return (
    <Modal
      open
      title={t(`step.${step}.title`, { number: grouped(card.number) })}
      onCancel={onClose}
      okText={t(`step.${step}.button`)}
      okButtonProps={{ danger: step === "report_lost" || step === "close", disabled: note.trim() === "" }}
      cancelText={kit("cancel")}
      confirmLoading={change.isPending}
      onOk={() =>
        change.mutate(
          { step, note: note.trim() },
          {
            onSuccess: () => {
              void message.success(t(`step.${step}.done`));
              onClose();
            },
          },
        )
      }
    >
      <Refused error={change.error} />
      <p>{t(`step.${step}.words`)}</p>
      <Reason value={note} onChange={setNote} placeholder={t(`step.${step}.example`)} />
    </Modal>
  );
}

export function BindDialog({ card, onClose }: { card: Card; onClose: () => void }) {
  const { t } = useTranslation("cards");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const bind = useBindCard(card.number);
  const [person, setPerson] = useState<FoundPerson | null>(null);
  return (
    <Modal
      open
      title={t("bind.title", { number: grouped(card.number) })}
      onCancel={onClose}
      okText={t("bind.button")}
      okButtonProps={{ disabled: person === null }}
      cancelText={kit("cancel")}
      confirmLoading={bind.isPending}
      onOk={() =>
        person &&
        bind.mutate(person.id, {
          onSuccess: () => {
            void message.success(t("bind.done"));
            onClose();
          },
        })
      }
    >
      <Refused error={bind.error} />
      <p>{t("bind.words")}</p>
      <div className={styles.picker}>
        <PersonPicker person={person} onChoose={setPerson} />
      </div>
    </Modal>
  );
}

export function ReplaceDialog({ card, onClose }: { card: Card; onClose: () => void }) {
  const { t } = useTranslation("cards");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const navigate = useNavigate();
  const replace = useReplaceCard(card.number);
  const [digital, setDigital] = useState(false);
  const [number, setNumber] = useState("");
  const [note, setNote] = useState("");
  return (
    <Modal
      open
      title={t("replace.title", { number: grouped(card.number) })}
      onCancel={onClose}
      okText={t("replace.button")}
      okButtonProps={{ disabled: note.trim() === "" || (!digital && bare(number) === "") }}
      cancelText={kit("cancel")}
      confirmLoading={replace.isPending}
      onOk={() =>
        replace.mutate(
          { by_number: digital ? null : bare(number), note: note.trim() },
          {
            onSuccess: (fresh) => {
              void message.success(t("replace.done"));
              onClose();
              void navigate(`/loyalty/cards/${fresh.number}`);
            },
          },
        )
      }
    >
      <Refused error={replace.error} />
      <p>{t("replace.words")}</p>
      <Radio.Group
        className={styles.choice}
        value={digital}
        onChange={({ target }) => setDigital(target.value as boolean)}
        options={[
          { value: false, label: t("replace.physical") },
          { value: true, label: t("replace.digital") },
        ]}
      />
      {!digital && (
        <Input
          className={styles.choice}
          autoFocus
          inputMode="numeric"
          maxLength={40}
          aria-label={t("replace.number")}
          placeholder={t("replace.number")}
          value={number}
          onChange={({ target }) => setNumber(target.value)}
        />
      )}
      <Reason value={note} onChange={setNote} placeholder={t("replace.example")} />
    </Modal>
  );
}

function Reason({
  value,
  onChange,
  placeholder,
}: {
  value: string;
  onChange: (text: string) => void;
  placeholder: string;
}) {
  const { t } = useTranslation("cards");
  return (
    <Input.TextArea
      aria-label={t("reason")}
      placeholder={placeholder}
      rows={2}
      maxLength={300}
      value={value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}
