import { PlusOutlined, ShopOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, None, When } from "@/components/figures";
import { PlainPage, Section } from "@/components/layout";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type Till, type TillMade, useRevokeTill, useTills } from "./api";
import { KeyOnce, LimitsDialog, NewTill } from "./dialogs";
import styles from "./tills.module.css";
import { WaitingLines } from "./WaitingLines";

/** Tills that may sell without the server, and what of their queues waits for somebody. */
export function TillsPage() {
  const { t } = useTranslation("tills");
  const may = useMay();
  const tills = useTills(may("loyalty.read"));
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<TillMade | null>(null);
  if (!may("loyalty.read")) return <NoPermission what={t("title")} />;
  if (tills.error && !tills.data) {
    return <ErrorState error={tills.error} onRetry={() => void tills.refetch()} />;
  }
  const add = may("keys.manage") && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t("add")}
    </Button>
  );
  const dialogs = (
    <>
      {adding && (
        <NewTill
          onClose={() => setAdding(false)}
          onMade={(till) => {
            setAdding(false);
            setMade(till);
          }}
        />
      )}
      {made && <KeyOnce made={made} onClose={() => setMade(null)} />}
    </>
  );
  if (tills.data?.length === 0) {
    return (
      <>
        <EmptyState
          asPage
          icon={<ShopOutlined />}
          title={t("empty_title")}
          purpose={t("empty")}
          example={t("empty_example")}
          action={add}
        />
        {dialogs}
      </>
    );
  }
  return (
    <PlainPage title={t("title")} about={t("about")} actions={add}>
      {tills.data ? (
        <>
          <WaitingLines count={tills.data.reduce((sum, { refused }) => sum + refused, 0)} />
          <Section title={t("all")}>
            <TillTable tills={tills.data} />
          </Section>
        </>
      ) : (
        <BoneLines lines={8} />
      )}
      {dialogs}
    </PlainPage>
  );
}

function TillTable({ tills }: { tills: readonly Till[] }) {
  const { t } = useTranslation("tills");
  const columns: readonly Column<Till>[] = [
    { key: "name", title: t("name"), identity: true, cell: ({ name }) => name },
    {
      key: "store",
      title: t("store"),
      cell: ({ store }) => store ?? <span className={styles.soft}>{t("any_store")}</span>,
    },
    { key: "state", title: t("state"), onCard: true, width: 110, cell: (till) => <StateTag till={till} /> },
    {
      key: "heard",
      title: t("heard"),
      onCard: true,
      cell: ({ last_heard_at }) => (last_heard_at ? <When at={last_heard_at} /> : t("never_heard")),
    },
    {
      key: "missing",
      title: t("missing"),
      cell: ({ missing }) => (missing.length > 0 ? <Missing numbers={missing} /> : <None />),
    },
    {
      key: "sale",
      title: t("most_sale"),
      align: "end",
      cell: ({ most_points_sale }) => <Count value={most_points_sale} />,
    },
    {
      key: "session",
      title: t("most_session"),
      align: "end",
      cell: ({ most_points_session }) => <Count value={most_points_session} />,
    },
    {
      key: "source",
      title: t("source"),
      hidden: true,
      cell: ({ source }) => source,
    },
    { key: "deeds", title: "", bare: true, align: "end", width: 90, cell: (till) => <Deeds till={till} /> },
  ];
  return (
    <DataTable
      caption={t("all")}
      columns={columns}
      rows={tills}
      rowKey={({ id }) => id}
      rowName={({ name }) => name}
      keyboard
    />
  );
}

function StateTag({ till }: { till: Till }) {
  const { t } = useTranslation("tills");
  if (till.revoked_at !== null) return <Tag tone="bad">{t("blocked")}</Tag>;
  if (till.refused > 0) return <Tag tone="warning">{t("waits", { count: till.refused })}</Tag>;
  return <Tag tone="good">{t("in_use")}</Tag>;
}

const NAMED_AT_MOST = 3;

/** Numbers of a queue that never came: the till still has them, or lost them. */
function Missing({ numbers }: { numbers: readonly number[] }) {
  const { t } = useTranslation("tills");
  const rest = numbers.length - NAMED_AT_MOST;
  return (
    <span title={t("missing_about")}>
      {numbers.slice(0, NAMED_AT_MOST).join(", ")}
      {rest > 0 && ` ${t("and_more", { count: rest })}`}
    </span>
  );
}

function Deeds({ till }: { till: Till }) {
  const { t } = useTranslation("tills");
  const { t: kit } = useTranslation("kit");
  const may = useMay();
  const { modal } = App.useApp();
  const revoke = useRevokeTill();
  const [limiting, setLimiting] = useState(false);
  if (!may("keys.manage") || till.revoked_at !== null) return null;
  const block = () =>
    modal.confirm({
      title: t("block_question", { name: till.name }),
      content: t("block_words"),
      okText: t("block"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () => revoke.mutateAsync(till.id).catch(() => {}),
    });
  return (
    <>
      <Dropdown
        trigger={["click"]}
        menu={{
          items: [
            { key: "limits", label: t("limits"), onClick: () => setLimiting(true) },
            { key: "block", danger: true, label: t("block"), onClick: block },
          ],
        }}
      >
        <Button size="small">{t("more")}</Button>
      </Dropdown>
      {limiting && <LimitsDialog till={till} onClose={() => setLimiting(false)} />}
    </>
  );
}
