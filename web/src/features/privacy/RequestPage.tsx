import { DeleteOutlined, DownloadOutlined } from "@ant-design/icons";
import { App, Button, Input, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useCancelJob, useJob } from "@/api/jobs";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Day, None, When } from "@/components/figures";
import { JobProgress } from "@/components/JobProgress";
import { useJobWords } from "@/components/jobWords";
import { type Fact, Facts, PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { type Moment, type PrivacyRequest, useAccept, useHeld, useRefuse, useRequest, useWithdraw } from "./api";
import { HeldLists } from "./HeldLists";
import { Due, StateTag } from "./marks";
import styles from "./privacy.module.css";

export function RequestPage() {
  const { t } = useTranslation("privacy");
  const may = useMay();
  const id = Number(useParams().id);
  if (!may("privacy.read")) return <NoPermission what={t("title")} />;
  return <RequestView key={id} id={id} />;
}

function RequestView({ id }: { id: number }) {
  const { t } = useTranslation("privacy");
  const found = useRequest(id);
  if (found.error && !found.data) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <BoneLines lines={12} />;
  const { request, moments } = found.data;
  const who = request.customer_id === null ? t("erased_person") : request.customer_name || `#${request.customer_id}`;
  return (
    <PlainPage
      title={t("one_title", { kind: t(`kind.${request.kind}`), who })}
      mark={<StateTag state={request.state} />}
      about={t("number", { number: request.id })}
      above={<Link to="/privacy">{t("title")}</Link>}
      actions={<Actions request={request} />}
    >
      <Work request={request} />
      <Section title={t("facts")}>
        <RequestFacts request={request} />
      </Section>
      {request.kind === "correct" && request.changes.length > 0 && (
        <Section title={t("changes.title")}>
          <Changes request={request} />
        </Section>
      )}
      {request.kind !== "correct" && request.customer_id !== null && <HeldSection request={request} />}
      {request.kind === "erase" && request.state === "done" && (
        <Section title={t("proof.title")} about={t("proof.about")}>
          <Proof result={request.result} />
        </Section>
      )}
      <Section title={t("history.title")}>
        <History moments={moments} />
      </Section>
    </PlainPage>
  );
}

function RequestFacts({ request }: { request: PrivacyRequest }) {
  const { t } = useTranslation("privacy");
  const facts: Fact[] = [
    {
      key: "who",
      label: t("column.who"),
      value:
        request.customer_id === null ? (
          t("erased_person")
        ) : (
          <Link to={`/customers/${request.customer_id}`}>{request.customer_name || `#${request.customer_id}`}</Link>
        ),
    },
    { key: "by", label: t("column.by"), value: request.asked_by_label || t(`asked_by.${request.asked_by}`) },
    { key: "asked", label: t("column.asked"), value: <When at={request.asked_at} exact /> },
    {
      key: "due",
      label: t("column.due"),
      value: request.days_left === null ? <Day on={request.due_on} /> : <Due request={request} />,
    },
    ...(request.note ? [{ key: "note", label: t("ask.note"), value: request.note }] : []),
    ...(request.decided_at
      ? [
          {
            key: "decided",
            label: t("decided"),
            value: (
              <>
                {request.decided_by === "customer" ? t("asked_by.customer") : request.decided_by} ·{" "}
                <When at={request.decided_at} exact />
              </>
            ),
          },
        ]
      : []),
    ...(request.answer ? [{ key: "answer", label: t("refuse.answer"), value: request.answer }] : []),
  ];
  return <Facts facts={facts} />;
}

function Actions({ request }: { request: PrivacyRequest }) {
  const { t } = useTranslation("privacy");
  const { message, modal } = App.useApp();
  const { t: kit } = useTranslation("kit");
  const may = useMay();
  const accept = useAccept(request.id);
  const withdraw = useWithdraw(request.id);
  const [refusing, setRefusing] = useState(false);
  if (!may("privacy.manage")) return null;
  const failed = (error: unknown) => void modal.error({ title: t("not_done"), content: <Refused error={error} /> });
  const run = () =>
    accept.mutate(undefined, {
      onSuccess: () => void message.success(t(`accept.${request.kind}_begun`)),
      onError: failed,
    });
  const ask = () =>
    modal.confirm({
      title: t("accept.erase_question", { who: request.customer_name ?? "" }),
      content: t("accept.erase_words"),
      okText: t("accept.erase"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: run,
    });
  const open = request.state === "open" || request.state === "failed";
  return (
    <span className={styles.actions}>
      {request.file_until && (
        <Button type="primary" icon={<DownloadOutlined />} href={`/api/v1/privacy/requests/${request.id}/file`}>
          {t("download")}
        </Button>
      )}
      {open && !request.has_begun_erasing && (
        <>
          <Button onClick={() => setRefusing(true)}>{t("refuse.open")}</Button>
          <Button
            loading={withdraw.isPending}
            onClick={() =>
              withdraw.mutate(undefined, { onSuccess: () => void message.success(t("withdrawn")), onError: failed })
            }
          >
            {t("withdraw")}
          </Button>
        </>
      )}
      {open && (
        <Button
          type="primary"
          danger={request.kind === "erase"}
          icon={request.kind === "erase" ? <DeleteOutlined /> : undefined}
          loading={accept.isPending}
          onClick={request.kind === "erase" && !request.has_begun_erasing ? ask : run}
        >
          {request.state === "failed" ? t("accept.again") : t(`accept.${request.kind}`)}
        </Button>
      )}
      {refusing && <RefuseDialog id={request.id} onClose={() => setRefusing(false)} />}
    </span>
  );
}

function RefuseDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("privacy");
  const { t: kit } = useTranslation("kit");
  const [answer, setAnswer] = useState("");
  const refuse = useRefuse(id);
  return (
    <Modal
      open
      title={t("refuse.title")}
      onCancel={onClose}
      okText={t("refuse.submit")}
      okButtonProps={{ disabled: answer.trim() === "" }}
      cancelText={kit("cancel")}
      confirmLoading={refuse.isPending}
      onOk={() => refuse.mutate(answer.trim(), { onSuccess: onClose })}
    >
      <Refused error={refuse.error} />
      <p>{t("refuse.words")}</p>
      <Input.TextArea
        rows={3}
        value={answer}
        maxLength={1000}
        aria-label={t("refuse.answer")}
        onChange={(event) => setAnswer(event.target.value)}
      />
    </Modal>
  );
}

function Work({ request }: { request: PrivacyRequest }) {
  const { t } = useTranslation("privacy");
  const job = useJob(request.state === "running" || request.state === "failed" ? request.job_id : null);
  const cancel = useCancelJob();
  const words = useJobWords();
  if (!job.data) return null;
  const { title, phase, outcome } = words(job.data);
  return (
    <Section>
      <JobProgress
        job={job.data}
        title={title}
        phase={phase}
        result={
          <>
            {outcome}
            {request.state === "failed" && <p className={styles.soft}>{t("failed_words")}</p>}
          </>
        }
        // An erasure that has begun only goes on.
        onCancel={request.kind === "export" ? () => cancel.mutate(job.data.id) : undefined}
      />
    </Section>
  );
}

function HeldSection({ request }: { request: PrivacyRequest }) {
  const { t } = useTranslation("privacy");
  const held = useHeld(request.customer_id);
  return (
    <Section title={t("held.title")} about={t(request.kind === "erase" ? "held.about_erase" : "held.about")}>
      {held.error && <ErrorState error={held.error} compact onRetry={() => void held.refetch()} />}
      {!held.data && !held.error && <BoneLines lines={6} />}
      {held.data && <HeldLists items={held.data.items} />}
    </Section>
  );
}

type Change = PrivacyRequest["changes"][number];

/** Old and new, side by side. */
function Changes({ request }: { request: PrivacyRequest }) {
  const { t } = useTranslation("privacy");
  const say = (change: Change, value: string): ReactNode =>
    value === "" ? (
      <None />
    ) : change.field === "gender" ? (
      t(`gender.${value as "female"}`)
    ) : change.field === "language" ? (
      value === "en" ? (
        "English"
      ) : (
        "简体中文"
      )
    ) : (
      value
    );
  const columns: Column<Change>[] = [
    { key: "field", title: t("ask.field"), identity: true, cell: (change) => t(`field.${change.field as "name"}`) },
    { key: "old", title: t("changes.old"), onCard: true, cell: (change) => say(change, change.old) },
    { key: "new", title: t("changes.new"), onCard: true, cell: (change) => <strong>{say(change, change.new)}</strong> },
  ];
  return (
    <DataTable
      caption={t("changes.title")}
      columns={columns}
      rows={request.changes}
      rowKey={(change) => change.field}
    />
  );
}

const STEPS = ["person", "traces", "files", "lake", "logs", "again"] as const;

function Proof({ result }: { result: PrivacyRequest["result"] }) {
  const { t } = useTranslation("privacy");
  const rows = STEPS.flatMap((step) => {
    const counts = result[step] as Record<string, number> | undefined;
    const count = Object.values(counts ?? {}).reduce((sum, one) => sum + one, 0);
    return step === "person" || count > 0 ? [{ step, count }] : [];
  });
  return (
    <ul className={styles.list}>
      {rows.map(({ step, count }) => (
        <li key={step}>
          <span>{t(`proof.${step}`)}</span>
          <span>
            <Count value={count} />
          </span>
        </li>
      ))}
    </ul>
  );
}

const WHATS = ["asked", "accepted", "again", "failed", "done", "refused", "withdrawn"] as const;

function History({ moments }: { moments: readonly Moment[] }) {
  const { t } = useTranslation("privacy");
  const by = (moment: Moment) =>
    moment.by === "customer" ? t("asked_by.customer") : moment.by === "system" ? t("system") : moment.by;
  return (
    <ul className={styles.list}>
      {moments.map((moment) => (
        <li key={`${moment.at}-${moment.what}`}>
          <span>
            {WHATS.includes(moment.what as "asked") ? t(`history.${moment.what as "asked"}`) : moment.what}
            <span className={styles.soft}> · {by(moment)}</span>
          </span>
          <span className={styles.soft}>
            <When at={moment.at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
