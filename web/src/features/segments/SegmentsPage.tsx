import {
  BlockOutlined,
  CopyOutlined,
  DeleteOutlined,
  EditOutlined,
  FilterOutlined,
  MoreOutlined,
  PlusOutlined,
  SendOutlined,
} from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type Segment, useSegments } from "./api";
import { useMemberships, useSegmentNews } from "./membership/api";
import { Size } from "./membership/Size";
import { StateTag } from "./membership/StateTag";
import { RuleSentence } from "./RuleSentence";
import { StarterList } from "./StarterList";
import styles from "./segments.module.css";
import { useSegmentActions } from "./useSegmentActions";

const FIELDS = listFields("-created_at", {});

/** The library of segments: what each says, how many it has, how fresh that is. */
export function SegmentsPage() {
  const { t } = useTranslation("segments");
  const may = useMay();
  const address = useAddress(FIELDS);
  const { q, cursor } = address.values;
  const query = useSegments({ q, cursor }, may("segments.read"));
  const { t: words } = useTranslation("memberships");
  useSegmentNews();
  const memberships = useMemberships(query.data?.items.map(({ id }) => id) ?? []).data;
  if (!may("segments.read")) return <NoPermission what={t("title")} />;
  const columns: Column<Segment>[] = [
    {
      key: "name",
      title: t("column.name"),
      identity: true,
      width: "24%",
      cell: (segment) => (
        <span className={styles.named}>
          {segment.name}
          {segment.kind === "fixed" && <Tag>{words("kind.fixed")}</Tag>}
          {segment.state !== "ready" && <StateTag segment={segment} />}
        </span>
      ),
    },
    {
      key: "rule",
      title: t("column.rule"),
      cell: (segment) => (
        <span className={styles.inList}>
          <RuleSentence rule={segment.rule} spare={segment.sentence} />
        </span>
      ),
    },
    {
      key: "count",
      title: t("column.count"),
      align: "end",
      width: 230,
      onCard: true,
      cell: ({ id, count }) => <Size count={count} membership={memberships?.get(id)} />,
    },
    {
      key: "refreshed",
      title: t("column.refreshed"),
      width: 140,
      onCard: true,
      cell: ({ refreshed_at }) => <When at={refreshed_at} />,
    },
    {
      key: "updated",
      title: t("column.updated"),
      width: 140,
      hidden: true,
      onCard: true,
      cell: ({ updated_at }) => <When at={updated_at} />,
    },
    { key: "menu", title: "", width: 48, align: "end", cell: (segment) => <RowMenu segment={segment} /> },
  ];
  return (
    <ListPage
      id="segments"
      title={t("title")}
      about={t("about")}
      address={address}
      query={query}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ name }) => name}
      rowHref={({ id }) => `/segments/${id}`}
      searchPlaceholder={t("search")}
      countWords={(count) => (count === null ? "" : t("list_count", { count }))}
      secondary={
        <Link to="/segments/combine">
          <Button icon={<BlockOutlined />} tabIndex={-1}>
            {words("combine.open")}
          </Button>
        </Link>
      }
      primary={
        may("segments.write") && (
          <Link to="/segments/new">
            <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
              {t("new")}
            </Button>
          </Link>
        )
      }
      empty={<NoSegments mayWrite={may("segments.write")} />}
    />
  );
}

function NoSegments({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation("segments");
  const navigate = useNavigate();
  return (
    <>
      <EmptyState
        icon={<FilterOutlined />}
        title={t("empty.title")}
        purpose={t("empty.purpose")}
        example={t("empty.example")}
        action={
          mayWrite && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => navigate("/segments/new")}>
              {t("empty.blank")}
            </Button>
          )
        }
      />
      {mayWrite && (
        <section className={styles.emptyStarters}>
          <h2>{t("empty.starters")}</h2>
          <StarterList onChoose={(starter) => navigate(`/segments/new?starter=${starter}`)} />
        </section>
      )}
    </>
  );
}

function RowMenu({ segment }: { segment: Segment }) {
  const { t } = useTranslation("segments");
  const may = useMay();
  const navigate = useNavigate();
  const { modal } = App.useApp();
  const actions = useSegmentActions(modal);
  const items = [
    ...(may("campaigns.write") ? [{ key: "use", icon: <SendOutlined />, label: t("action.use") }] : []),
    ...(may("segments.write")
      ? [
          { key: "edit", icon: <EditOutlined />, label: t("action.edit") },
          { key: "duplicate", icon: <CopyOutlined />, label: t("action.duplicate") },
          { key: "delete", icon: <DeleteOutlined />, danger: true, label: t("action.delete") },
        ]
      : []),
  ];
  if (items.length === 0) return null;
  return (
    <Dropdown
      trigger={["click"]}
      placement="bottomRight"
      menu={{
        items,
        onClick: ({ key, domEvent }) => {
          domEvent.stopPropagation();
          if (key === "use") navigate(`/campaigns/new?segment=${segment.id}`);
          if (key === "edit") navigate(`/segments/${segment.id}/edit`);
          if (key === "duplicate") void actions.duplicate(segment);
          if (key === "delete") actions.remove(segment, () => {});
        },
      }}
    >
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("action.more")} />
    </Dropdown>
  );
}
