import { DiffOutlined } from "@ant-design/icons";
import { App, Button, Segmented, Space } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useJobStarted } from "@/api/jobs";
import { useMay } from "@/api/me";
import { choiceField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { type Duplicate, useDismiss, useDuplicates, useFindDuplicates, useReopen } from "./api";
import { Likely, Reasons, ScoredBy } from "./Reasons";

const FIELDS = listFields("-score_permille", { shown: choiceField(["open", "gone"], "open") });

/** Pairs of files that are likely one person: why, and what a person says about it. */
export function DuplicatesPage() {
  const { t } = useTranslation("identity");
  const may = useMay();
  if (!may("customers.merge")) return <NoPermission what={t("duplicates.title")} />;
  return <Pairs />;
}

function Pairs() {
  const { t } = useTranslation("identity");
  const { message } = App.useApp();
  const address = useAddress(FIELDS);
  const { shown, cursor } = address.values;
  const pairs = useDuplicates(cursor, shown === "gone");
  const dismiss = useDismiss();
  const reopen = useReopen();
  const find = useFindDuplicates();
  const started = useJobStarted();
  const name = (file: Duplicate["one"]) => file.name || `${t("nameless")} #${file.id}`;
  const columns: Column<Duplicate>[] = [
    {
      key: "pair",
      title: t("duplicates.pair"),
      identity: true,
      cell: (pair) => `${name(pair.one)} · ${name(pair.other)}`,
    },
    { key: "likely", title: t("duplicates.likely"), onCard: true, cell: (pair) => <Likely pair={pair} /> },
    { key: "why", title: t("duplicates.why"), onCard: true, cell: (pair) => <Reasons pair={pair} /> },
    {
      key: "found",
      title: t("duplicates.found"),
      cell: (pair) => (
        <>
          <When at={pair.found_at} />
          <ScoredBy pair={pair} />
        </>
      ),
    },
    {
      key: "act",
      title: t("duplicates.act"),
      onCard: true,
      cell: (pair) =>
        pair.dismissed_at ? (
          <Button size="small" loading={reopen.isPending} onClick={() => reopen.mutate(pair.id)}>
            {t("duplicates.reopen")}
          </Button>
        ) : (
          <Button
            size="small"
            onClick={() =>
              dismiss.mutate([pair.id], { onSuccess: () => void message.success(t("duplicates.dismissed")) })
            }
          >
            {t("duplicates.two")}
          </Button>
        ),
    },
  ];
  const look = (
    <Button
      loading={find.isPending}
      onClick={() =>
        find.mutate(undefined, {
          onSuccess: () => {
            started();
            void message.info(t("duplicates.searching"));
          },
        })
      }
    >
      {t("duplicates.search")}
    </Button>
  );
  return (
    <ListPage
      id="duplicates"
      title={t("duplicates.title")}
      about={t("duplicates.about")}
      primary={
        <Space wrap>
          <Segmented<"open" | "gone">
            aria-label={t("duplicates.shown")}
            value={shown}
            options={[
              { value: "open", label: t("duplicates.open") },
              { value: "gone", label: t("duplicates.gone") },
            ]}
            onChange={(value) => address.change({ shown: value, cursor: "" })}
          />
          {look}
          <Link to="/customers/duplicates/review">
            <Button type="primary" tabIndex={-1} disabled={!pairs.data?.total}>
              {t("duplicates.review")}
            </Button>
          </Link>
        </Space>
      }
      address={address}
      query={pairs}
      columns={columns}
      rowKey={(pair) => pair.id}
      rowHref={(pair) => `/customers/merge?a=${pair.one.id}&b=${pair.other.id}`}
      empty={<EmptyState icon={<DiffOutlined />} title={t("duplicates.empty_title")} purpose={t("duplicates.empty")} />}
    />
  );
}
