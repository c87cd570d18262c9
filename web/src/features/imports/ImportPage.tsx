import { App, Button } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { isLive, useCancelJob, useJob } from "@/api/jobs";
import { useMay } from "@/api/me";
import { Problem } from "@/api/problem";
import { JobProgress } from "@/components/JobProgress";
import { useJobWords } from "@/components/jobWords";
import { Card } from "@/components/layout";
import { PageHeader } from "@/components/PageHeader";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { fileSize } from "@/format/size";
import { type ImportFile, isWorking, useImport, useImportEnded, useRemoveImport } from "./api";
import { CheckStep } from "./CheckStep";
import { STATE_TONES } from "./ImportsPage";
import styles from "./imports.module.css";
import { MapStep } from "./MapStep";
import { ResultStep } from "./ResultStep";
import { type Step, Steps } from "./Steps";

export function ImportPage() {
  const { t } = useTranslation("imports");
  const may = useMay();
  const id = Number(useParams().id);
  if (!may("imports.read")) return <NoPermission what={t("title")} />;
  return <ImportView key={id} id={id} />;
}

function ImportView({ id }: { id: number }) {
  const { t } = useTranslation("imports");
  const { language } = useReading();
  const query = useImport(id);
  const file = query.data;
  // From the check she may go back to the columns; the import itself stays checked until they are checked again.
  const [back, setBack] = useState(false);

  if (!file) {
    return (
      <div className={styles.page}>
        {query.error ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <BoneLines lines={8} />
        )}
      </div>
    );
  }
  const mapping = file.state === "proposed" || back;
  return (
    <div className={styles.page}>
      <PageHeader
        title={file.filename}
        above={<Link to="/imports">{t("title")}</Link>}
        mark={<Tag tone={STATE_TONES[file.state]}>{t(`state.${file.state}`)}</Tag>}
        about={`${t(`kind.${file.kind}`)} · ${fileSize(file.bytes, language)}`}
        actions={!isWorking(file) && file.state !== "done" && <Remove file={file} />}
      />
      <Steps at={mapping ? "map" : stepOf(file)} />
      {mapping ? (
        <MapStep file={file} onChecking={() => setBack(false)} />
      ) : isWorking(file) ? (
        <Working file={file} />
      ) : file.state === "checked" && file.check ? (
        <CheckStep file={file} check={file.check} onBack={() => setBack(true)} />
      ) : file.state === "done" && file.result ? (
        <ResultStep file={file} result={file.result} />
      ) : (
        <Failed file={file} onRetry={() => setBack(true)} />
      )}
    </div>
  );
}

function stepOf({ state, check }: ImportFile): Step | "done" {
  if (state === "done") return "done";
  if (state === "running") return "run";
  if (state === "failed" || state === "cancelled") return check ? "run" : "check";
  return state === "proposed" ? "map" : "check";
}

function Working({ file }: { file: ImportFile }) {
  const { t } = useTranslation("imports");
  const words = useJobWords();
  const { data: job } = useJob(file.job_id);
  const cancel = useCancelJob();
  const ended = useImportEnded(file.id);
  const live = job === undefined || isLive(job);
  const phase = file.state === "running" ? ("running" as const) : ("checking" as const);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the end of the job is the reason to run.
  useEffect(() => {
    if (!live) ended();
  }, [live]);

  return (
    <Card>
      <h2 className={styles.stepTitle}>{t(`${phase}.title`)}</h2>
      <p className={styles.soft}>{t(`${phase}.words`)}</p>
      {job ? (
        <JobProgress job={job} title={file.filename} phase={words(job).phase} onCancel={() => cancel.mutate(job.id)} />
      ) : (
        <BoneLines lines={2} />
      )}
    </Card>
  );
}

function Failed({ file, onRetry }: { file: ImportFile; onRetry: () => void }) {
  const { t } = useTranslation("imports");
  const may = useMay();
  const retry = may("imports.run") && (
    <Button type="primary" onClick={onRetry}>
      {t("failed.retry")}
    </Button>
  );
  if (!file.error) return <EmptyState title={t("failed.cancelled")} purpose={t("failed.words")} action={retry} />;
  const { code, params } = file.error;
  const problem = new Problem({ status: 422, code, title: code, params });
  return (
    <Card>
      <h2 className={styles.stepTitle}>{t("failed.title")}</h2>
      <Refused error={problem} />
      {retry}
    </Card>
  );
}

function Remove({ file }: { file: ImportFile }) {
  const { t } = useTranslation("imports");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const may = useMay();
  const navigate = useNavigate();
  const remove = useRemoveImport();
  if (!may("imports.run")) return null;
  return (
    <Button
      type="text"
      onClick={() =>
        modal.confirm({
          title: t("remove_question", { name: file.filename }),
          content: t("remove_words"),
          okText: t("remove"),
          okButtonProps: { danger: true },
          cancelText: kit("cancel"),
          onOk: () =>
            remove
              .mutateAsync(file.id)
              .then(() => navigate("/imports"))
              .catch(() => {}),
        })
      }
    >
      {t("remove")}
    </Button>
  );
}
