import { GiftOutlined } from "@ant-design/icons";
import { App, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, None, When } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { Refused } from "@/components/Refused";
import { EmptyState, NoPermission } from "@/components/states";
import { REDEMPTION_STATES, type Redemption, useFindByCode, useFulfil, useRedemptions } from "./api";
import styles from "./rewards.module.css";
import { RedemptionStateTag, useRewardName } from "./words";

const FIELDS = listFields("-requested_at", { state: textField() });

/** The desk: what waits for members, and the way to one of them by the code she shows. */
export function RedemptionsPage() {
  const { t } = useTranslation("rewards");
  const may = useMay();
  const name = useRewardName();
  const address = useAddress(FIELDS);
  const { q, state, cursor } = address.values;
  const query = useRedemptions({ q, state, cursor }, may("loyalty.read"));
  if (!may("loyalty.read")) return <NoPermission what={t("redemptions.title")} />;
  const columns: Column<Redemption>[] = [
    { key: "reward", title: t("redemptions.column.reward"), identity: true, width: "28%", cell: name },
    {
      key: "member",
      title: t("redemptions.column.member"),
      onCard: true,
      cell: ({ customer }) =>
        customer ? (
          customer.name || `#${customer.id}`
        ) : (
          <span className={styles.faint}>{t("redemptions.elsewhere")}</span>
        ),
    },
    {
      key: "state",
      title: t("redemptions.column.state"),
      width: 110,
      onCard: true,
      cell: ({ state: current }) => <RedemptionStateTag state={current} />,
    },
    {
      key: "points",
      title: t("redemptions.column.points"),
      align: "end",
      width: 100,
      onCard: true,
      cell: ({ points }) => <Count value={points} />,
    },
    {
      key: "at",
      title: t("redemptions.column.at"),
      width: 150,
      cell: ({ requested_at }) => <When at={requested_at} />,
    },
    {
      key: "until",
      title: t("redemptions.column.until"),
      width: 150,
      cell: ({ state: current, until_at }) => (current === "requested" ? <When at={until_at} /> : <None />),
    },
  ];
  return (
    <ListPage
      id="redemptions"
      title={t("redemptions.title")}
      about={t("redemptions.about")}
      address={address}
      query={query}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={name}
      rowHref={({ id }) => `/loyalty/redemptions/${id}`}
      countWords={() => ""}
      filters={[
        choiceFilter({
          key: "state",
          label: t("redemptions.filter"),
          value: state,
          options: REDEMPTION_STATES.map((one) => ({ value: one, label: t(`redemptions.state.${one}`) })),
          onChange: (next) => address.change({ state: next, cursor: "" }),
        }),
      ]}
      secondary={may("loyalty.serve") && <Desk />}
      empty={
        <EmptyState
          icon={<GiftOutlined />}
          title={t("redemptions.empty.title")}
          purpose={t("redemptions.empty.purpose")}
        />
      }
    />
  );
}

/** The code a member shows: found wherever she belongs, and handed out after a second look. */
function Desk() {
  const { t } = useTranslation("rewards");
  const { t: kit } = useTranslation("kit");
  const { modal, message } = App.useApp();
  const navigate = useNavigate();
  const name = useRewardName();
  const find = useFindByCode();
  const fulfil = useFulfil();
  const look = (text: string) => {
    const code = text.trim();
    if (code === "") return;
    find.mutate(code, {
      onSuccess: (found) => {
        if (found.state !== "requested") return void navigate(`/loyalty/redemptions/${found.id}`);
        modal.confirm({
          title: t("one.fulfil_sure", { name: name(found), points: found.points }),
          okText: t("one.fulfil"),
          cancelText: kit("cancel"),
          onOk: () =>
            fulfil.mutateAsync(found.code).then(() => {
              void message.success(t("one.fulfilled"));
            }),
        });
      },
    });
  };
  return (
    <>
      <Input.Search
        className={styles.look}
        aria-label={t("redemptions.look_up")}
        placeholder={t("redemptions.look_up")}
        loading={find.isPending}
        maxLength={60}
        allowClear
        onSearch={look}
      />
      <Refused error={find.error ?? fulfil.error} />
    </>
  );
}
