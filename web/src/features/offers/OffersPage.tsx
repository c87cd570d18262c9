import { GiftOutlined, PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, None, Percent, When } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { useSavedViews } from "@/components/useSavedViews";
import { OFFER_STATES, type Offer, useOffers } from "./api";
import { Amounts, OfferStateTag, useTermsWords } from "./words";

const FIELDS = listFields("-created_at", { state: textField() });

/** All offers: what they promise, how many codes are out, how many came back, what that cost. */
export function OffersPage() {
  const { t } = useTranslation("offers");
  const may = useMay();
  const address = useAddress(FIELDS);
  const { q, cursor, state } = address.values;
  const query = useOffers({ q, state, cursor }, may("offers.read"));
  const words = useTermsWords();
  const views = useSavedViews(
    "offers",
    [
      { key: "all", name: t("view.all"), search: "" },
      { key: "active", name: t("view.active"), search: "state=active" },
      { key: "draft", name: t("view.draft"), search: "state=draft" },
    ],
    address.search,
  );
  if (!may("offers.read")) return <NoPermission what={t("title")} />;
  const columns: Column<Offer>[] = [
    { key: "name", title: t("column.name"), identity: true, width: "22%", cell: ({ name }) => name },
    { key: "terms", title: t("column.terms"), cell: ({ terms }) => words(terms).join(" · ") },
    {
      key: "state",
      title: t("column.state"),
      width: 100,
      onCard: true,
      cell: ({ state }) => <OfferStateTag state={state} />,
    },
    {
      key: "issued",
      title: t("column.issued"),
      align: "end",
      width: 90,
      onCard: true,
      cell: ({ issued }) => <Count value={issued} />,
    },
    {
      key: "redeemed",
      title: t("column.redeemed"),
      align: "end",
      width: 90,
      onCard: true,
      cell: ({ redeemed }) => <Count value={redeemed} />,
    },
    {
      key: "rate",
      title: t("column.rate"),
      align: "end",
      width: 80,
      cell: ({ issued, redeemed }) => (issued > 0 ? <Percent ratio={redeemed / issued} /> : <None />),
    },
    {
      key: "discount",
      title: t("column.discount"),
      align: "end",
      width: 130,
      cell: ({ discount_given }) => <Amounts amounts={discount_given} />,
    },
    { key: "ends", title: t("column.ends"), hidden: true, cell: ({ terms }) => <When at={terms.when?.ends_at} /> },
  ];
  const create = may("offers.write") && (
    <Link to="/offers/new">
      <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
        {t("new")}
      </Button>
    </Link>
  );
  return (
    <ListPage
      id="offers"
      title={t("title")}
      about={t("about")}
      address={address}
      query={query}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ name }) => name}
      rowHref={({ id }) => `/offers/${id}`}
      searchPlaceholder={t("search")}
      countWords={(count) => (count === null ? "" : t("list_count", { count }))}
      views={views}
      filters={[
        choiceFilter({
          key: "state",
          label: t("filter_state"),
          value: state,
          options: OFFER_STATES.map((one) => ({ value: one, label: t(`state.${one}`) })),
          onChange: (next) => address.change({ state: next, cursor: "" }),
        }),
      ]}
      primary={create}
      empty={
        <EmptyState
          icon={<GiftOutlined />}
          title={t("empty.title")}
          purpose={t("empty.purpose")}
          example={t("empty.example")}
          action={create}
        />
      }
    />
  );
}
