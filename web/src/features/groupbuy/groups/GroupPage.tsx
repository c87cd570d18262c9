import { Alert, App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, useAddress } from "@/components/address";
import { CopyField } from "@/components/copy";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Money, None, When } from "@/components/figures";
import { ObjectPage, Section } from "@/components/layout";
import { EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type Group, type Participation, useGroup, useLeave, useRefusedRefunds, useSlug } from "./api";
import styles from "./groups.module.css";
import { GroupTag, PartTag, Seats, TimeLeft, useReasonWords } from "./words";

const TABS = ["people", "history"] as const;
const FIELDS = { tab: choiceField(TABS, "people") };

/** One group: seats, who sits in them, where their money is, and what happened. */
export function GroupPage() {
  const { t } = useTranslation("groups");
  const { id } = useParams();
  const may = useMay();
  const address = useAddress(FIELDS);
  const query = useGroup(Number(id));
  const group = query.data;
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  if (query.error && !group) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <ObjectPage
      title={group ? `${group.deal.name} · ${t("number", { id: group.id })}` : t("title")}
      mark={group && <GroupTag group={group} />}
      above={<Link to="/groupbuy/groups">{t("title")}</Link>}
      about={group && <Link to={`/groupbuy/deals/${group.deal.id}`}>{t("page.deal")}</Link>}
      loading={!group}
      figures={[
        {
          key: "left",
          label: t(group?.state === "forming" ? "page.left" : "page.ended"),
          value: group && <TimeLeft group={group} />,
        },
        { key: "seats", label: t("column.seats"), value: group && <Seats group={group} /> },
        { key: "forms_at", label: t("column.forms_at"), value: <Count value={group?.forms_at} /> },
        {
          key: "price",
          label: t("column.price"),
          value: <Money minor={group?.price.amount_minor} currency={group?.price.currency} />,
        },
        { key: "deadline", label: t("page.deadline"), value: <When at={group?.deadline_at} /> },
      ]}
      tab={address.values.tab}
      onTab={(tab) => address.change({ tab: TABS.find((one) => one === tab) ?? "people" })}
      tabs={[
        { key: "people", label: t("page.tab.people"), content: group && <People group={group} /> },
        { key: "history", label: t("page.tab.history"), content: group && <History group={group} /> },
      ]}
    />
  );
}

