import { GiftOutlined, MoreOutlined, PlusOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { Picture } from "@/components/PictureField";
import { EmptyState, NoPermission } from "@/components/states";
import { REWARD_STATES, type Reward, type RewardStep, useRewardStep, useRewards } from "./api";
import { CodesDialog } from "./CodesDialog";
import { RewardForm } from "./RewardForm";
import styles from "./rewards.module.css";
import { RewardStateTag, useRewardName } from "./words";

const FIELDS = listFields("-created_at", { state: textField() });

/** The catalogue: what points are exchanged for, what is left of it, what became of it. */
export function RewardsPage() {
  const { t } = useTranslation("rewards");
  const may = useMay();
  const name = useRewardName();
  const address = useAddress(FIELDS);
  const { q, cursor, state } = address.values;
  const query = useRewards({ q, state, cursor }, may("loyalty.read"));
  const [editing, setEditing] = useState<Reward | "new" | null>(null);
  const [coding, setCoding] = useState<Reward | null>(null);
  if (!may("loyalty.read")) return <NoPermission what={t("title")} />;
  const columns: Column<Reward>[] = [
    {
      key: "name",
      title: t("column.name"),
      identity: true,
      width: "28%",
      cell: (reward) => (
        <span className={styles.named}>
          <Picture picture={reward.picture} />
          <span>
            {name(reward)} {reward.partner && <span className={styles.faint}>{reward.partner}</span>}
          </span>
        </span>
      ),
    },
    { key: "kind", title: t("column.kind"), width: 130, cell: ({ kind }) => t(`kind.${kind}`) },
    {
      key: "state",
      title: t("column.state"),
      width: 100,
      onCard: true,
      cell: ({ state: current }) => <RewardStateTag state={current} />,
    },
    {
      key: "points",
      title: t("column.points"),
      align: "end",
      width: 100,
      onCard: true,
      cell: ({ points }) => <Count value={points} />,
    },
    {
      key: "left",
      title: t("column.left"),
      align: "end",
      width: 110,
      onCard: true,
      cell: ({ left }) =>
        left === null ? <span className={styles.faint}>{t("any_number")}</span> : <Count value={left} />,
    },
    {
      key: "waiting",
      title: t("column.waiting"),
      align: "end",
      width: 110,
      cell: ({ redemptions }) => <Count value={redemptions.requested} />,
    },
    {
      key: "had",
      title: t("column.had"),
      align: "end",
      width: 100,
      cell: ({ redemptions }) => <Count value={redemptions.fulfilled} />,
    },
    {
      key: "deeds",
      title: "",
      bare: true,
      onCard: true,
      align: "end",
      width: 60,
      cell: (reward) =>
        may("loyalty.write") &&
        reward.state !== "ended" && (
          <Deeds reward={reward} onEdit={() => setEditing(reward)} onCodes={() => setCoding(reward)} />
        ),
    },
  ];
  const create = may("loyalty.write") && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing("new")}>
      {t("new")}
    </Button>
  );
  return (
    <>
      <ListPage
        id="rewards"
        title={t("title")}
        about={t("about")}
        address={address}
        query={query}
        columns={columns}
        rowKey={({ id }) => id}
        rowName={name}
        searchPlaceholder={t("search")}
        countWords={(count) => (count === null ? "" : t("list_count", { count }))}
        filters={[
          choiceFilter({
            key: "state",
            label: t("column.state"),
            value: state,
            options: REWARD_STATES.map((one) => ({ value: one, label: t(`state.${one}`) })),
            onChange: (next) => address.change({ state: next, cursor: "" }),
          }),
        ]}
        primary={create}
        empty={
          <EmptyState
            icon={<GiftOutlined />}
            title={t("empty.title")}
            purpose={t("empty.purpose")}
            example={t("empty.example")}
            action={create}
          />
        }
      />
      {editing && <RewardForm reward={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {coding && <CodesDialog reward={coding} onClose={() => setCoding(null)} />}
    </>
  );
}

/** What may be done to a reward by its state. */
const STEPS: Record<Reward["state"], readonly RewardStep[]> = {
  draft: ["activate", "end"],
  active: ["pause", "end"],
  paused: ["activate", "end"],
  ended: [],
};

function Deeds({ reward, onEdit, onCodes }: { reward: Reward; onEdit: () => void; onCodes: () => void }) {
  const { t } = useTranslation("rewards");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const name = useRewardName();
  const step = useRewardStep();
  const take = (chosen: RewardStep) => {
    if (chosen !== "end") return step.mutate({ id: reward.id, step: chosen });
    modal.confirm({
      title: t("end_sure", { name: name(reward) }),
      okText: t("deed.end"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () => step.mutateAsync({ id: reward.id, step: chosen }),
    });
  };
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          { key: "edit", label: t("deed.edit"), onClick: onEdit },
          ...(reward.has_codes ? [{ key: "codes", label: t("deed.codes"), onClick: onCodes }] : []),
          ...STEPS[reward.state].map((one) => ({
            key: one,
            label: t(`deed.${one}`),
            danger: one === "end",
            onClick: () => take(one),
          })),
        ],
      }}
    >
      <Button type="text" icon={<MoreOutlined />} loading={step.isPending} aria-label={name(reward)} />
    </Dropdown>
  );
}
