import { TeamOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, Money, None, When } from "@/components/figures";
import { choiceFilter, type Filter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, ErrorState, NoPermission } from "@/components/states";
import { type CampaignPerson, FIGURES, useCampaign, useCampaignPeople } from "./api";
import { armLetter } from "./plan";
import { useReasonWords } from "./words";

const FIELDS = listFields("", { group: textField(), figure: textField(), reason: textField(), arm: textField() });

/** The people behind a figure of a campaign. */
export function PeoplePage() {
  const { t } = useTranslation("campaigns");
  const { id } = useParams();
  const may = useMay();
  const address = useAddress(FIELDS);
  const { group, figure, reason, arm, cursor } = address.values;
  const campaign = useCampaign(Number(id));
  const query = useCampaignPeople(Number(id), { group, figure, reason, arm, cursor });
  const reasonWords = useReasonWords();
  const messageWords = useMessageWords();
  if (!may("campaigns.read")) return <NoPermission what={t("title")} />;
  if (campaign.error && !campaign.data)
    return <ErrorState error={campaign.error} onRetry={() => void campaign.refetch()} />;
  const change = (changes: Partial<typeof address.values>) => address.change({ ...changes, cursor: "" });
  const filters: Filter[] = [
    choiceFilter({
      key: "group",
      label: t("people.group"),
      value: group,
      options: (["treated", "control"] as const).map((one) => ({ value: one, label: t(`result.${one}`) })),
      onChange: (next) => change({ group: next }),
    }),
    choiceFilter({
      key: "figure",
      label: t("people.figure"),
      value: figure,
      options: FIGURES.map((one) => ({ value: one, label: t(`people.figures.${one}`) })),
      onChange: (next) => change({ figure: next }),
    }),
    choiceFilter({
      key: "reason",
      label: t("people.reason"),
      value: reason,
      options: (campaign.data?.not_sent_reasons ?? []).map((one) => ({
        value: one.reason,
        label: reasonWords(one.reason),
      })),
      onChange: (next) => change({ reason: next }),
    }),
    ...((campaign.data?.arms.length ?? 0) > 1
      ? [
          choiceFilter({
            key: "arm",
            label: t("people.arm"),
            value: arm,
            options: (campaign.data?.arms ?? []).map(({ number }, place) => ({
              value: String(number),
              label: t("editor.arm", { letter: armLetter(place) }),
            })),
            onChange: (next) => change({ arm: next }),
          }),
        ]
      : []),
  ];
  const columns: Column<CampaignPerson>[] = [
    { key: "name", title: t("people.column.name"), identity: true, cell: ({ name }) => name || t("preview.nameless") },
    { key: "group", title: t("people.column.group"), onCard: true, cell: (person) => t(`result.${person.group}`) },
    {
      key: "message",
      title: t("people.column.message"),
      onCard: true,
      cell: (person) =>
        person.message_state === null ? (
          <None />
        ) : person.reason === "" ? (
          messageWords(person.message_state)
        ) : (
          `${messageWords(person.message_state)} · ${reasonWords(person.reason)}`
        ),
    },
    { key: "sent", title: t("people.column.sent"), cell: ({ sent_at }) => <When at={sent_at} /> },
    { key: "opened", title: t("people.column.opened"), cell: ({ opened_at }) => <When at={opened_at} /> },
    { key: "clicked", title: t("people.column.clicked"), cell: ({ clicked_at }) => <When at={clicked_at} /> },
    {
      key: "orders",
      title: t("people.column.orders"),
      align: "end",
      cell: ({ orders_count }) => <Count value={orders_count} />,
    },
    {
      key: "revenue",
      title: t("people.column.revenue"),
      align: "end",
      onCard: true,
      cell: ({ revenue_minor }) => <Money minor={revenue_minor} currency={campaign.data?.currency} />,
    },
  ];
  return (
    <ListPage
      id="campaign-people"
      title={t("people.title")}
      about={campaign.data && <Link to={`/campaigns/${id}`}>{t("people.about", { name: campaign.data.name })}</Link>}
      address={address}
      query={query}
      columns={columns}
      rowKey={({ customer_id }) => customer_id}
      rowName={({ name }) => name}
      rowHref={({ customer_id }) => `/customers/${customer_id}`}
      filters={filters}
      empty={<EmptyState icon={<TeamOutlined />} title={t("people.none")} purpose={t("people.none_words")} />}
    />
  );
}

/** What became of a mail, in words; a state this client does not know is shown as it is. */
function useMessageWords(): (state: string) => string {
  const { i18n } = useTranslation("campaigns");
  return (state) => {
    const key = `people.message.${state}`;
    return i18n.exists(key, { ns: "campaigns" })
      ? (i18n.t as (key: string, options: object) => string)(key, { ns: "campaigns" })
      : state;
  };
}
