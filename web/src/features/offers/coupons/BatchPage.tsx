import { DownloadOutlined, MoreOutlined, PrinterOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { isLive, useCancelJob } from "@/api/jobs";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Percent, When } from "@/components/figures";
import { JobProgress } from "@/components/JobProgress";
import { useJobWords } from "@/components/jobWords";
import { Card, Facts, Figures, PlainPage, Section } from "@/components/layout";
import { ErrorState, NoPermission } from "@/components/states";
import { Amounts } from "../words";
import { type Batch, type BatchStep, useBatch, useBatchDownloads, useBatchFile, useBatchStep } from "./api";
import styles from "./coupons.module.css";
import { ReasonDialog } from "./dialogs";
import { BatchStateTag } from "./words";

/** One batch of codes: how far it is, what came of it, and who took its codes out of the house. */
export function BatchPage() {
  const { t } = useTranslation("coupons");
  const id = Number(useParams().id);
  const may = useMay();
  const query = useBatch(id, may("offers.read"));
  const cancel = useCancelJob();
  const say = useJobWords();
  const batch = query.data;
  if (!may("offers.read")) return <NoPermission what={t("batches")} />;
  const above = <Link to="/offers/batches">{t("batches")}</Link>;
  if (query.error && !batch) {
    return (
      <PlainPage title={t("batches")} above={above}>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </PlainPage>
    );
  }
  const job = batch?.job;
  return (
    <PlainPage
      title={batch?.name ?? t("batches")}
      mark={batch && <BatchStateTag state={batch.state} />}
      above={above}
      about={batch && <Link to={`/offers/${batch.offer.id}?batch=${batch.id}`}>{batch.offer.name}</Link>}
      actions={batch && may("offers.write") && <Deeds batch={batch} />}
    >
      {job && isLive(job) && (
        <div className={styles.job}>
          <Card>
            <JobProgress
              job={job}
              title={say(job).title}
              phase={say(job).phase}
              onCancel={may("offers.write") ? () => cancel.mutate(job.id) : undefined}
            />
          </Card>
        </div>
      )}
      <Figures
        loading={!batch}
        figures={[
          {
            key: "made",
            label: t("figure.made"),
            value: <Count value={batch?.made} />,
            note: batch && batch.made < batch.count ? t("of_count", { count: batch.count }) : undefined,
          },
          {
            key: "used",
            label: t("figure.used"),
            value: <Count value={batch?.used} />,
            note: batch && batch.uses > batch.used ? t("uses_in_all", { count: batch.uses }) : undefined,
          },
          {
            key: "rate",
            label: t("figure.rate"),
            value: <Percent ratio={batch && batch.made > 0 ? batch.used / batch.made : null} />,
          },
          { key: "discount", label: t("column.discount"), value: <Amounts amounts={batch?.discount_given ?? []} /> },
          { key: "open", label: t("figure.open"), value: <Count value={batch?.open} /> },
          { key: "expired", label: t("figure.expired"), value: <Count value={batch?.expired} /> },
          { key: "void", label: t("state.void"), value: <Count value={batch?.void} /> },
        ]}
      />
      <div className={styles.history}>
        <Card>
          <Facts
            facts={[
              {
                key: "pattern",
                label: t("pattern"),
                value: <code className={styles.code}>{`${batch?.prefix ?? ""}${"•".repeat(13)}`}</code>,
              },
              { key: "uses", label: t("uses_each"), value: <Count value={batch?.uses_allowed} /> },
              { key: "claimed", label: t("figure.claimed"), value: <Count value={batch?.claimed} /> },
              {
                key: "expires",
                label: t("column.expires"),
                value: batch?.expires_at ? <When at={batch.expires_at} /> : t("never_expires"),
              },
              { key: "created", label: t("made_at"), value: <When at={batch?.created_at} /> },
            ]}
          />
        </Card>
      </div>
      {batch && <Downloads id={batch.id} />}
    </PlainPage>
  );
}

function Downloads({ id }: { id: number }) {
  const { t } = useTranslation("coupons");
  const downloads = useBatchDownloads(id, true);
  const columns: Column<NonNullable<typeof downloads.data>[number]>[] = [
    { key: "at", title: t("event.at"), identity: true, width: 200, cell: ({ at }) => <When at={at} exact /> },
    { key: "by", title: t("event.actor"), onCard: true, cell: ({ by }) => by },
    {
      key: "what",
      title: t("event.deed"),
      onCard: true,
      cell: ({ what }) => t(what === "print_code_batch" ? "printed" : "downloaded"),
    },
  ];
  return (
    <div className={styles.history}>
      <Section title={t("downloads")}>
        {downloads.data?.length === 0 ? (
          <p className={styles.faint}>{t("downloads_none")}</p>
        ) : (
          <DataTable
            caption={t("downloads")}
            columns={columns}
            rows={downloads.data}
            rowKey={({ at, by }) => `${at} ${by}`}
          />
        )}
      </Section>
    </div>
  );
}

function Deeds({ batch }: { batch: Batch }) {
  const { t } = useTranslation("coupons");
  const { message } = App.useApp();
  const file = useBatchFile(batch.id);
  const step = useBatchStep(batch.id);
  const [doing, setDoing] = useState<Exclude<BatchStep, "continue"> | null>(null);
  const busy = batch.job !== null && isLive(batch.job);
  const canVoid = !busy && (batch.state === "ready" || batch.state === "stopped");
  const close = () => {
    step.reset();
    setDoing(null);
  };
  return (
    <>
      {batch.state === "stopped" && !busy && (
        <Button type="primary" loading={step.isPending} onClick={() => step.mutate({ step: "continue", reason: "" })}>
          {t("continue")}
        </Button>
      )}
      {batch.state === "void" && !busy && (
        <Button onClick={() => setDoing("restore")}>{t("batch_restore.button")}</Button>
      )}
      {batch.can_print && batch.made > 0 && (
        <Button
          icon={<PrinterOutlined />}
          href={`/api/v1/code-batches/${batch.id}/sheets`}
          target="_blank"
          rel="noopener"
        >
          {t("print")}
        </Button>
      )}
      <Button
        icon={<DownloadOutlined />}
        disabled={batch.made === 0}
        loading={file.isPending}
        onClick={() => file.mutate()}
      >
        {t("download")}
      </Button>
      {canVoid && (
        <Dropdown
          trigger={["click"]}
          placement="bottomRight"
          menu={{
            items: [{ key: "void", danger: true, label: t("batch_void.button") }],
            onClick: () => setDoing("void"),
          }}
        >
          <Button icon={<MoreOutlined />} aria-label={t("more")} />
        </Dropdown>
      )}
      {doing && (
        <ReasonDialog
          title={t(`batch_${doing}.title`, { name: batch.name })}
          words={t(`batch_${doing}.words`)}
          act={t(`batch_${doing}.button`)}
          danger={doing === "void"}
          pending={step.isPending}
          error={step.error}
          onClose={close}
          onAct={(reason) =>
            step.mutate(
              { step: doing, reason },
              {
                onSuccess: () => {
                  void message.success(t(`batch_${doing}.started`));
                  close();
                },
              },
            )
          }
        />
      )}
    </>
  );
}
