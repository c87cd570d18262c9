import { GiftOutlined } from "@ant-design/icons";
import { App, Button, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useCodeWords } from "@/components/codes";
import { type Column, DataTable } from "@/components/DataTable";
import { Count } from "@/components/figures";
import { Picture } from "@/components/PictureField";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState } from "@/components/states";
import { exactCount } from "@/format/count";
import styles from "../customers.module.css";
import { type RewardForMember, useRedeem, useRewardChoice } from "./value";

/** What she may have for her points, and what she is short of; chosen at the desk with her beside it. */
export function RedeemDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("rewards");
  const { t: kit } = useTranslation("kit");
  const { language } = useReading();
  const { modal, message } = App.useApp();
  const navigate = useNavigate();
  const say = useCodeWords("problems");
  const choice = useRewardChoice(id, true);
  const redeem = useRedeem(id);
  const name = (reward: RewardForMember) => (language === "en" ? reward.name_en : reward.name_zh);
  const ask = (reward: RewardForMember) =>
    modal.confirm({
      title: t("redeem.sure", { name: name(reward), points: exactCount(reward.points, language) }),
      okText: t("redeem.act"),
      cancelText: kit("cancel"),
      onOk: () =>
        redeem.mutate(reward.id, {
          onSuccess: (made) => {
            void message.success(t("redeem.done", { name: name(reward) }));
            void navigate(`/loyalty/redemptions/${made.id}`);
          },
        }),
    });
  const columns: Column<RewardForMember>[] = [
    {
      key: "name",
      title: t("column.name"),
      identity: true,
      cell: (reward) => (
        <span className={styles.named}>
          <Picture picture={reward.picture} />
          <span>
            {name(reward)}{" "}
            {reward.left !== null && <span className={styles.faint}>{t("redeem.left", { count: reward.left })}</span>}
          </span>
        </span>
      ),
    },
    {
      key: "points",
      title: t("column.points"),
      align: "end",
      width: 90,
      onCard: true,
      cell: ({ points }) => <Count value={points} />,
    },
    {
      key: "act",
      title: "",
      bare: true,
      align: "end",
      width: 190,
      onCard: true,
      cell: (reward) => {
        if (reward.refusal) {
          return <span className={styles.faint}>{say(reward.refusal.code) ?? reward.refusal.code}</span>;
        }
        if (reward.missing > 0) {
          return (
            <span className={styles.faint}>
              {t("redeem.missing", { points: exactCount(reward.missing, language) })}
            </span>
          );
        }
        return (
          <Button size="small" type="primary" disabled={redeem.isPending} onClick={() => ask(reward)}>
            {t("redeem.act")}
          </Button>
        );
      },
    },
  ];
  return (
    <Modal open width={640} footer={null} title={t("redeem.title")} onCancel={onClose}>
      <Refused error={redeem.error} />
      {choice.error ? (
        <ErrorState error={choice.error} compact onRetry={() => void choice.refetch()} />
      ) : !choice.data ? (
        <BoneLines lines={5} />
      ) : choice.data.rewards.length === 0 ? (
        <EmptyState icon={<GiftOutlined />} title={t("redeem.none_title")} purpose={t("redeem.none")} />
      ) : (
        <>
          <p>{t("redeem.balance", { balance: exactCount(choice.data.balance ?? 0, language) })}</p>
          <DataTable
            caption={t("redeem.title")}
            columns={columns}
            rows={choice.data.rewards}
            rowKey={(reward) => reward.id}
          />
        </>
      )}
    </Modal>
  );
}
