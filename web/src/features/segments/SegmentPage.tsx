import {
  BarChartOutlined,
  BlockOutlined,
  CopyOutlined,
  DeleteOutlined,
  EditOutlined,
  MoreOutlined,
  PushpinOutlined,
  ReloadOutlined,
  SendOutlined,
} from "@ant-design/icons";
import { Alert, App, Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useJobStarted } from "@/api/jobs";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Money, None, Percent, When } from "@/components/figures";
import { FilterBar } from "@/components/filters";
import { Pager } from "@/components/ListPage";
import { Card, ObjectPage } from "@/components/layout";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type Person, type Segment, useCount, useMembers, useRefreshSegment, useSegment } from "./api";
import { useMembership, useSegmentNews } from "./membership/api";
import { FreezeDialog } from "./membership/FreezeDialog";
import { History } from "./membership/History";
import { Settings } from "./membership/Settings";
import { WeekChange } from "./membership/Size";
import { StateTag, useFailureWords } from "./membership/StateTag";
import { RuleSentence } from "./RuleSentence";
import styles from "./segments.module.css";
import { useSegmentActions } from "./useSegmentActions";
import { Why } from "./Why";

const TABS = ["members", "history", "rule", "why", "settings"] as const;
const FIELDS = { tab: choiceField(TABS, "members"), q: textField(), cursor: textField(), who: textField() };

/** One segment: what it says, how many, and who. */
export function SegmentPage() {
  const { t } = useTranslation("segments");
  const { id } = useParams();
  const may = useMay();
  const address = useAddress(FIELDS);
  const query = useSegment(Number(id));
  const membership = useMembership(Number(id)).data;
  const { t: words } = useTranslation("memberships");
  useSegmentNews();
  const segment = query.data;
  const counted = useCount(segment && segment.count === null ? segment.rule : null);
  if (!may("segments.read")) return <NoPermission what={t("title")} />;
  if (query.error && !segment) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const total = counted.data?.total;
  const isFixed = segment?.kind === "fixed";
  return (
    <ObjectPage
      title={segment?.name ?? t("title")}
      mark={
        segment && (
          <span className={styles.named}>
            {isFixed && <Tag>{words("kind.fixed")}</Tag>}
            <StateTag segment={segment} />
          </span>
        )
      }
      above={<Link to="/segments">{t("title")}</Link>}
      about={segment?.description}
      loading={!segment}
      actions={segment && <Actions segment={segment} />}
      figures={[
        {
          key: "count",
          label: t("page.figure.count"),
          value: <Count value={segment?.count ?? counted.data?.count} short />,
          note: membership?.week_change ? (
            <WeekChange by={membership.week_change} />
          ) : (
            total !== undefined && total > 0 && <Percent ratio={(counted.data?.count ?? 0) / total} />
          ),
        },
        { key: "refreshed", label: t("column.refreshed"), value: <When at={segment?.refreshed_at} /> },
        { key: "updated", label: t("page.figure.updated"), value: <When at={segment?.updated_at} /> },
      ]}
      tab={address.values.tab}
      onTab={(tab) => address.change({ tab: tab as (typeof TABS)[number] })}
      tabs={[
        { key: "members", label: t("page.tab.members"), content: segment && <Members segment={segment} /> },
        {
          key: "history",
          label: words("tab.history"),
          content: segment && <History segmentId={segment.id} allStores={membership?.sizes !== null} />,
        },
        {
          key: "rule",
          label: t("page.tab.rule"),
          content: segment && (
            <Card>
              <p className={styles.said}>
                <RuleSentence rule={segment.rule} spare={segment.sentence} />
              </p>
            </Card>
          ),
        },
        {
          key: "why",
          label: t("page.tab.why"),
          content: segment && (
            <Why
              rule={segment.rule}
              customerId={/^[1-9]\d{0,15}$/.test(address.values.who) ? Number(address.values.who) : null}
              onChoose={(id) => address.change({ who: String(id) })}
            />
          ),
        },
        {
          key: "settings",
          label: words(isFixed ? "tab.origin" : "tab.settings"),
          content: membership && <Settings key={membership.id} membership={membership} />,
        },
      ]}
    />
  );
}

