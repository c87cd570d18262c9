import { ImportOutlined, PlusOutlined } from "@ant-design/icons";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { None, When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { useReading } from "@/components/reading";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag, type Tone } from "@/components/Tag";
import { exactCount } from "@/format/count";
import { fileSize } from "@/format/size";
import { type ImportRow, type ImportState, isWorking, useImports, useRemoveImport } from "./api";
import styles from "./imports.module.css";

const FIELDS = listFields("-created_at", {});

export const STATE_TONES: Record<ImportState, Tone> = {
  proposed: "warning",
  checking: "info",
  checked: "warning",
  running: "info",
  done: "good",
  failed: "bad",
  cancelled: "neutral",
};

export function ImportsPage() {
  const { t } = useTranslation("imports");
  const may = useMay();
  if (!may("imports.read")) return <NoPermission what={t("title")} />;
  return <Imports />;
}

function Imports() {
  const { t } = useTranslation("imports");
  const { language } = useReading();
  const may = useMay();
  const address = useAddress(FIELDS);
  const imports = useImports(address.values.cursor);
  const start = may("imports.run") && (
    <Link to="/imports/new">
      <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
        {t("new")}
      </Button>
    </Link>
  );
  const mappings = <Link to="/imports/mappings">{t("mappings.title")}</Link>;
  const columns: Column<ImportRow>[] = [
    { key: "file", title: t("column.file"), identity: true, cell: (row) => <FileName row={row} /> },
    { key: "kind", title: t("column.kind"), onCard: true, cell: (row) => t(`kind.${row.kind}`) },
    {
      key: "state",
      title: t("column.state"),
      onCard: true,
      cell: (row) => <Tag tone={STATE_TONES[row.state]}>{t(`state.${row.state}`)}</Tag>,
    },
    { key: "rows", title: t("column.rows"), cell: (row) => <Outcome row={row} /> },
    { key: "size", title: t("column.size"), align: "end", cell: (row) => fileSize(row.bytes, language) },
    {
      key: "created",
      title: t("column.created"),
      align: "end",
      onCard: true,
      cell: (row) => <When at={row.created_at} />,
    },
    { key: "actions", title: "", bare: true, align: "end", width: 72, cell: (row) => <Remove row={row} /> },
  ];
  return (
    <ListPage
      id="imports"
      title={t("title")}
      about={
        <>
          {t("about")} {mappings}
        </>
      }
      primary={start}
      address={address}
      query={imports}
      columns={columns}
      rowKey={(row) => row.id}
      rowName={(row) => row.filename}
      rowHref={(row) => `/imports/${row.id}`}
      countWords={(count) => t("count", { count: count ?? 0 })}
      empty={
        <EmptyState
          icon={<ImportOutlined />}
          title={t("empty.title")}
          purpose={t("empty.words")}
          example={t("empty.example")}
          action={start}
        />
      }
    />
  );
}

function FileName({ row }: { row: ImportRow }) {
  const { t } = useTranslation("imports");
  const came = row.origin === "folder" || row.origin === "call" ? t(`from.${row.origin}`) : null;
  if (!came && !row.mapping) return row.filename;
  return (
    <>
      {row.filename} <span className={styles.soft}>{[came, row.mapping?.name].filter(Boolean).join(" · ")}</span>
    </>
  );
}

function Outcome({ row: { result } }: { row: ImportRow }) {
  const { t } = useTranslation("imports");
  const { language } = useReading();
  if (!result) return <None />;
  const count = (value: number) => exactCount(value, language);
  return (
    <>
      {t("row_result", {
        created: count(result.created),
        updated: count(result.updated),
        unchanged: count(result.unchanged),
      })}
      {result.refused > 0 && (
        <span className={styles.refused}> · {t("row_refused", { refused: count(result.refused) })}</span>
      )}
    </>
  );
}

function Remove({ row }: { row: ImportRow }) {
  const { t } = useTranslation("imports");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const may = useMay();
  const remove = useRemoveImport();
  if (!may("imports.run") || row.state === "done" || isWorking(row)) return null;
  return (
    <Button
      type="text"
      size="small"
      onClick={() =>
        modal.confirm({
          title: t("remove_question", { name: row.filename }),
          content: t("remove_words"),
          okText: t("remove"),
          okButtonProps: { danger: true },
          cancelText: kit("cancel"),
          onOk: () => remove.mutateAsync(row.id).catch(() => {}),
        })
      }
    >
      {t("remove")}
    </Button>
  );
}
