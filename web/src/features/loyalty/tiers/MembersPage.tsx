import { CrownOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { None, When } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { useReading } from "@/components/reading";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { dayOf } from "@/format/when";
import { type MemberRow, useMembers, useTiers } from "./api";
import { TierName, useTierOptions } from "./words";

const FIELDS = listFields("-id", { tier: textField() });

/** Members by tier: since when and until when each is in it. */
export function MembersPage() {
  const { t } = useTranslation("tiers");
  const may = useMay();
  const { language, timezone } = useReading();
  const address = useAddress(FIELDS);
  const { tier, cursor } = address.values;
  const query = useMembers({ tier, cursor }, may("loyalty.read"));
  const tiers = useTiers(may("loyalty.read"));
  const options = useTierOptions(tiers.data?.ladder?.tiers ?? []);
  if (!may("loyalty.read")) return <NoPermission what={t("members.title")} />;
  const columns: Column<MemberRow>[] = [
    {
      key: "name",
      title: t("members.name"),
      identity: true,
      width: "26%",
      cell: ({ name, customer_id }) => name || `#${customer_id}`,
    },
    {
      key: "tier",
      title: t("column.tier"),
      onCard: true,
      cell: ({ tier: held, is_granted }) => (
        <>
          {held ? <TierName {...held} /> : <None />} {is_granted && <Tag tone="info">{t("granted")}</Tag>}
        </>
      ),
    },
    { key: "since", title: t("members.since"), width: 150, cell: ({ since_at }) => <When at={since_at} /> },
    {
      key: "until",
      title: t("members.until"),
      width: 150,
      onCard: true,
      cell: ({ until_at }) =>
        until_at ? dayOf(new Date(Date.parse(until_at) - 1), { language, timezone }) : t("for_ever"),
    },
    { key: "joined", title: t("members.joined"), width: 150, cell: ({ joined_at }) => <When at={joined_at} /> },
  ];
  return (
    <ListPage
      id="members"
      title={t("members.title")}
      address={address}
      query={query}
      columns={columns}
      rowKey={({ customer_id }) => customer_id}
      rowName={({ name, customer_id }) => name || `#${customer_id}`}
      rowHref={({ customer_id }) => `/customers/${customer_id}?tab=tier`}
      countWords={() => ""}
      filters={[
        choiceFilter({
          key: "tier",
          label: t("column.tier"),
          value: tier,
          options,
          onChange: (next) => address.change({ tier: next, cursor: "" }),
        }),
      ]}
      empty={
        <EmptyState icon={<CrownOutlined />} title={t("members.empty_title")} purpose={t("members.empty_purpose")} />
      }
    />
  );
}
