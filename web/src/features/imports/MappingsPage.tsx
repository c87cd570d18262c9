import { SwapOutlined, UploadOutlined } from "@ant-design/icons";
import { App, Button, Input, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answered, client } from "@/api/client";
import { useMay } from "@/api/me";
import { downloadBlob } from "@/components/csv";
import { When } from "@/components/figures";
import { Card } from "@/components/layout";
import { PageHeader } from "@/components/PageHeader";
import { Refused } from "@/components/Refused";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import {
  type MappingFile,
  type SavedMapping,
  useChangeMapping,
  useCopyMapping,
  useDeleteMapping,
  useReadMappingFile,
  useSavedMappings,
} from "./api";
import styles from "./imports.module.css";

export function MappingsPage() {
  const { t } = useTranslation("imports");
  const may = useMay();
  if (!may("imports.read")) return <NoPermission what={t("mappings.title")} />;
  return <Mappings />;
}

function Mappings() {
  const { t } = useTranslation("imports");
  const may = useMay();
  const query = useSavedMappings();
  return (
    <div className={styles.page}>
      <PageHeader
        title={t("mappings.title")}
        above={<Link to="/imports">{t("title")}</Link>}
        about={t("mappings.about")}
        actions={may("imports.run") && <ReadFile />}
      />
      {query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <BoneLines lines={6} />
      ) : query.data.length === 0 ? (
        <EmptyState icon={<SwapOutlined />} title={t("mappings.empty")} purpose={t("mappings.empty_words")} />
      ) : (
        <ul className={styles.mappings}>
          {query.data.map((saved) => (
            <li key={saved.id}>
              <MappingCard saved={saved} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function ReadFile() {
  const { t } = useTranslation("imports");
  const { message } = App.useApp();
  const read = useReadMappingFile();
  const take = async (file: File | undefined) => {
    if (!file) return;
    try {
      await read.mutateAsync(JSON.parse(await file.text()) as MappingFile);
    } catch (error) {
      if (error instanceof SyntaxError) void message.error(t("mappings.unreadable"));
    }
  };
  return (
    <label className={styles.readFile}>
      <input
        type="file"
        className="hk-visually-hidden"
        accept=".json"
        onChange={(event) => {
          void take(event.target.files?.[0]);
          event.target.value = "";
        }}
      />
      <UploadOutlined /> {t("mappings.read")}
    </label>
  );
}

function MappingCard({ saved }: { saved: SavedMapping }) {
  const { t } = useTranslation("imports");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const may = useMay();
  const change = useChangeMapping();
  const copy = useCopyMapping();
  const remove = useDeleteMapping();
  const [name, setName] = useState<string | null>(null);
  const run = may("imports.run");
  const columns = Object.values(saved.answers.mapping).filter(Boolean).length;
  return (
    <Card>
      <div className={styles.mappingHead}>
        {name === null ? (
          <h2 className={styles.stepTitle}>{saved.name}</h2>
        ) : (
          <form
            className={styles.saveAs}
            onSubmit={(event) => {
              event.preventDefault();
              change.mutate({ id: saved.id, name }, { onSuccess: () => setName(null) });
            }}
          >
            <Input
              autoFocus
              aria-label={t("save.name")}
              maxLength={60}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
            <Button htmlType="submit" type="primary" loading={change.isPending}>
              {t("save.save")}
            </Button>
            <Button onClick={() => setName(null)}>{kit("cancel")}</Button>
          </form>
        )}
        <p className={styles.soft}>
          {[
            t(`kind.${saved.kind}`),
            saved.answers.source.name,
            t("mappings.columns", { count: columns }),
            t("mappings.version", { version: saved.version }),
          ].join(" · ")}
          {" · "}
          {saved.used_at ? (
            <>
              {t("mappings.used")} <When at={saved.used_at} />
            </>
          ) : (
            t("mappings.never")
          )}
        </p>
      </div>
      {run && (
        // biome-ignore lint/a11y/noLabelWithoutControl: the switch inside is the control.
        <label className={styles.mappingFolder}>
          <Switch
            checked={saved.from_folder}
            loading={change.isPending}
            onChange={(from_folder) => change.mutate({ id: saved.id, from_folder })}
          />
          <span>
            {t("mappings.folder")}
            {saved.from_folder && (
              <span className={styles.soft}>{t("mappings.folder_words", { folder: saved.folder })}</span>
            )}
          </span>
        </label>
      )}
      <Refused error={change.error ?? copy.error ?? remove.error} />
      <div className={styles.row}>
        <Button size="small" onClick={() => void share(saved)}>
          {t("mappings.share")}
        </Button>
        {run && (
          <>
            <Button size="small" onClick={() => setName(saved.name)}>
              {t("mappings.rename")}
            </Button>
            <Button
              size="small"
              loading={copy.isPending}
              onClick={() => copy.mutate({ id: saved.id, name: t("mappings.copy_name", { name: saved.name }) })}
            >
              {t("mappings.copy")}
            </Button>
            <Button
              size="small"
              type="text"
              danger
              onClick={() =>
                modal.confirm({
                  title: t("mappings.delete_question", { name: saved.name }),
                  content: t("mappings.delete_words"),
                  okText: t("mappings.delete"),
                  okButtonProps: { danger: true },
                  cancelText: kit("cancel"),
                  onOk: () => remove.mutateAsync(saved.id).catch(() => {}),
                })
              }
            >
              {t("mappings.delete")}
            </Button>
          </>
        )}
      </div>
    </Card>
  );
}

async function share({ id, name }: SavedMapping) {
  const path = { mapping_id: id };
  const file = await answered(client.GET("/api/v1/imports/mappings/{mapping_id}/file", { params: { path } }));
  downloadBlob(`${name}.json`, new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
}
