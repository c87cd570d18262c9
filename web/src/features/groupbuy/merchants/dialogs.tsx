import { App, Form, Input, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Refused } from "@/components/Refused";
import {
  type Check,
  COMPLAINT_KINDS,
  type Complaint,
  type Decision,
  type Merchant,
  useAgreeCommission,
  useAnswerCheck,
  useAsk,
  useDecide,
  useDecideComplaint,
  useNoteComplaint,
  useWaiveCheck,
} from "./api";
import styles from "./merchants.module.css";
import { useCheckName } from "./words";

export type CheckDeed = "pass" | "fail" | "waive";

/** Asks for words, and does what they are about. */
function WordsDialog({
  title,
  about,
  okText,
  danger = false,
  busy,
  error,
  optional = false,
  initial = "",
  longest = 300,
  children,
  onOk,
  onClose,
}: {
  title: string;
  about?: string;
  okText: string;
  danger?: boolean;
  busy: boolean;
  error: unknown;
  optional?: boolean;
  initial?: string;
  longest?: number;
  children?: React.ReactNode;
  onOk: (words: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation("merchants");
  const { t: kit } = useTranslation("kit");
  const [words, setWords] = useState(initial);
  return (
    <Modal
      open
      title={title}
      okText={okText}
      okButtonProps={{ disabled: !optional && words.trim() === "", danger }}
      cancelText={kit("cancel")}
      confirmLoading={busy}
      onOk={() => onOk(words.trim())}
      onCancel={onClose}
    >
      <Refused error={error} />
      {about && <p>{about}</p>}
      {children}
      <Input.TextArea
        aria-label={t("in_your_words")}
        placeholder={t("in_your_words")}
        rows={3}
        maxLength={longest}
        value={words}
        onChange={({ target }) => setWords(target.value)}
        autoFocus
      />
    </Modal>
  );
}

export function CheckDialog({
  merchant,
  check,
  deed,
  onClose,
}: {
  merchant: Merchant;
  check: Check;
  deed: CheckDeed;
  onClose: () => void;
}) {
  const { t } = useTranslation("merchants");
  const name = useCheckName();
  const answer = useAnswerCheck(merchant.id);
  const waive = useWaiveCheck(merchant.id);
  return (
    <WordsDialog
      title={`${t(`${deed}_title`)} · ${name(check.name)}`}
      about={deed === "waive" ? t("waive_words") : undefined}
      okText={t(deed)}
      busy={answer.isPending || waive.isPending}
      error={answer.error ?? waive.error}
      onClose={onClose}
      onOk={(words) =>
        deed === "waive"
          ? waive.mutate({ name: check.name, words }, { onSuccess: onClose })
          : answer.mutate({ name: check.name, passed: deed === "pass", words }, { onSuccess: onClose })
      }
    />
  );
}

export function AskDialog({ merchant, onClose }: { merchant: Merchant; onClose: () => void }) {
  const { t } = useTranslation("merchants");
  const ask = useAsk(merchant.id);
  return (
    <WordsDialog
      title={t("ask")}
      about={t("ask_words")}
      okText={t("ask_ok")}
      busy={ask.isPending}
      error={ask.error}
      optional
      initial={merchant.asked}
      longest={1000}
      onClose={onClose}
      onOk={(words) => ask.mutate(words, { onSuccess: onClose })}
    />
  );
}

export function DecideDialog({
  merchant,
  decision,
  onClose,
}: {
  merchant: Merchant;
  decision: Decision;
  onClose: () => void;
}) {
  const { t } = useTranslation("merchants");
  const { message } = App.useApp();
  const decide = useDecide(merchant.id);
  const [percent, setPercent] = useState<number | null>(merchant.commission_bp / 100);
  return (
    <WordsDialog
      title={`${t(`decide.${decision}.button`)} · ${merchant.name}`}
      about={t(`decide.${decision}.words`)}
      okText={t(`decide.${decision}.button`)}
      danger={decision === "suspend" || decision === "close"}
      busy={decide.isPending}
      error={decide.error}
      onClose={onClose}
      onOk={(words) =>
        decide.mutate(
          {
            decision,
            words,
            commission_bp: decision === "admit" && percent !== null ? Math.round(percent * 100) : null,
          },
          {
            onSuccess: () => {
              void message.success(t(`decide.${decision}.done`));
              onClose();
            },
          },
        )
      }
    >
      {decision === "admit" && (
        <Form layout="vertical">
          <Form.Item label={t("commission")}>
            <InputNumber value={percent} onChange={setPercent} min={0} max={100} precision={2} suffix="%" />
          </Form.Item>
        </Form>
      )}
    </WordsDialog>
  );
}

export function CommissionDialog({ merchant, onClose }: { merchant: Merchant; onClose: () => void }) {
  const { t } = useTranslation("merchants");
  const agree = useAgreeCommission(merchant.id);
  const [percent, setPercent] = useState<number | null>(merchant.commission_bp / 100);
  return (
    <WordsDialog
      title={t("agree")}
      about={t("agree_words")}
      okText={t("save")}
      busy={agree.isPending}
      error={agree.error}
      onClose={onClose}
      onOk={(words) =>
        percent !== null && agree.mutate({ commission_bp: Math.round(percent * 100), words }, { onSuccess: onClose })
      }
    >
      <Form layout="vertical">
        <Form.Item label={t("commission")}>
          <InputNumber value={percent} onChange={setPercent} min={0} max={100} precision={2} suffix="%" />
        </Form.Item>
      </Form>
    </WordsDialog>
  );
}

export function NoteDialog({ merchant, onClose }: { merchant: Merchant; onClose: () => void }) {
  const { t } = useTranslation("merchants");
  const note = useNoteComplaint(merchant.id);
  const [kind, setKind] = useState<Complaint["kind"]>("refused");
  const [code, setCode] = useState("");
  return (
    <WordsDialog
      title={`${t("complaint.note")} · ${merchant.name}`}
      okText={t("save")}
      busy={note.isPending}
      error={note.error}
      longest={2000}
      onClose={onClose}
      onOk={(text) => note.mutate({ kind, text, voucher_code: code.trim() }, { onSuccess: onClose })}
    >
      <Form layout="vertical">
        <div className={styles.two}>
          <Form.Item label={t("complaint.kind_label")}>
            <Select
              value={kind}
              onChange={setKind}
              options={COMPLAINT_KINDS.map((one) => ({ value: one, label: t(`complaint.kind.${one}`) }))}
            />
          </Form.Item>
          <Form.Item label={t("complaint.voucher")}>
            <Input value={code} maxLength={40} onChange={({ target }) => setCode(target.value)} />
          </Form.Item>
        </div>
      </Form>
    </WordsDialog>
  );
}

export function ComplaintDialog({
  complaint,
  upheld,
  onClose,
}: {
  complaint: Complaint;
  upheld: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation("merchants");
  const decide = useDecideComplaint();
  const deed = upheld ? "uphold" : "reject";
  return (
    <WordsDialog
      title={`${t(`complaint.${deed}`)} · ${complaint.merchant.name}`}
      about={t(`complaint.${deed}_words`)}
      okText={t(`complaint.${deed}`)}
      busy={decide.isPending}
      error={decide.error}
      longest={2000}
      onClose={onClose}
      onOk={(words) => decide.mutate({ id: complaint.id, upheld, words }, { onSuccess: onClose })}
    >
      <p className={styles.words}>{complaint.text}</p>
    </WordsDialog>
  );
}
