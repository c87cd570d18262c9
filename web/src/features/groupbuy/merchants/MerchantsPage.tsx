import { PlusOutlined, ShopOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, None, When } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { type MerchantRow, STATES, useCounts, useMerchants } from "./api";
import { MerchantForm } from "./MerchantForm";
import { StateTag, useKindNames } from "./words";

const FIELDS = listFields("-id", { state: textField() });

/** Who sells, and who wants to: by state, with what is in the way. */
export function MerchantsPage() {
  const { t } = useTranslation("merchants");
  const may = useMay();
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  return <Merchants mayWrite={may("groupbuy.write")} />;
}

function Merchants({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation("merchants");
  const navigate = useNavigate();
  const address = useAddress(FIELDS);
  const { q, state, cursor } = address.values;
  const merchants = useMerchants({ q, state, cursor });
  const counts = useCounts().data?.counts;
  const names = useKindNames();
  const [entering, setEntering] = useState(false);
  const enter = mayWrite && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEntering(true)}>
      {t("enter")}
    </Button>
  );
  const columns: Column<MerchantRow>[] = [
    { key: "name", title: t("column.name"), identity: true, cell: (row) => row.name },
    {
      key: "state",
      title: t("column.state"),
      onCard: true,
      cell: (row) => <StateTag state={row.state} warned={row.is_warned} />,
    },
    {
      key: "score",
      title: t("column.score"),
      align: "end",
      onCard: true,
      cell: (row) => <Count value={row.score} />,
    },
    {
      key: "open",
      title: t("column.open"),
      align: "end",
      onCard: true,
      cell: (row) => (row.open_checks > 0 ? <Count value={row.open_checks} /> : <None />),
    },
    {
      key: "categories",
      title: t("column.categories"),
      cell: (row) => row.categories.map(names.category).join(" · ") || <None />,
    },
    {
      key: "stores",
      title: t("column.stores"),
      cell: (row) => row.stores.map(({ name }) => name).join(" · ") || <None />,
    },
    { key: "credit_code", title: t("column.credit_code"), hidden: true, cell: (row) => row.credit_code || <None /> },
    { key: "applied", title: t("column.applied"), align: "end", cell: (row) => <When at={row.applied_at} /> },
  ];
  return (
    <>
      <ListPage
        id="merchants"
        title={t("title")}
        about={t("about")}
        primary={enter}
        secondary={
          <Link to="/groupbuy/merchants/rules">
            <Button tabIndex={-1}>{t("rules.title")}</Button>
          </Link>
        }
        address={address}
        query={merchants}
        columns={columns}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        rowHref={({ id }) => `/groupbuy/merchants/${id}`}
        searchPlaceholder={t("search")}
        countWords={(total) => (total === null ? "" : t("count", { count: total }))}
        filters={[
          choiceFilter({
            key: "state",
            label: t("column.state"),
            value: state,
            options: STATES.map((one) => ({
              value: one,
              label: counts
                ? t("state_count", { state: t(`state.${one}`), count: counts[one] ?? 0 })
                : t(`state.${one}`),
            })),
            onChange: (next) => address.change({ state: next, cursor: "" }),
          }),
        ]}
        empty={
          <EmptyState
            icon={<ShopOutlined />}
            title={t("empty.title")}
            purpose={t("empty.purpose")}
            example={t("empty.example", { address: `${window.location.origin}/merchants/apply` })}
            action={enter}
          />
        }
      />
      {entering && (
        <MerchantForm
          onClose={() => setEntering(false)}
          onEntered={(merchant) => void navigate(`/groupbuy/merchants/${merchant.id}`)}
        />
      )}
    </>
  );
}
