import { App, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState } from "@/components/states";
import { exactCount } from "@/format/count";
import { absoluteTime } from "@/format/when";
import { type Campaign, newIdempotencyKey, useForecast, useOfferChoices, useSendCampaign } from "./api";
import styles from "./campaigns.module.css";
import { unreachable } from "./plan";

/** Says what sending will do, in numbers, before it is done. */
export function SendDialog({
  campaign,
  at,
  later,
  onClose,
}: {
  campaign: Campaign;
  at: string | null;
  later: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation("campaigns");
  const { message } = App.useApp();
  const { language, timezone } = useReading();
  const hasAudience = campaign.segment_id !== null || campaign.rule !== null;
  const forecast = useForecast(campaign.id, `send ${campaign.updated_at}`, hasAudience);
  const offers = useOfferChoices();
  const send = useSendCampaign();
  // One dialog is one decision: pressed twice, or sent again after a lost answer, it is still one send.
  const [key] = useState(newIdempotencyKey);
  const steps = [
    ...(hasAudience ? [] : (["audience_missing"] as const)),
    ...(campaign.arms.length === 0 ? (["arms_missing"] as const) : []),
    ...(send.error ? asProblem(send.error).fields.flatMap(({ code }) => MISSING[code] ?? []) : []),
  ];
  const count = (value: number) => exactCount(value, language);
  const when = at === null ? "" : absoluteTime(new Date(at), { timezone, language });
  const found = forecast.data;
  const named = campaign.arms
    .map(({ offer_id }) => offers.data?.find(({ id }) => id === offer_id)?.name)
    .filter((name): name is string => name !== undefined);
  const confirm = async () => {
    if (later && at === null) return void message.warning(t("send.time_needed"));
    await send.mutateAsync({ id: campaign.id, at: later ? at : null, key });
    void message.success(later ? t("send.scheduled", { when }) : t("send.started"));
    onClose();
  };
  return (
    <Modal
      open
      title={later ? t("send.title_later", { name: campaign.name }) : t("send.title", { name: campaign.name })}
      cancelText={t("send.cancel")}
      okText={later ? t("send.confirm_later") : t("send.confirm", { people: count(found?.reachable ?? 0) })}
      okButtonProps={{ disabled: !found || found.reachable === 0 || steps.length > 0 || (later && at === null) }}
      confirmLoading={send.isPending}
      onCancel={onClose}
      onOk={() => void confirm().catch(() => {})}
    >
      {steps.length > 0 ? (
        <>
          <p className={styles.warning}>{t("send.incomplete")}</p>
          <ul className={styles.facts}>
            {[...new Set(steps)].map((code) => (
              <li key={code}>{t(`send.missing.${code}`)}</li>
            ))}
          </ul>
        </>
      ) : forecast.isError ? (
        <ErrorState compact error={forecast.error} onRetry={() => void forecast.refetch()} />
      ) : !found ? (
        <BoneLines lines={4} />
      ) : found.reachable === 0 ? (
        <p className={styles.warning}>{t("send.empty")}</p>
      ) : (
        <>
          {later && at === null && <p className={styles.warning}>{t("send.time_needed")}</p>}
          <ul className={styles.facts}>
            <li data-main>
              {later && at !== null
                ? t("send.people_later", { when, people: count(found.reachable) })
                : t("send.people", { people: count(found.reachable) })}
            </li>
            <li>{found.control > 0 ? t("send.control", { people: count(found.control) }) : t("send.no_control")}</li>
            {unreachable(found) > 0 && <li>{t("send.unreachable", { people: count(unreachable(found)) })}</li>}
            {[...new Set(named)].map((offer) => (
              <li key={offer}>{t("send.coupon", { offer })}</li>
            ))}
          </ul>
          <p className={styles.hint}>{t("send.irrevocable")}</p>
        </>
      )}
    </Modal>
  );
}

type Step =
  | "audience_missing"
  | "arms_missing"
  | "offer_missing"
  | "offer_not_active"
  | "shares_not_whole"
  | "template_missing";

/** What the server says is missing, as the step that is left to do. */
const MISSING: Readonly<Record<string, Step>> = {
  "campaign.audience_missing": "audience_missing",
  "campaign.arms_missing": "arms_missing",
  "campaign.offer_missing": "offer_missing",
  "campaign.offer_not_active": "offer_not_active",
  "campaign.shares_not_whole": "shares_not_whole",
  "template.not_found": "template_missing",
};
