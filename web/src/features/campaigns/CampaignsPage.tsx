import { CalendarOutlined, PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, None, When } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { useSavedViews } from "@/components/useSavedViews";
import { CAMPAIGN_STATES, type Campaign, useCampaigns } from "./api";
import { CampaignStateTag } from "./words";

const FIELDS = listFields("-created_at", { state: textField() });

/** All campaigns with where they stand. */
export function CampaignsPage() {
  const { t } = useTranslation("campaigns");
  const may = useMay();
  const address = useAddress(FIELDS);
  const { q, cursor, state } = address.values;
  const query = useCampaigns({ q, state, cursor }, may("campaigns.read"));
  const views = useSavedViews(
    "campaigns",
    [
      { key: "all", name: t("view.all"), search: "" },
      { key: "draft", name: t("view.draft"), search: "state=draft" },
      { key: "running", name: t("view.running"), search: "state=sending" },
      { key: "done", name: t("view.done"), search: "state=sent" },
    ],
    address.search,
  );
  if (!may("campaigns.read")) return <NoPermission what={t("title")} />;
  const columns: Column<Campaign>[] = [
    { key: "name", title: t("column.name"), identity: true, width: "30%", cell: ({ name }) => name },
    {
      key: "state",
      title: t("column.state"),
      width: 110,
      onCard: true,
      cell: ({ state }) => <CampaignStateTag state={state} />,
    },
    {
      key: "audience",
      title: t("column.audience"),
      align: "end",
      onCard: true,
      cell: ({ audience_count }) => <Count value={audience_count} />,
    },
    {
      key: "control",
      title: t("column.control"),
      align: "end",
      cell: ({ control_count }) => <Count value={control_count} />,
    },
    {
      key: "sent",
      title: t("column.sent"),
      align: "end",
      onCard: true,
      cell: ({ progress }) => (progress.total > 0 ? <Count value={progress.sent} /> : <None />),
    },
    {
      key: "failed",
      title: t("column.failed"),
      align: "end",
      cell: ({ progress }) =>
        progress.total > 0 ? <Count value={progress.failed + progress.not_sent + progress.uncertain} /> : <None />,
    },
    {
      key: "when",
      title: t("column.when"),
      width: 150,
      cell: ({ started_at, scheduled_at }) => <When at={started_at ?? scheduled_at} />,
    },
    { key: "updated", title: t("column.updated"), hidden: true, cell: ({ updated_at }) => <When at={updated_at} /> },
  ];
  const create = may("campaigns.write") && (
    <Link to="/campaigns/new">
      <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
        {t("new")}
      </Button>
    </Link>
  );
  return (
    <ListPage
      id="campaigns"
      title={t("title")}
      about={t("about")}
      address={address}
      query={query}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ name }) => name}
      rowHref={({ id }) => `/campaigns/${id}`}
      searchPlaceholder={t("search")}
      countWords={(count) => (count === null ? "" : t("list_count", { count }))}
      views={views}
      filters={[
        choiceFilter({
          key: "state",
          label: t("filter_state"),
          value: state,
          options: CAMPAIGN_STATES.map((one) => ({ value: one, label: t(`state.${one}`) })),
          onChange: (next) => address.change({ state: next, cursor: "" }),
        }),
      ]}
      primary={create}
      empty={
        <EmptyState
          icon={<CalendarOutlined />}
          title={t("empty.title")}
          purpose={t("empty.purpose")}
          example={t("empty.example")}
          action={create}
        />
      }
    />
  );
}
