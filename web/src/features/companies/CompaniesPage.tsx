import { BankOutlined, PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, None, When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { type CompanyRow, useCompanies } from "./api";
import { CompanyForm } from "./CompanyForm";

const FIELDS = listFields("-created_at", {});
const ORDERS = ["-created_at", "created_at", "name", "-name"];

export function CompaniesPage() {
  const { t } = useTranslation("companies");
  const may = useMay();
  if (!may("customers.read")) return <NoPermission what={t("title")} />;
  return <Companies />;
}

function Companies() {
  const { t } = useTranslation("companies");
  const may = useMay();
  const navigate = useNavigate();
  const address = useAddress(FIELDS);
  const { q, sort, cursor } = address.values;
  const companies = useCompanies(q, ORDERS.includes(sort) ? sort : "-created_at", cursor);
  const [adding, setAdding] = useState(false);
  const add = may("customers.write") && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t("new")}
    </Button>
  );
  const columns: Column<CompanyRow>[] = [
    { key: "name", title: t("column.name"), identity: true, sort: "name", cell: (row) => row.name },
    { key: "industry", title: t("column.industry"), onCard: true, cell: (row) => row.industry || <None /> },
    { key: "credit_code", title: t("column.credit_code"), hidden: true, cell: (row) => row.credit_code ?? <None /> },
    { key: "phone", title: t("column.phone"), cell: (row) => row.phone || <None /> },
    { key: "owner", title: t("column.owner"), onCard: true, cell: (row) => row.owner?.name ?? <None /> },
    {
      key: "contacts",
      title: t("column.contacts"),
      align: "end",
      onCard: true,
      cell: (row) => <Count value={row.contacts_count} />,
    },
    {
      key: "created",
      title: t("column.created"),
      align: "end",
      sort: "created_at",
      cell: (row) => <When at={row.created_at} />,
    },
  ];
  return (
    <>
      <ListPage
        id="companies"
        title={t("title")}
        primary={add}
        address={address}
        query={companies}
        columns={columns}
        rowKey={(row) => row.id}
        rowName={(row) => row.name}
        rowHref={(row) => `/companies/${row.id}`}
        searchPlaceholder={t("search")}
        countWords={(total) => t("count", { count: total ?? 0 })}
        empty={<EmptyState icon={<BankOutlined />} title={t("empty_title")} purpose={t("empty")} action={add} />}
      />
      {adding && (
        <CompanyForm onClose={() => setAdding(false)} onSaved={(company) => navigate(`/companies/${company.id}`)} />
      )}
    </>
  );
}
