import { CopyOutlined, PlusOutlined, ShoppingOutlined } from "@ant-design/icons";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import { copyText } from "@/components/copy";
import type { Column } from "@/components/DataTable";
import { Count, Money, None } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { useNow, useReading } from "@/components/reading";
import { EmptyState, NoPermission } from "@/components/states";
import { dateAndTime } from "@/format/when";
import { DEAL_STATES, type DealRow, useDeals } from "./api";
import styles from "./deals.module.css";
import { DealTag, publicAddress } from "./words";

const FIELDS = listFields("-created_at", { state: textField(), merchant: textField() });

/** Every deal: what it promises, how long it sells, and what became of it. */
export function DealsPage() {
  const { t } = useTranslation("deals");
  const may = useMay();
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  return <Deals mayWrite={may("groupbuy.write")} />;
}

function Deals({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation("deals");
  const address = useAddress(FIELDS);
  const { q, state, merchant, cursor } = address.values;
  const deals = useDeals({ q, state, merchant: Number(merchant) || null, cursor });
  const columns: Column<DealRow>[] = [
    { key: "name", title: t("column.name"), identity: true, cell: ({ name }) => name },
    {
      key: "state",
      title: t("column.state"),
      width: 90,
      onCard: true,
      cell: ({ state: one }) => <DealTag state={one} />,
    },
    { key: "merchant", title: t("column.merchant"), cell: ({ merchant: of }) => of.name },
    {
      key: "price",
      title: t("column.price"),
      align: "end",
      onCard: true,
      cell: (deal) => (
        <>
          <Money minor={deal.best_price_minor} currency={deal.currency} />
          <span className={styles.faint}>{t("best", { count: deal.best_size })}</span>
        </>
      ),
    },
    { key: "window", title: t("column.window"), onCard: true, cell: (deal) => <Window deal={deal} /> },
    {
      key: "stock",
      title: t("column.stock"),
      align: "end",
      onCard: true,
      cell: ({ stock, left }) => (
        <>
          <Count value={stock - left} /> / <Count value={left} />
        </>
      ),
    },
    {
      key: "groups",
      title: t("column.groups"),
      align: "end",
      cell: ({ figures }) => (
        <>
          <Count value={figures.forming} /> / <Count value={figures.formed} /> / <Count value={figures.failed} />
        </>
      ),
    },
    {
      key: "link",
      title: t("column.link"),
      width: 64,
      bare: true,
      cell: ({ slug, state: one }) => one !== "draft" && <CopyLink slug={slug} />,
    },
  ];
  const create = mayWrite && (
    <Link to="/groupbuy/deals/new">
      <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
        {t("new")}
      </Button>
    </Link>
  );
  return (
    <ListPage
      id="deals"
      title={t("title")}
      about={t("about")}
      primary={create}
      address={address}
      query={deals}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ name }) => name}
      rowHref={({ id }) => `/groupbuy/deals/${id}`}
      searchPlaceholder={t("search")}
      countWords={(total) => (total === null ? "" : t("count", { count: total }))}
      filters={[
        choiceFilter({
          key: "state",
          label: t("filter_state"),
          value: state,
          options: DEAL_STATES.map((one) => ({ value: one, label: t(`state.${one}`) })),
          onChange: (next) => address.change({ state: next, cursor: "" }),
        }),
      ]}
      empty={
        <EmptyState
          icon={<ShoppingOutlined />}
          title={t("empty.title")}
          purpose={t("empty.purpose")}
          example={t("empty.example")}
          action={create}
        />
      }
    />
  );
}

const HOUR_MILLISECONDS = 3_600_000;

/** How long it is still sold, or since when it is not. */
function Window({ deal }: { deal: DealRow }) {
  const { t } = useTranslation("deals");
  const { language, timezone } = useReading();
  const now = useNow();
  if (deal.state === "over") return <None />;
  const starts = new Date(deal.starts_at);
  if (starts > now) return t("starts_at", { at: dateAndTime(starts, { language, timezone }) });
  const hours = Math.ceil((Date.parse(deal.ends_at) - now.getTime()) / HOUR_MILLISECONDS);
  if (hours <= 0) return t("closed");
  return hours > 48 ? t("left_days", { count: Math.floor(hours / 24) }) : t("left_hours", { count: hours });
}

export function CopyLink({ slug, words = false }: { slug: string; words?: boolean }) {
  const { t } = useTranslation("deals");
  const { message } = App.useApp();
  return (
    <Button
      size={words ? "middle" : "small"}
      type={words ? "default" : "text"}
      icon={<CopyOutlined />}
      aria-label={t("copy")}
      onClick={(event) => {
        event.stopPropagation();
        void copyText(publicAddress(slug)).then(() => message.success(t("copied")));
      }}
    >
      {words && t("copy")}
    </Button>
  );
}
