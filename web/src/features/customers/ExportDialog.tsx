import { DownloadOutlined } from "@ant-design/icons";
import { Button, Checkbox, Form, Modal, Radio } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useJob } from "@/api/jobs";
import { useMay } from "@/api/me";
import { JobProgress } from "@/components/JobProgress";
import { useJobWords } from "@/components/jobWords";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines } from "@/components/states";
import { exactCount } from "@/format/count";
import { type ExportWish, useExportCustomers, useSelection } from "./api";
import type { Whom } from "./BulkActions";
import styles from "./customers.module.css";
import { useOwnFields } from "./own/api";

const COLUMNS = [
  "id",
  "name",
  "phone",
  "email",
  "card_number",
  "gender",
  "birth_on",
  "birth_lunar",
  "language",
  "country",
  "province",
  "city",
  "district",
  "latitude",
  "longitude",
  "occupation",
  "income",
  "education",
  "interests",
  "tags",
  "stage",
  "owner",
  "home_store",
  "household",
  "household_size",
  "companies",
  "source",
  "source_channel",
  "source_campaign",
  "referrer",
  "orders_count",
  "returns_count",
  "spent",
  "spent_currency",
  "first_order_at",
  "last_order_at",
  "member_since_at",
  "created_at",
] as const;

type ExportValues = Required<Pick<ExportWish, "format" | "columns">>;

/** Everything that matches, as a file: chosen here, written in the background, fetched here or later. */
export function ExportDialog({
  whom,
  onClose,
}: {
  /** Fixed when the dialog opens: exactly these are written. */
  whom: Whom;
  onClose: () => void;
}) {
  const { t } = useTranslation("customers");
  const { t: kit } = useTranslation("kit");
  const { language } = useReading();
  const [form] = Form.useForm<ExportValues>();
  const [jobId, setJobId] = useState<number | null>(null);
  const start = useExportCustomers();
  const own = useOwnFields();
  const may = useMay();
  const selection = useSelection();
  const { mutate: select } = selection;
  // biome-ignore lint/correctness/useExhaustiveDependencies: fixed once, when the dialog opens.
  useEffect(() => select(whom), []);
  const chosen = selection.data;
  const submit = ({ format, columns }: ExportValues) =>
    chosen && start.mutate({ selection_id: chosen.id, format, columns }, { onSuccess: (job) => setJobId(job.id) });

  if (jobId !== null) {
    return (
      <Modal
        open
        title={t("export.title")}
        onCancel={onClose}
        footer={<Button onClick={onClose}>{kit("close")}</Button>}
      >
        <ExportJob id={jobId} />
      </Modal>
    );
  }
  return (
    <Modal
      open
      width={600}
      title={t("export.title")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("export.start")}
      cancelText={kit("cancel")}
      okButtonProps={{ disabled: !chosen }}
      confirmLoading={start.isPending}
    >
      {chosen ? (
        <p className={styles.soft}>
          {t(may("customers.unmask") ? "export.words" : "export.words_masked", {
            number: exactCount(chosen.people, language),
            count: chosen.people,
          })}
        </p>
      ) : (
        !selection.error && <BoneLines lines={1} />
      )}
      <Form<ExportValues>
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={{ format: "xlsx", columns: [...COLUMNS] }}
      >
        <Refused error={selection.error ?? start.error} />
        <Form.Item name="format" label={t("export.format")}>
          <Radio.Group
            options={[
              { value: "xlsx", label: t("export.xlsx") },
              { value: "csv", label: t("export.csv") },
            ]}
          />
        </Form.Item>
        <Form.Item
          name="columns"
          label={t("export.columns")}
          rules={[{ required: true, message: t("export.columns") }]}
        >
          <Checkbox.Group
            className={styles.columns}
            options={[
              ...COLUMNS.map((value) => ({ value, label: t(`export.column.${value}`) })),
              ...(own.data ?? []).map(({ key, name }) => ({ value: `fields.${key}`, label: name })),
            ]}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function ExportJob({ id }: { id: number }) {
  const { t } = useTranslation("customers");
  const words = useJobWords();
  const { data: job } = useJob(id);
  if (!job) return <p className={styles.soft}>{t("export.running")}</p>;
  const { title, phase, outcome } = words(job);
  return (
    <>
      <JobProgress job={job} title={title} phase={phase} result={outcome} />
      {job.state === "succeeded" ? (
        <p>
          <Button type="primary" icon={<DownloadOutlined />} href={`/api/v1/jobs/${id}/file`} download>
            {t("export.download")}
          </Button>{" "}
          <span className={styles.soft}>{t("export.kept")}</span>
        </p>
      ) : (
        job.state !== "failed" && <p className={styles.soft}>{t("export.running")}</p>
      )}
    </>
  );
}