function People({ group }: { group: Group }) {
  const { t } = useTranslation("groups");
  const may = useMay();
  const { modal, message } = App.useApp();
  const leave = useLeave();
  const reason = useReasonWords();
  const seesPayments = may("payments.read");
  const waits = group.participations.some(({ state }) => state === "refunding");
  const refunds = useRefusedRefunds(seesPayments && waits).data?.items ?? [];
  const refused = new Map(
    group.participations.flatMap((one) => {
      const found = refunds.find(({ reference }) => reference === `participation:${one.id}`);
      return found && one.state === "refunding" ? [[one.id, found] as const] : [];
    }),
  );
  const columns: Column<Participation>[] = [
    {
      key: "customer",
      title: t("people.customer"),
      identity: true,
      cell: ({ customer, is_leader }) => (
        <>
          <Link to={`/customers/${customer.id}`}>{customer.name || t("people.nameless", { id: customer.id })}</Link>
          {is_leader && " "}
          {is_leader && <Tag tone="accent">{t("people.leader")}</Tag>}
        </>
      ),
    },
    {
      key: "quantity",
      title: t("people.quantity"),
      align: "end",
      onCard: true,
      cell: (one) => <Count value={one.quantity} />,
    },
    {
      key: "amount",
      title: t("people.amount"),
      align: "end",
      onCard: true,
      cell: ({ amount }) => <Money minor={amount.amount_minor} currency={amount.currency} />,
    },
    {
      key: "state",
      title: t("people.state"),
      onCard: true,
      cell: (one) => (
        <>
          <PartTag state={one.state} />
          {refused.has(one.id) ? (
            <span className={styles.bad}>{t("people.refused")}</span>
          ) : (
            one.reason && <span className={styles.faint}>{reason(one.reason)}</span>
          )}
        </>
      ),
    },
    { key: "joined", title: t("people.joined"), cell: ({ joined_at }) => <When at={joined_at} /> },
    {
      key: "seated",
      title: t("people.seated"),
      cell: ({ seated_at, state, pay_until }) =>
        seated_at ? (
          <When at={seated_at} />
        ) : state === "reserved" ? (
          <>
            {t("people.pay_until")} <When at={pay_until} />
          </>
        ) : (
          <None />
        ),
    },
    ...(seesPayments
      ? [
          {
            key: "payment",
            title: t("people.payments"),
            cell: ({ id }: Participation) => (
              <Link to={`/payments?q=${encodeURIComponent(`participation:${id}`)}`}>{t("people.see_payments")}</Link>
            ),
          },
        ]
      : []),
    ...(may("groupbuy.write") && group.state === "forming"
      ? [
          {
            key: "leave",
            title: "",
            bare: true,
            onCard: true,
            align: "end" as const,
            cell: (one: Participation) =>
              (one.state === "seated" || one.state === "reserved") && (
                <Button
                  size="small"
                  onClick={() =>
                    modal.confirm({
                      title: t("leave.title", {
                        name: one.customer.name || t("people.nameless", { id: one.customer.id }),
                      }),
                      content: t(one.state === "seated" ? "leave.words" : "leave.words_unpaid"),
                      okText: t("leave.ok"),
                      okButtonProps: { danger: true },
                      onOk: async () => {
                        await leave.mutateAsync(one.id);
                        void message.success(t("leave.done"));
                      },
                    })
                  }
                >
                  {t("leave.button")}
                </Button>
              ),
          },
        ]
      : []),
  ];
  return (
    <>
      {refused.size > 0 && (
        <Alert
          type="error"
          showIcon
          className={styles.alert}
          title={t("people.refused_title", { count: refused.size })}
          description={
            <>
              {t("people.refused_words")} <Link to="/payments?needs_look=1">{t("people.to_payments")}</Link>
            </>
          }
        />
      )}
      {group.participations.length === 0 ? (
        <EmptyState title={t("people.none")} purpose={t("people.none_words")} />
      ) : (
        <DataTable
          caption={t("page.tab.people")}
          columns={columns}
          rows={group.participations}
          rowKey={({ id }) => id}
        />
      )}
      {group.state === "forming" && (
        <div className={styles.share}>
          <Section title={t("page.share")} about={t("page.share_words")}>
            <Share group={group} />
          </Section>
        </div>
      )}
    </>
  );
}

/** The group's own address hangs under its deal's, whose short name the deal's page knows. */
function Share({ group }: { group: Group }) {
  const { t } = useTranslation("groups");
  const { t: kit } = useTranslation("kit");
  const slug = useSlug(group.deal.id);
  if (!slug) return null;
  return (
    <CopyField
      value={`${window.location.origin}/deals/${slug}/g/${group.token}`}
      label={t("page.copy")}
      done={kit("copied")}
    />
  );
}

function History({ group }: { group: Group }) {
  const { t } = useTranslation("groups");
  const names = new Map(group.participations.map(({ id, customer }) => [id, customer.name]));
  return (
    <DataTable
      caption={t("page.tab.history")}
      columns={[
        { key: "what", title: t("history.what"), identity: true, cell: ({ kind }) => t(`history.kind.${kind}`) },
        {
          key: "who",
          title: t("history.who"),
          onCard: true,
          cell: ({ participation_id }) => (participation_id !== null && names.get(participation_id)) || <None />,
        },
        {
          key: "seats",
          title: t("column.seats"),
          align: "end",
          onCard: true,
          cell: ({ seats }) => <Count value={seats} />,
        },
        { key: "at", title: t("history.at"), onCard: true, cell: ({ at }) => <When at={at} exact /> },
      ]}
      rows={group.history}
      rowKey={({ at, kind }) => `${at} ${kind}`}
    />
  );
}
