import { TagOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Money, When } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { useDealChoices } from "../groups/api";
import { useVouchers, VOUCHER_STATES, type VoucherRow } from "./api";
import { lastMoment, VoucherTag } from "./words";

const FIELDS = listFields("-issued_at", { state: textField(), deal: textField() });

/** Every voucher that was issued; a whole code finds its own. */
export function VouchersPage() {
  const { t } = useTranslation("vouchers");
  const may = useMay();
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  return <Vouchers mayRedeem={may("groupbuy.redeem")} />;
}

function Vouchers({ mayRedeem }: { mayRedeem: boolean }) {
  const { t } = useTranslation("vouchers");
  const address = useAddress(FIELDS);
  const { q, state, deal, cursor } = address.values;
  const vouchers = useVouchers({ code: q, state, deal: Number(deal) || null, cursor });
  const deals = useDealChoices().data ?? [];
  const columns: Column<VoucherRow>[] = [
    { key: "deal", title: t("column.deal"), identity: true, cell: ({ deal: of }) => of.name },
    { key: "code", title: t("column.code"), width: 90, onCard: true, cell: ({ code_end }) => <code>…{code_end}</code> },
    {
      key: "customer",
      title: t("column.customer"),
      onCard: true,
      cell: ({ customer }) => (
        <Link to={`/customers/${customer.id}`}>{customer.name || t("nameless", { id: customer.id })}</Link>
      ),
    },
    {
      key: "state",
      title: t("column.state"),
      width: 110,
      onCard: true,
      cell: (one) => <VoucherTag state={one.state} />,
    },
    {
      key: "used",
      title: t("column.used"),
      align: "end",
      onCard: true,
      cell: ({ used, uses }) => (
        <span className="hk-tabular">
          {used} / {uses}
        </span>
      ),
    },
    {
      key: "left",
      title: t("column.left"),
      align: "end",
      cell: ({ left }) => <Money minor={left.amount_minor} currency={left.currency} />,
    },
    { key: "until", title: t("column.until"), cell: ({ valid_until }) => <When at={lastMoment(valid_until)} /> },
    { key: "issued", title: t("column.issued"), cell: ({ issued_at }) => <When at={issued_at} /> },
  ];
  const redeem = mayRedeem && (
    <Link to="/redeem">
      <Button type="primary" tabIndex={-1}>
        {t("redeem")}
      </Button>
    </Link>
  );
  return (
    <ListPage
      id="vouchers"
      title={t("title")}
      about={t("about")}
      primary={redeem}
      address={address}
      query={vouchers}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ deal: of, code_end }) => `${of.name} ${code_end}`}
      rowHref={({ id }) => `/groupbuy/vouchers/${id}`}
      searchPlaceholder={t("search")}
      filters={[
        choiceFilter({
          key: "state",
          label: t("column.state"),
          value: state,
          options: VOUCHER_STATES.map((one) => ({ value: one, label: t(`state.${one}`) })),
          onChange: (next) => address.change({ state: next, cursor: "" }),
        }),
        choiceFilter({
          key: "deal",
          label: t("column.deal"),
          value: deal,
          options: deals,
          onChange: (next) => address.change({ deal: next, cursor: "" }),
        }),
      ]}
      empty={
        <EmptyState
          icon={<TagOutlined />}
          title={t("empty.title")}
          purpose={t("empty.purpose")}
          example={t("empty.example")}
        />
      }
    />
  );
}
