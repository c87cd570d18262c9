import { App, Button, Form, Input, Modal, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { isLive, undoableChange, useCancelJob, useJob, useUndo } from "@/api/jobs";
import { useMay } from "@/api/me";
import type { RowKey } from "@/components/DataTable";
import { JobProgress } from "@/components/JobProgress";
import { useJobWords } from "@/components/jobWords";
import { Refused } from "@/components/Refused";
import { useNow, useReading } from "@/components/reading";
import { BoneLines } from "@/components/states";
import { exactCount } from "@/format/count";
import { type BulkKind, type CustomerFilter, useChangeSelection, useListRefresh, useSelection, useStores } from "./api";
import { ExportDialog } from "./ExportDialog";
import { useOwners } from "./file/api";

const KINDS = ["add_tag", "remove_tag", "assign_owner", "assign_store"] as const satisfies readonly BulkKind[];

/** Whom the bar at the foot of the list is about: the rows marked, or everybody who matches. */
export type Whom = { readonly ids: readonly number[] } | { readonly filter: CustomerFilter };

/** What can be done to many customers at once. */
export function BulkActions({
  selected,
  everybody,
  filter,
  onDone,
}: {
  selected: ReadonlySet<RowKey>;
  /** All matches of the filter, not only the rows marked. */
  everybody: boolean;
  filter: CustomerFilter;
  onDone: () => void;
}) {
  const { t } = useTranslation("customers");
  const may = useMay();
  const [doing, setDoing] = useState<BulkKind | "export" | null>(null);
  const whom: Whom = everybody ? { filter } : { ids: [...selected].map(Number) };
  const close = () => setDoing(null);
  return (
    <>
      {may("customers.write") &&
        KINDS.map((kind) => (
          <Button key={kind} onClick={() => setDoing(kind)}>
            {t(`bulk.${kind}.label`)}
          </Button>
        ))}
      {may("customers.export") && <Button onClick={() => setDoing("export")}>{t("bulk.export")}</Button>}
      {doing === "export" && <ExportDialog whom={whom} onClose={close} />}
      {doing && doing !== "export" && <BulkDialog kind={doing} whom={whom} onClose={close} onStarted={onDone} />}
    </>
  );
}

interface Values {
  readonly tag?: string;
  readonly owner_id?: number;
  readonly store_id?: number;
}

/** Fixes who is meant when it opens, and says how many; then asks for what is to change. */
function BulkDialog({
  kind,
  whom,
  onClose,
  onStarted,
}: {
  kind: BulkKind;
  whom: Whom;
  onClose: () => void;
  onStarted: () => void;
}) {
  const { t } = useTranslation("customers");
  const { t: kit } = useTranslation("kit");
  const { language } = useReading();
  const { notification } = App.useApp();
  const [form] = Form.useForm<Values>();
  const selection = useSelection();
  const change = useChangeSelection();
  const owners = useOwners(kind === "assign_owner");
  const stores = useStores();
  const { mutate: select } = selection;
  // biome-ignore lint/correctness/useExhaustiveDependencies: fixed once, when the dialog opens.
  useEffect(() => select(whom), []);
  const chosen = selection.data;
  const people = chosen ? exactCount(chosen.people, language) : "";
  const submit = (values: Values) => {
    if (!chosen) return;
    change.mutate(
      { selection_id: chosen.id, kind, tag: "", ...values },
      {
        onSuccess: (job) => {
          const key = `job:${job.id}`;
          notification.open({
            key,
            title: null,
            description: <ChangeNotice id={job.id} onUndone={() => notification.destroy(key)} />,
            duration: 0,
            placement: "bottomRight",
          });
          onStarted();
          onClose();
        },
      },
    );
  };
  return (
    <Modal
      open
      title={t(`bulk.${kind}.title`)}
      onCancel={onClose}
      onOk={form.submit}
      okText={chosen ? t(`bulk.${kind}.do`, { count: chosen.people, people }) : t(`bulk.${kind}.label`)}
      okButtonProps={{ disabled: !chosen }}
      cancelText={kit("cancel")}
      confirmLoading={change.isPending}
    >
      <Refused error={selection.error ?? change.error} />
      {chosen ? (
        <p>{t("bulk.fixed", { count: chosen.people, people })}</p>
      ) : (
        !selection.error && <BoneLines lines={1} />
      )}
      <Form<Values> form={form} layout="vertical" onFinish={submit}>
        {(kind === "add_tag" || kind === "remove_tag") && (
          <Form.Item
            name="tag"
            label={t("bulk.tag_placeholder")}
            rules={[{ required: true, whitespace: true, message: t("bulk.tag_placeholder") }]}
          >
            <Input autoFocus maxLength={40} />
          </Form.Item>
        )}
        {kind === "assign_owner" && (
          <Form.Item name="owner_id" label={t("bulk.owner")} rules={[{ required: true, message: t("bulk.owner") }]}>
            <Select
              showSearch={{ optionFilterProp: "label" }}
              options={owners.data?.map(({ id, name }) => ({ value: id, label: name }))}
              notFoundContent={owners.error ? t("bulk.owner_hidden") : undefined}
            />
          </Form.Item>
        )}
        {kind === "assign_store" && (
          <Form.Item name="store_id" label={t("filter.store")} rules={[{ required: true, message: t("filter.store") }]}>
            <Select
              showSearch={{ optionFilterProp: "label" }}
              options={stores.data?.items.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </Form.Item>
        )}
      </Form>
      <p>{t("bulk.undo_words")}</p>
    </Modal>
  );
}

/** How far a change is; once it ended, the way back. Can be closed: the job is in the top bar too. */
function ChangeNotice({ id, onUndone }: { id: number; onUndone: () => void }) {
  const { t } = useTranslation("customers");
  const words = useJobWords();
  const now = useNow();
  const cancel = useCancelJob();
  const undo = useUndo();
  const { data: job } = useJob(id);
  const ended = job !== undefined && !isLive(job);
  const refresh = useListRefresh();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the work ends.
  useEffect(() => {
    if (ended) refresh();
  }, [ended]);
  if (!job) return <BoneLines lines={2} />;
  const { title, phase, outcome } = words(job);
  const change = undoableChange(job, now);
  return (
    <>
      <JobProgress
        job={job}
        title={title}
        phase={phase}
        result={outcome}
        onCancel={isLive(job) ? () => cancel.mutate(id) : undefined}
      />
      {change !== null && (
        <Button
          size="small"
          loading={undo.isPending}
          disabled={undo.isSuccess}
          onClick={() => undo.mutate(change, { onSuccess: onUndone })}
        >
          {t("bulk.undo")}
        </Button>
      )}
    </>
  );
}
