import { EditOutlined, ExportOutlined, MoreOutlined, PauseOutlined, PlayCircleOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useStoreNames } from "@/api/goods";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import { useAmounts } from "@/components/amounts";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Percent, When } from "@/components/figures";
import { Pager } from "@/components/ListPage";
import { Card, Facts, ObjectPage, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { dateAndTime } from "@/format/when";
import { GroupTag, Seats, TimeLeft } from "../groups/words";
import { type Deal, type DealDocument, type DealStep, useDeal, useDealStep, useGroupsOf, useVersions } from "./api";
import { CopyLink } from "./DealsPage";
import styles from "./deals.module.css";
import { DealTag, publicAddress, useLadderWords, useTermWords } from "./words";

const TABS = ["terms", "groups", "versions"] as const;
const FIELDS = { tab: choiceField(TABS, "terms"), cursor: textField() };

/** One deal: its figures, its terms as buyers read them, its groups, and what it said before. */
export function DealPage() {
  const { t } = useTranslation("deals");
  const { id } = useParams();
  const may = useMay();
  const address = useAddress(FIELDS);
  const query = useDeal(Number(id));
  const deal = query.data;
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  if (query.error && !deal) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const figure = (key: "sold" | "paying" | "forming" | "formed" | "failed") => ({
    key,
    label: t(`page.${key}`),
    value: <Count value={deal?.figures[key]} />,
  });
  return (
    <ObjectPage
      title={deal?.name ?? t("title")}
      mark={deal && <DealTag state={deal.state} />}
      above={<Link to="/groupbuy/deals">{t("title")}</Link>}
      about={
        deal && (
          <>
            <Link to={`/groupbuy/merchants/${deal.merchant.id}`}>{deal.merchant.name}</Link>
            {deal.state !== "draft" && (
              <>
                {" · "}
                <Link to={`/groupbuy/results/${deal.id}`}>{t("to_results")}</Link>
              </>
            )}
          </>
        )
      }
      loading={!deal}
      actions={deal && may("groupbuy.write") && <Actions deal={deal} />}
      figures={[
        figure("sold"),
        figure("paying"),
        { key: "left", label: t("page.left"), value: <Count value={deal?.left} /> },
        figure("forming"),
        figure("formed"),
        figure("failed"),
      ]}
      tab={address.values.tab}
      onTab={(tab) => address.change({ tab: TABS.find((one) => one === tab) ?? "terms", cursor: "" })}
      tabs={[
        { key: "terms", label: t("page.tab.terms"), content: deal && <Terms deal={deal} /> },
        { key: "groups", label: t("page.tab.groups"), content: deal && <Groups deal={deal} /> },
        { key: "versions", label: t("page.tab.versions"), content: deal && <Versions deal={deal} /> },
      ]}
    />
  );
}

function Actions({ deal }: { deal: Deal }) {
  const { t } = useTranslation("deals");
  const navigate = useNavigate();
  const { message, modal } = App.useApp();
  const step = useDealStep();
  if (deal.state === "over") return null;
  const ask = (which: DealStep) =>
    modal.confirm({
      title: t(`action.${which}_title`, { name: deal.name }),
      content:
        which === "end"
          ? t("action.end_words", { count: deal.figures.forming })
          : t(`action.${which}_words` as "action.publish_words" | "action.pause_words"),
      okText: t(`action.${which}`),
      okButtonProps: { danger: which === "end" },
      onOk: async () => {
        await step.mutateAsync({ id: deal.id, step: which });
        void message.success(t(`action.done.${which}`));
      },
    });
  return (
    <>
      <Button icon={<EditOutlined />} onClick={() => navigate(`/groupbuy/deals/${deal.id}/edit`)}>
        {t("action.edit")}
      </Button>
      {deal.state === "on_sale" ? (
        <Button icon={<PauseOutlined />} onClick={() => ask("pause")}>
          {t("action.pause")}
        </Button>
      ) : (
        <Button type="primary" icon={<PlayCircleOutlined />} onClick={() => ask("publish")}>
          {t(deal.state === "paused" ? "action.resume" : "action.publish")}
        </Button>
      )}
      <Dropdown
        trigger={["click"]}
        placement="bottomRight"
        menu={{ items: [{ key: "end", danger: true, label: t("action.end") }], onClick: () => ask("end") }}
      >
        <Button icon={<MoreOutlined />} aria-label={t("action.more")} />
      </Dropdown>
    </>
  );
}

function Terms({ deal }: { deal: Deal }) {
  const { t } = useTranslation("deals");
  return (
    <>
      <Section title={t("page.link")}>
        {deal.state === "draft" ? (
          <p className={styles.faint}>{t("page.no_link")}</p>
        ) : (
          <div className={styles.row}>
            <code>{publicAddress(deal.slug)}</code>
            <CopyLink slug={deal.slug} words />
            <a href={publicAddress(deal.slug)} target="_blank" rel="noreferrer">
              <Button icon={<ExportOutlined />} tabIndex={-1}>
                {t("open_page")}
              </Button>
            </a>
          </div>
        )}
      </Section>
      <TermsCard deal={deal} terms={deal.terms} />
    </>
  );
}

/** A version's terms in words, one fact under another. */
function TermsCard({ deal, terms }: { deal: Deal; terms: DealDocument }) {
  const { t } = useTranslation("deals");
  const words = useTermWords();
  const ladder = useLadderWords(deal.currency);
  const amount = useAmounts(deal.currency);
  const stores = useStoreNames(terms.validity.store_ids?.length !== 0).data ?? [];
  const names = new Map(stores.map(({ id, name }) => [id, name]));
  return (
    <Card>
      <Facts
        facts={[
          {
            key: "title",
            label: t("field.title"),
            value: [terms.title_zh, terms.title_en].filter(Boolean).join(" · "),
          },
          {
            key: "ladder",
            label: t("page.ladder"),
            value: (
              <ul className={styles.steps}>
                {ladder(terms.ladder).map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            ),
          },
          { key: "list", label: t("page.list"), value: amount(terms.list_price_minor) },
          ...((terms.package ?? []).length > 0
            ? [
                {
                  key: "package",
                  label: t("page.package"),
                  value: (terms.package ?? [])
                    .map((item) => `${item.name_zh} × ${item.quantity ?? 1}`)
                    .join(t("terms.and")),
                },
              ]
            : []),
          ...words(terms, names).map(({ key, name, text }) => ({ key, label: name, value: text })),
          {
            key: "stock",
            label: t("page.stock"),
            value: t("page.stock_words", { stock: deal.stock, taken: deal.stock - deal.left }),
          },
          {
            key: "product",
            label: t("page.product"),
            value: deal.product ? deal.product.name || deal.product.sku : t("page.no_product"),
          },
          {
            key: "commission",
            label: t("page.commission"),
            value:
              terms.commission_bp == null ? (
                t("page.commission_agreed")
              ) : (
                <Percent ratio={terms.commission_bp / 10_000} />
              ),
          },
        ]}
      />
    </Card>
  );
}

function Groups({ deal }: { deal: Deal }) {
  const { t } = useTranslation("deals");
  const { t: of } = useTranslation("groups");
  const address = useAddress(FIELDS);
  const { cursor } = address.values;
  const groups = useGroupsOf(deal.id, cursor);
  if (groups.error && !groups.data)
    return <ErrorState compact error={groups.error} onRetry={() => void groups.refetch()} />;
  if (groups.data?.items.length === 0 && cursor === "")
    return <EmptyState title={t("page.no_groups")} purpose={t("page.no_groups_words")} />;
  const columns: Column<NonNullable<typeof groups.data>["items"][number]>[] = [
    { key: "id", title: of("column.group"), identity: true, cell: ({ id }) => of("number", { id }) },
    { key: "state", title: of("column.state"), onCard: true, cell: (group) => <GroupTag group={group} /> },
    { key: "seats", title: of("column.seats"), onCard: true, cell: (group) => <Seats group={group} /> },
    { key: "left", title: of("column.left"), onCard: true, cell: (group) => <TimeLeft group={group} /> },
    { key: "opened", title: of("column.opened"), cell: ({ opened_at }) => <When at={opened_at} /> },
  ];
  return (
    <>
      <DataTable
        caption={t("page.groups_caption")}
        columns={columns}
        rows={groups.data?.items}
        rowKey={({ id }) => id}
        rowHref={({ id }) => `/groupbuy/groups/${id}`}
        stale={groups.isPlaceholderData}
      />
      <Pager
        page={groups.data}
        href={(next) => address.with({ cursor: next })}
        cursor={cursor}
        countWords={(total) => (total === null ? "" : t("page.groups_count", { count: total }))}
      />
    </>
  );
}

function Versions({ deal }: { deal: Deal }) {
  const { t } = useTranslation("deals");
  const reading = useReading();
  const versions = useVersions(deal.id);
  if (versions.error) return <ErrorState compact error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!versions.data) return <BoneLines lines={6} />;
  return (
    <>
      <p className={styles.faint}>{t("page.versions_words")}</p>
      {versions.data.map(({ version, created_at, created_by, terms }) => (
        <Section
          key={version}
          title={
            <span className={styles.row}>
              {t("page.version", { version })}
              {version === deal.version && <Tag tone="accent">{t("page.current")}</Tag>}
            </span>
          }
          about={t("page.version_by", { name: created_by, at: dateAndTime(new Date(created_at), reading) })}
        >
          <TermsCard deal={deal} terms={terms} />
        </Section>
      ))}
    </>
  );
}
