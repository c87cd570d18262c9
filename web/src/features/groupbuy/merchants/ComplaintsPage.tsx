import { MessageOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import { type Column, DataTable } from "@/components/DataTable";
import { None, When } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { COMPLAINT_STATES, type Complaint, useComplaints } from "./api";
import { ComplaintDialog } from "./dialogs";
import styles from "./merchants.module.css";
import { ComplaintTag } from "./words";

const FIELDS = listFields("-made_at", { state: textField() });

/** What buyers complain of, and what was decided. */
export function ComplaintsPage() {
  const { t } = useTranslation("merchants");
  const may = useMay();
  if (!may("groupbuy.read")) return <NoPermission what={t("complaint.title")} />;
  return <AllComplaints />;
}

function AllComplaints() {
  const { t } = useTranslation("merchants");
  const address = useAddress(FIELDS);
  const { state, cursor } = address.values;
  const complaints = useComplaints({ state, merchant: null, cursor });
  const { columns, dialog } = useColumns(true);
  return (
    <>
      <ListPage
        id="complaints"
        title={t("complaint.title")}
        about={t("complaint.about")}
        address={address}
        query={complaints}
        columns={columns}
        rowKey={({ id }) => id}
        rowName={({ merchant }) => merchant.name}
        rowHref={({ merchant }) => `/groupbuy/merchants/${merchant.id}?tab=complaints`}
        countWords={(total) => (total === null ? "" : t("complaint.count", { count: total }))}
        filters={[
          choiceFilter({
            key: "state",
            label: t("column.state"),
            value: state,
            options: COMPLAINT_STATES.map((one) => ({ value: one, label: t(`complaint.state.${one}`) })),
            onChange: (next) => address.change({ state: next, cursor: "" }),
          }),
        ]}
        empty={
          <EmptyState
            icon={<MessageOutlined />}
            title={t("complaint.empty_title")}
            purpose={t("complaint.empty")}
            example={t("complaint.example")}
          />
        }
      />
      {dialog}
    </>
  );
}

/** Those about one merchant, the newest fifty. */
export function Complaints({ merchant }: { merchant: number }) {
  const { t } = useTranslation("merchants");
  const complaints = useComplaints({ state: "", merchant, cursor: "" });
  const { columns, dialog } = useColumns(false);
  if (complaints.error)
    return <ErrorState error={complaints.error} compact onRetry={() => void complaints.refetch()} />;
  if (!complaints.data) return <BoneLines lines={4} />;
  if (complaints.data.items.length === 0)
    return <EmptyState title={t("complaint.empty_title")} purpose={t("complaint.empty")} />;
  return (
    <>
      <DataTable
        caption={t("complaint.title")}
        columns={columns}
        rows={complaints.data.items}
        rowKey={({ id }) => id}
      />
      {dialog}
    </>
  );
}

function useColumns(withMerchant: boolean) {
  const { t } = useTranslation("merchants");
  const may = useMay();
  const [asked, setAsked] = useState<{ complaint: Complaint; upheld: boolean } | null>(null);
  const columns: Column<Complaint>[] = [
    withMerchant
      ? { key: "merchant", title: t("column.name"), identity: true, cell: (one) => one.merchant.name }
      : {
          key: "kind",
          title: t("complaint.kind_label"),
          identity: true,
          cell: (one) => t(`complaint.kind.${one.kind}`),
        },
    {
      key: "text",
      title: t("complaint.text"),
      onCard: true,
      cell: (one) => (
        <span className={styles.words}>
          {withMerchant && <strong>{t(`complaint.kind.${one.kind}`)} </strong>}
          {one.text}
          <span className={styles.faint}>{one.deal?.name}</span>
        </span>
      ),
    },
    {
      key: "state",
      title: t("column.state"),
      width: 110,
      onCard: true,
      cell: (one) => <ComplaintTag state={one.state} />,
    },
    {
      key: "made",
      title: t("complaint.made"),
      onCard: true,
      cell: (one) => (
        <>
          {one.made_by || t("complaint.buyer")}
          <span className={styles.faint}>
            <When at={one.made_at} />
          </span>
        </>
      ),
    },
    {
      key: "decided",
      title: t("complaint.decided"),
      cell: (one) =>
        one.decided_at === null ? (
          <None />
        ) : (
          <>
            {one.decided_by} {one.decision_words && `· ${one.decision_words}`}
            <span className={styles.faint}>
              <When at={one.decided_at} />
            </span>
          </>
        ),
    },
    ...(withMerchant
      ? [
          {
            key: "customer",
            title: t("complaint.customer"),
            hidden: true,
            cell: (one: Complaint) =>
              one.customer_id === null ? (
                <None />
              ) : (
                <Link to={`/customers/${one.customer_id}`}>#{one.customer_id}</Link>
              ),
          },
        ]
      : []),
    ...(may("groupbuy.write")
      ? [
          {
            key: "deed",
            title: "",
            bare: true,
            onCard: true,
            align: "end" as const,
            width: 170,
            cell: (complaint: Complaint) =>
              complaint.state === "open" && (
                <span className={styles.row}>
                  <Button size="small" onClick={() => setAsked({ complaint, upheld: true })}>
                    {t("complaint.uphold")}
                  </Button>
                  <Button size="small" onClick={() => setAsked({ complaint, upheld: false })}>
                    {t("complaint.reject")}
                  </Button>
                </span>
              ),
          },
        ]
      : []),
  ];
  return { columns, dialog: asked && <ComplaintDialog {...asked} onClose={() => setAsked(null)} /> };
}
