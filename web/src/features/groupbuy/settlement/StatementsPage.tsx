import { AccountBookOutlined } from "@ant-design/icons";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, Money, None, When } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { STATES, type Statement, useCut, useStatements } from "./api";
import { Days, StateTag } from "./words";

const FIELDS = listFields("-cut_at", { state: textField(), merchant: textField() });

/** What each merchant is owed, by period, and how far it is paid. */
export function StatementsPage() {
  const { t } = useTranslation("settlement");
  const may = useMay();
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  return <Statements mayWrite={may("settlement.write")} />;
}

function Statements({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation("settlement");
  const { message } = App.useApp();
  const address = useAddress(FIELDS);
  const { state, merchant, cursor } = address.values;
  const statements = useStatements({ state, merchant: Number(merchant) || null, cursor });
  const cut = useCut();
  const columns: Column<Statement>[] = [
    { key: "merchant", title: t("merchant"), identity: true, cell: (one) => one.merchant.name },
    { key: "days", title: t("days"), onCard: true, cell: (one) => <Days statement={one} /> },
    { key: "state", title: t("state_label"), onCard: true, cell: (one) => <StateTag state={one.state} /> },
    {
      key: "redeemed",
      title: t("redeemed"),
      align: "end",
      cell: (one) => <Money minor={one.redeemed_minor} currency={one.currency} />,
    },
    {
      key: "refunded",
      title: t("refunded"),
      align: "end",
      hidden: true,
      cell: (one) => <Money minor={one.refunded_minor} currency={one.currency} />,
    },
    {
      key: "commission",
      title: t("commission"),
      align: "end",
      cell: (one) => <Money minor={-one.commission_minor} currency={one.currency} />,
    },
    {
      key: "carried",
      title: t("carried_in"),
      align: "end",
      hidden: true,
      cell: (one) => <Money minor={one.carried_in_minor} currency={one.currency} />,
    },
    {
      key: "payable",
      title: t("payable"),
      align: "end",
      onCard: true,
      cell: (one) => <Money minor={one.payable_minor} currency={one.currency} />,
    },
    { key: "lines", title: t("lines"), align: "end", cell: (one) => <Count value={one.lines_count} /> },
    {
      key: "paid",
      title: t("paid_at"),
      align: "end",
      cell: (one) => (one.paid_at ? <When at={one.paid_at} /> : <None />),
    },
  ];
  return (
    <ListPage
      id="statements"
      title={t("title")}
      about={t("about")}
      secondary={
        mayWrite && (
          <Button
            loading={cut.isPending}
            onClick={() =>
              cut.mutate(undefined, { onSuccess: ({ count }) => void message.success(t("cut_done", { count })) })
            }
          >
            {t("cut")}
          </Button>
        )
      }
      address={address}
      query={statements}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ merchant }) => merchant.name}
      rowHref={({ id }) => `/groupbuy/settlement/${id}`}
      countWords={(total) => (total === null ? "" : t("count", { count: total }))}
      filters={[
        choiceFilter({
          key: "state",
          label: t("state_label"),
          value: state,
          options: STATES.map((one) => ({ value: one, label: t(`state.${one}`) })),
          onChange: (next) => address.change({ state: next, cursor: "" }),
        }),
      ]}
      empty={
        <EmptyState
          icon={<AccountBookOutlined />}
          title={t("empty.title")}
          purpose={t("empty.purpose")}
          example={t("empty.example")}
        />
      }
    />
  );
}
