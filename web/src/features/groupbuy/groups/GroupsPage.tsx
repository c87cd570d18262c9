import { TeamOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Money, When } from "@/components/figures";
import { choiceFilter, typedFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { useSavedViews } from "@/components/useSavedViews";
import { GROUP_STATES, type GroupRow, useDealChoices, useGroups } from "./api";
import { GroupTag, Seats, TimeLeft } from "./words";

const FIELDS = listFields("deadline_at", {
  state: textField("forming"),
  deal: textField(),
  missing: textField(),
  hours: textField(),
});

/** Groups that run, the one that ends soonest first; the others on demand. */
export function GroupsPage() {
  const { t } = useTranslation("groups");
  const may = useMay();
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  return <Groups />;
}

/** A whole number within its bounds; anything else is none. */
function whole(text: string, least: number, most: number): number | null {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : null;
}

function Groups() {
  const { t } = useTranslation("groups");
  const address = useAddress(FIELDS);
  const { state, deal, missing, hours, cursor } = address.values;
  const groups = useGroups({
    state,
    deal: whole(deal, 1, Number.MAX_SAFE_INTEGER),
    missing: whole(missing, 0, 200),
    hours: whole(hours, 1, 720),
    cursor,
  });
  const deals = useDealChoices().data ?? [];
  const views = useSavedViews(
    "groups",
    [
      { key: "running", name: t("view.running"), search: "" },
      { key: "hurry", name: t("view.hurry"), search: "hours=3" },
      { key: "nearly", name: t("view.nearly"), search: "missing=1" },
      { key: "formed", name: t("view.formed"), search: "state=formed" },
      { key: "failed", name: t("view.failed"), search: "state=failed" },
    ],
    address.search,
  );
  const columns: Column<GroupRow>[] = [
    {
      key: "deal",
      title: t("column.deal"),
      identity: true,
      cell: ({ deal: of, id }) => `${of.name} · ${t("number", { id })}`,
    },
    { key: "left", title: t("column.left"), width: 120, onCard: true, cell: (group) => <TimeLeft group={group} /> },
    { key: "seats", title: t("column.seats"), onCard: true, cell: (group) => <Seats group={group} /> },
    {
      key: "forms_at",
      title: t("column.forms_at"),
      align: "end",
      cell: ({ forms_at }) => <span className="hk-tabular">{forms_at}</span>,
    },
    { key: "state", title: t("column.state"), width: 110, onCard: true, cell: (group) => <GroupTag group={group} /> },
    { key: "merchant", title: t("column.merchant"), cell: ({ merchant }) => merchant },
    {
      key: "price",
      title: t("column.price"),
      align: "end",
      cell: ({ price }) => <Money minor={price.amount_minor} currency={price.currency} />,
    },
    { key: "opened", title: t("column.opened"), cell: ({ opened_at }) => <When at={opened_at} /> },
  ];
  return (
    <ListPage
      id="groups"
      title={t("title")}
      about={t("about")}
      address={address}
      query={groups}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ deal: of, id }) => `${of.name} ${id}`}
      rowHref={({ id }) => `/groupbuy/groups/${id}`}
      countWords={(total) => (total === null ? "" : t("count", { count: total }))}
      views={views}
      filters={[
        choiceFilter({
          key: "deal",
          label: t("column.deal"),
          value: deal,
          options: deals,
          onChange: (next) => address.change({ deal: next, cursor: "" }),
        }),
        typedFilter({
          key: "missing",
          label: t("filter.missing"),
          value: missing,
          unit: t("filter.people"),
          check: (text) => (whole(text, 0, 200) === null ? t("filter.missing_check") : null),
          show: (value) => t("filter.missing_show", { count: Number(value) }),
          onChange: (next) => address.change({ missing: next, cursor: "" }),
        }),
        typedFilter({
          key: "hours",
          label: t("filter.hours"),
          value: hours,
          unit: t("filter.hours_unit"),
          check: (text) => (whole(text, 1, 720) === null ? t("filter.hours_check") : null),
          show: (value) => t("filter.hours_show", { count: Number(value) }),
          onChange: (next) => address.change({ hours: next, cursor: "" }),
        }),
        ...(state === "forming"
          ? []
          : [
              choiceFilter({
                key: "state",
                label: t("column.state"),
                value: state,
                options: GROUP_STATES.map((one) => ({ value: one, label: t(`state.${one}`) })),
                onChange: (next) => address.change({ state: next, cursor: "" }),
              }),
            ]),
      ]}
      empty={
        <EmptyState
          icon={<TeamOutlined />}
          title={t("empty.title")}
          purpose={t("empty.purpose")}
          example={t("empty.example")}
        />
      }
    />
  );
}
