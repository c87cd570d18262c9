import { CrownOutlined } from "@ant-design/icons";
import { App, Button, Drawer, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { When } from "@/components/figures";
import { Card, PlainPage, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { dateAndTime } from "@/format/when";
import {
  type Pause,
  type Programme,
  type Terms,
  type TermsVersion,
  useCreateProgramme,
  useDifferences,
  useMoveProgramme,
  usePauses,
  useProgramme,
  useVersion,
  useVersions,
} from "./api";
import styles from "./programme.module.css";
import { TOLD, useTermsWords } from "./sentences";
import { Differences, ProgrammeStateTag, times } from "./words";

/** The programme that runs: what its terms say now, what is scheduled, and every version there was. */
export function ProgrammePage() {
  const { t } = useTranslation("programme");
  const may = useMay();
  const programme = useProgramme(may("loyalty.read"));
  if (!may("loyalty.read")) return <NoPermission what={t("title")} />;
  if (programme.error && !programme.data) {
    return <ErrorState error={programme.error} onRetry={() => void programme.refetch()} />;
  }
  if (programme.data === undefined) {
    return (
      <PlainPage title={t("title")}>
        <BoneLines lines={8} />
      </PlainPage>
    );
  }
  return programme.data === null ? (
    <NoProgramme mayWrite={may("loyalty.write")} />
  ) : (
    <Running programme={programme.data} mayWrite={may("loyalty.write")} />
  );
}

function NoProgramme({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation("programme");
  const { t: kit } = useTranslation("kit");
  const navigate = useNavigate();
  const create = useCreateProgramme();
  const [open, setOpen] = useState(false);
  const [form] = Form.useForm<{ name: string; points_name: string }>();
  return (
    <>
      <EmptyState
        asPage
        icon={<CrownOutlined />}
        title={t("empty.title")}
        purpose={t("empty.purpose")}
        example={t("empty.example")}
        action={
          mayWrite && (
            <Button type="primary" onClick={() => setOpen(true)}>
              {t("empty.create")}
            </Button>
          )
        }
      />
      <Modal
        title={t("empty.create")}
        open={open}
        okText={t("empty.create")}
        cancelText={kit("cancel")}
        confirmLoading={create.isPending}
        onCancel={() => setOpen(false)}
        onOk={() => form.submit()}
      >
        <Form
          form={form}
          layout="vertical"
          onFinish={(typed) =>
            create
              .mutateAsync(typed)
              .then(() => navigate("/loyalty/programme/edit"))
              .catch(() => {})
          }
        >
          <Form.Item name="name" label={t("empty.name")} rules={[{ required: true, whitespace: true }]}>
            <Input maxLength={120} placeholder={t("empty.name_example")} />
          </Form.Item>
          <Form.Item name="points_name" label={t("empty.points_name")} rules={[{ required: true, whitespace: true }]}>
            <Input maxLength={40} placeholder={t("empty.points_example")} />
          </Form.Item>
        </Form>
      </Modal>
    </>
  );
}

function Running({ programme, mayWrite }: { programme: Programme; mayWrite: boolean }) {
  const { t } = useTranslation("programme");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const { language, timezone } = useReading();
  const move = useMoveProgramme(programme.id);
  const now = programme.in_effect;
  const pause = () =>
    modal.confirm({
      title: t("pause_question"),
      content: t("pause_words"),
      okText: t("pause"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () => move.mutateAsync("pause").catch(() => {}),
    });
  return (
    <PlainPage
      title={programme.name}
      mark={<ProgrammeStateTag state={programme.state} />}
      about={now ? undefined : t("empty.no_terms")}
      actions={
        mayWrite && (
          <>
            {programme.state === "active" && <Button onClick={pause}>{t("pause")}</Button>}
            {programme.state === "paused" && (
              <Button loading={move.isPending} onClick={() => move.mutate("resume")}>
                {t("resume")}
              </Button>
            )}
            <Link to="/loyalty/programme/edit">
              <Button type="primary" tabIndex={-1}>
                {t("edit")}
              </Button>
            </Link>
          </>
        )
      }
    >
      {programme.draft_version > 0 && (
        <p className={styles.notice}>
          <Link to="/loyalty/programme/edit">{t("draft_open")}</Link>
        </p>
      )}
      {programme.scheduled.map(({ version, effective_at }) => (
        <p key={version} className={styles.notice}>
          {t("scheduled", { version, at: dateAndTime(new Date(effective_at), { timezone, language }) })}
        </p>
      ))}
      {now && <InEffect programme={programme} now={now} />}
      {programme.version > 0 && <Versions programme={programme} />}
      <Pauses programme={programme} />
    </PlainPage>
  );
}

function InEffect({ programme, now }: { programme: Programme; now: TermsVersion }) {
  const { t } = useTranslation("programme");
  const { t: terms } = useTranslation("terms");
  const { language, timezone } = useReading();
  const version = useVersion(programme.id, now.version);
  const words = useTermsWords(programme.currency);
  const document = version.data?.document as Terms | undefined;
  return (
    <Section
      title={t("in_effect")}
      about={t("in_effect_about", {
        version: now.version,
        since: dateAndTime(new Date(now.effective_at), { timezone, language }),
      })}
    >
      <Card>
        {document ? (
          <dl className={styles.terms}>
            {TOLD.map((part) => (
              <div key={part}>
                <dt>{terms(`told.${part}`)}</dt>
                <dd>
                  <ul className={styles.sentences}>
                    {words(document, part).map((sentence) => (
                      <li key={sentence}>{sentence}</li>
                    ))}
                  </ul>
                  {part === "earning" && (
                    <p className={styles.hint}>
                      {document.earning.multipliers.length === 0
                        ? t("sentence.no_multipliers")
                        : document.earning.multipliers
                            .map(({ name, factor_bp }) => t("example.rule", { name, factor: times(factor_bp) }))
                            .join(" · ")}
                    </p>
                  )}
                </dd>
              </div>
            ))}
          </dl>
        ) : (
          <BoneLines lines={6} />
        )}
      </Card>
    </Section>
  );
}

function Pauses({ programme }: { programme: Programme }) {
  const { t } = useTranslation("terms");
  const pauses = usePauses(programme.id);
  if (!pauses.data || pauses.data.length === 0) return null;
  const columns: readonly Column<Pause>[] = [
    {
      key: "from",
      title: t("pauses.from"),
      identity: true,
      onCard: true,
      cell: ({ paused_at }) => <When at={paused_at} />,
    },
    {
      key: "until",
      title: t("pauses.until"),
      onCard: true,
      cell: ({ resumed_at }) =>
        resumed_at === null ? <Tag tone="warning">{t("pauses.lasts")}</Tag> : <When at={resumed_at} />,
    },
  ];
  return (
    <Section title={t("pauses.title")} about={t("pauses.about")}>
      <DataTable
        caption={t("pauses.title")}
        columns={columns}
        rows={pauses.data}
        rowKey={({ paused_at }) => paused_at}
        rowName={({ paused_at }) => paused_at}
      />
    </Section>
  );
}

function Versions({ programme }: { programme: Programme }) {
  const { t } = useTranslation("programme");
  const versions = useVersions(programme.id);
  const [shown, setShown] = useState<number | null>(null);
  const columns: readonly Column<TermsVersion>[] = [
    {
      key: "version",
      title: t("versions.version"),
      identity: true,
      cell: ({ version }) => t("versions.numbered", { version }),
    },
    { key: "state", title: t("versions.now"), onCard: true, cell: (row) => <VersionState row={row} /> },
    { key: "from", title: t("versions.from"), onCard: true, cell: ({ effective_at }) => <When at={effective_at} /> },
    {
      key: "until",
      title: t("versions.until"),
      cell: ({ ends_at, overtaken }) => (overtaken ? null : <When at={ends_at} />),
    },
    { key: "by", title: t("versions.by"), onCard: true, cell: ({ published_by }) => published_by },
    { key: "note", title: t("versions.note"), cell: ({ note }) => note },
    {
      key: "changes",
      title: t("versions.changes"),
      bare: true,
      cell: ({ version }) => (
        <Button type="link" size="small" onClick={() => setShown(version)}>
          {t("versions.changes")}
        </Button>
      ),
    },
  ];
  return (
    <Section title={t("versions.title")} about={t("versions.about")}>
      <DataTable
        caption={t("versions.title")}
        columns={columns}
        rows={versions.data}
        rowKey={({ version }) => version}
        rowName={({ version }) => t("versions.numbered", { version })}
      />
      <Drawer
        title={shown === null ? "" : t("versions.changes_title", { version: shown })}
        open={shown !== null}
        onClose={() => setShown(null)}
      >
        {shown !== null && <Changes programme={programme} version={shown} />}
      </Drawer>
    </Section>
  );
}

function VersionState({ row }: { row: TermsVersion }) {
  const { t } = useTranslation("programme");
  if (row.in_effect) return <Tag tone="good">{t("versions.now")}</Tag>;
  if (row.overtaken) return <Tag tone="neutral">{t("versions.overtaken")}</Tag>;
  return new Date(row.effective_at) > new Date() ? (
    <Tag tone="info">{t("versions.later")}</Tag>
  ) : (
    <Tag tone="neutral">{t("versions.past")}</Tag>
  );
}

function Changes({ programme, version }: { programme: Programme; version: number }) {
  const differences = useDifferences(programme.id, version - 1, version);
  if (differences.error) return <ErrorState error={differences.error} onRetry={() => void differences.refetch()} />;
  return differences.data ? (
    <Differences differences={differences.data} currency={programme.currency} />
  ) : (
    <BoneLines lines={4} />
  );
}