function Actions({ segment }: { segment: Segment }) {
  const { t } = useTranslation("segments");
  const may = useMay();
  const navigate = useNavigate();
  const { message, modal } = App.useApp();
  const refresh = useRefreshSegment();
  const jobStarted = useJobStarted();
  const actions = useSegmentActions(modal);
  const { t: words } = useTranslation("memberships");
  const [freezing, setFreezing] = useState(false);
  return (
    <>
      <Button icon={<BarChartOutlined />} onClick={() => navigate(`/segments/analysis?who=${segment.id}`)}>
        {t("action.analyse")}
      </Button>
      {may("segments.write") && (
        <>
          <Button
            icon={<ReloadOutlined />}
            loading={refresh.isPending || segment.state === "refreshing"}
            onClick={async () => {
              await refresh.mutateAsync(segment.id);
              jobStarted();
              void message.info(t("action.refreshing"));
            }}
          >
            {t("action.refresh")}
          </Button>
          {segment.kind !== "fixed" && (
            <Button icon={<EditOutlined />} onClick={() => navigate(`/segments/${segment.id}/edit`)}>
              {t("action.edit")}
            </Button>
          )}
        </>
      )}
      {may("campaigns.write") && (
        <Button type="primary" icon={<SendOutlined />} onClick={() => navigate(`/campaigns/new?segment=${segment.id}`)}>
          {t("action.use")}
        </Button>
      )}
      {may("segments.write") && (
        <Dropdown
          trigger={["click"]}
          placement="bottomRight"
          menu={{
            items: [
              ...(segment.refreshed_at
                ? [
                    { key: "freeze", icon: <PushpinOutlined />, label: words("action.freeze") },
                    { key: "combine", icon: <BlockOutlined />, label: words("action.combine") },
                  ]
                : []),
              { key: "duplicate", icon: <CopyOutlined />, label: t("action.duplicate") },
              { key: "delete", icon: <DeleteOutlined />, danger: true, label: t("action.delete") },
            ],
            onClick: ({ key }) => {
              if (key === "freeze") setFreezing(true);
              else if (key === "combine") navigate(`/segments/combine?id=${segment.id}`);
              else if (key === "duplicate")
                void actions.duplicate(segment).then((copy) => navigate(`/segments/${copy.id}/edit`));
              else actions.remove(segment, () => navigate("/segments"));
            },
          }}
        >
          <Button icon={<MoreOutlined />} aria-label={t("action.more")} />
        </Dropdown>
      )}
      {freezing && (
        <FreezeDialog
          suggestion={segment.name}
          count={segment.count}
          made={{ segment_ids: [segment.id], how: "union", regions: [] }}
          onClose={() => setFreezing(false)}
        />
      )}
    </>
  );
}

/** The people of the list; each opens her file. */
function Members({ segment }: { segment: Segment }) {
  const { t } = useTranslation("segments");
  const why = useFailureWords();
  const address = useAddress(FIELDS);
  const { q, cursor } = address.values;
  const members = useMembers(segment.id, { q, cursor }, segment.refreshed_at !== null);
  const columns: Column<Person>[] = [
    { key: "name", title: t("page.customer"), identity: true, cell: (person) => person.name || t("page.no_name") },
    { key: "city", title: t("page.city"), onCard: true, cell: ({ city }) => city ?? <None /> },
    { key: "store", title: t("page.store"), cell: ({ home_store }) => home_store?.name ?? <None /> },
    {
      key: "orders",
      title: t("page.orders"),
      align: "end",
      cell: ({ orders_count }) => <Count value={orders_count} />,
    },
    {
      key: "spent",
      title: t("page.spent"),
      align: "end",
      onCard: true,
      cell: ({ spent }) => <Money minor={spent?.amount_minor} currency={spent?.currency} />,
    },
    {
      key: "last",
      title: t("page.last_order"),
      onCard: true,
      cell: ({ last_order_at }) => <When at={last_order_at} />,
    },
  ];
  if (segment.refreshed_at === null) {
    return segment.state === "refreshing" ? (
      <BoneLines lines={6} />
    ) : (
      <EmptyState title={t("page.no_members")} purpose={t("page.no_members_words")} />
    );
  }
  if (members.error && !members.data) {
    return <ErrorState compact error={members.error} onRetry={() => void members.refetch()} />;
  }
  const none = members.data?.items.length === 0 && q === "" && cursor === "";
  return (
    <>
      {segment.state === "failed" && (
        <Alert
          showIcon
          type="warning"
          className={styles.alert}
          title={t("page.failed_title")}
          description={`${why(segment.error)} ${t("page.failed_words")}`}
        />
      )}
      {none ? (
        <EmptyState title={t("page.no_members")} purpose={t("page.no_members_words")} />
      ) : (
        <>
          <FilterBar
            search={{
              value: q,
              placeholder: t("page.search_members"),
              onChange: (next) => address.change({ q: next, cursor: "" }, { replace: true }),
            }}
          />
          <DataTable
            caption={t("page.members")}
            columns={columns}
            rows={members.data?.items}
            rowKey={({ id }) => id}
            rowHref={({ id }) => `/customers/${id}`}
            stale={members.isPlaceholderData}
          />
          <Pager
            page={members.data}
            href={(next) => address.with({ cursor: next })}
            cursor={cursor}
            countWords={(count) => (count === null ? "" : t("page.members_count", { count }))}
          />
        </>
      )}
    </>
  );
}
