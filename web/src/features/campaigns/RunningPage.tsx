import { CaretRightOutlined, PauseOutlined, StopOutlined } from "@ant-design/icons";
import { Alert, App, Button, Progress } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { Count } from "@/components/figures";
import { secondsLeft } from "@/components/JobProgress";
import { Figures, PlainPage } from "@/components/layout";
import { useNow, useReading } from "@/components/reading";
import { exactCount } from "@/format/count";
import { relativeTime, roughDuration } from "@/format/when";
import { type Campaign, useMoveCampaign } from "./api";
import styles from "./campaigns.module.css";
import { CampaignStateTag, useReasonWords } from "./words";

/** A campaign under way: how far it is, and the means to hold it. */
export function RunningPage({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation("campaigns");
  const { language, timezone } = useReading();
  const now = useNow();
  const { progress, state } = campaign;
  // Those who are not to get it were never waiting: they are no progress.
  const meant = progress.total - progress.not_sent;
  const left = secondsLeft(
    {
      state: "running",
      done: meant - progress.waiting,
      total: meant,
      started_at: campaign.started_at,
      cancel_requested: false,
    },
    now,
  );
  const people = (figure: string) => `/campaigns/${campaign.id}/people?figure=${figure}`;
  const figure = (key: "sent" | "waiting" | "failed" | "uncertain" | "not_sent", to: string, note?: string) => ({
    key,
    label: t(`running.${key}`),
    value: (
      <Link to={people(to)} className={styles.figureLink}>
        <Count value={progress[key]} />
      </Link>
    ),
    note,
  });
  return (
    <PlainPage
      title={campaign.name}
      mark={<CampaignStateTag state={state} />}
      above={<Link to="/campaigns">{t("title")}</Link>}
      actions={<Actions campaign={campaign} />}
    >
      {campaign.trouble !== "" && (
        <Alert
          showIcon
          type="warning"
          className={styles.alert}
          title={t("running.trouble", { what: campaign.trouble })}
          description={
            campaign.retry_at &&
            t("running.trouble_retry", { when: relativeTime(new Date(campaign.retry_at), { now, timezone, language }) })
          }
        />
      )}
      <section className={styles.box} aria-live="polite">
        <h2 className={styles.boxTitle}>
          {state === "preparing"
            ? t("running.preparing")
            : state === "paused"
              ? t("running.paused")
              : t("running.sending")}
        </h2>
        <Progress
          percent={meant > 0 ? Math.floor(((meant - progress.waiting) / meant) * 100) : 0}
          status={state === "paused" ? "normal" : "active"}
          aria-label={t("running.title")}
        />
        <p className={styles.soft}>
          {state === "preparing"
            ? t("running.preparing_safe")
            : state === "sending" && left !== null && t("running.left", { time: roughDuration(left, language) })}
        </p>
      </section>
      {state !== "preparing" && (
        <Figures
          figures={[
            figure("sent", "reached"),
            figure(
              "waiting",
              "waiting",
              progress.held > 0 ? t("running.held", { people: exactCount(progress.held, language) }) : undefined,
            ),
            figure("not_sent", "not_sent"),
            figure("failed", "failed"),
            ...(progress.uncertain > 0 ? [figure("uncertain", "uncertain", t("running.uncertain_hint"))] : []),
          ]}
        />
      )}
      <NotSent campaign={campaign} />
    </PlainPage>
  );
}

function Actions({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation("campaigns");
  const may = useMay();
  const { modal } = App.useApp();
  const { language } = useReading();
  const move = useMoveCampaign();
  if (!may("campaigns.send")) return null;
  const go = (which: "pause" | "resume") => move.mutate({ id: campaign.id, move: which });
  const askStop = () =>
    modal.confirm({
      title: t("action.stop_title", { name: campaign.name }),
      content: t("action.stop_words", { people: exactCount(campaign.progress.waiting, language) }),
      okText: t("action.stop"),
      okButtonProps: { danger: true },
      onOk: () => move.mutateAsync({ id: campaign.id, move: "stop" }),
    });
  return (
    <>
      {campaign.state === "sending" && (
        <Button icon={<PauseOutlined />} loading={move.isPending} onClick={() => go("pause")}>
          {t("action.pause")}
        </Button>
      )}
      {campaign.state === "paused" && (
        <Button type="primary" icon={<CaretRightOutlined />} loading={move.isPending} onClick={() => go("resume")}>
          {t("action.resume")}
        </Button>
      )}
      <Button danger icon={<StopOutlined />} onClick={askStop}>
        {t("action.stop")}
      </Button>
    </>
  );
}

/** Who was not sent it and why; each reason opens its people. */
export function NotSent({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation("campaigns");
  const reason = useReasonWords();
  if (campaign.not_sent_reasons.length === 0) return null;
  const most = Math.max(...campaign.not_sent_reasons.map(({ count }) => count));
  return (
    <section className={styles.part}>
      <h2 className={styles.partTitle}>{t("result.not_sent")}</h2>
      <ul className={styles.bars}>
        {campaign.not_sent_reasons.map(({ reason: code, count }) => (
          <li key={code}>
            <Link to={`/campaigns/${campaign.id}/people?reason=${encodeURIComponent(code)}`} className={styles.bar}>
              <span className={styles.barName}>{reason(code)}</span>
              <span className={styles.barTrack} aria-hidden="true">
                <span data-tone="faint" style={{ width: `${(count / most) * 100}%` }} />
              </span>
              <span className={styles.barValue}>
                <Count value={count} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
