import { App, Button, Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { None, When } from "@/components/figures";
import { type Fact, Facts } from "@/components/layout";
import { useIsPhone } from "@/components/screen";
import { BoneLines, ErrorState } from "@/components/states";
import { type DeliveryFull, useDelivery, useReplayDelivery, type Webhook } from "./api";
import styles from "./webhooks.module.css";
import { StateTag, useEventWords, useOutcomeWords } from "./words";

/** One delivery: what is sent, every attempt with its answer, and the button that sends it again. */
export function DeliveryDrawer({ webhook, id, onClose }: { webhook: Webhook; id: number; onClose: () => void }) {
  const { t } = useTranslation("webhooks");
  const words = useEventWords();
  const phone = useIsPhone();
  const { message } = App.useApp();
  const query = useDelivery(webhook.id, id);
  const again = useReplayDelivery(webhook.id);
  const delivery = query.data;
  const mayAgain = delivery !== undefined && delivery.state !== "pending" && webhook.health !== "off";
  return (
    <Drawer
      open
      size={phone ? "100%" : 560}
      onClose={onClose}
      closable={{ "aria-label": t("delivery.close") }}
      title={delivery ? words(delivery.type) : ""}
      extra={
        mayAgain && (
          <Button
            type="primary"
            loading={again.isPending}
            onClick={() => again.mutate(id, { onSuccess: () => void message.success(t("delivery.again_done")) })}
          >
            {t("delivery.again")}
          </Button>
        )
      }
    >
      {query.error && !delivery && <ErrorState compact error={query.error} onRetry={() => void query.refetch()} />}
      {!query.error && !delivery && <BoneLines lines={8} />}
      {delivery && <Story webhook={webhook} delivery={delivery} />}
    </Drawer>
  );
}

function Story({ webhook, delivery }: { webhook: Webhook; delivery: DeliveryFull }) {
  const { t } = useTranslation("webhooks");
  const facts: Fact[] = [
    { key: "state", label: t("delivery.state"), value: <StateTag state={delivery.state} /> },
    { key: "happened", label: t("delivery.happened"), value: <When at={delivery.occurred_at} /> },
    ...(delivery.state === "pending"
      ? [{ key: "next", label: t("delivery.next"), value: <When at={delivery.due_at} /> }]
      : []),
    {
      key: "customer",
      label: t("delivery.customer"),
      value: delivery.customer_id ? (
        <Link to={`/customers/${delivery.customer_id}`}>#{delivery.customer_id}</Link>
      ) : (
        <None />
      ),
    },
    { key: "id", label: t("delivery.id"), value: <code className={styles.mono}>{delivery.message_id}</code> },
  ];
  return (
    <>
      <Facts facts={facts} />
      <h3 className={styles.part}>{t("delivery.body")}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard. */}
      <pre className={styles.body} tabIndex={0}>
        {JSON.stringify(delivery.body, null, 2)}
      </pre>
      {webhook.includes_person && delivery.customer_id !== null && (
        <p className={styles.soft}>{t("delivery.person_added")}</p>
      )}
      <h3 className={styles.part}>{t("delivery.attempts")}</h3>
      <Attempts delivery={delivery} />
    </>
  );
}

function Attempts({ delivery }: { delivery: DeliveryFull }) {
  const { t } = useTranslation("webhooks");
  const words = useOutcomeWords();
  if (delivery.attempts.length === 0) {
    const waits = delivery.customer_id !== null && delivery.state === "pending";
    return (
      <p className={styles.soft}>
        {t("delivery.no_attempts")}
        {waits && ` · ${t("delivery.waits")}`}
      </p>
    );
  }
  return (
    <ol className={styles.attempts}>
      {delivery.attempts.map((attempt) => (
        <li key={attempt.at} className={styles.attempt}>
          <div className={styles.attemptHead}>
            <strong>{words(attempt.outcome, attempt.status)}</strong>
            <span className={styles.soft}>
              <When at={attempt.at} exact /> · {t("delivery.duration", { ms: attempt.duration_ms })}
            </span>
          </div>
          {attempt.detail && <span className={styles.soft}>{attempt.detail}</span>}
          {attempt.address && <code className={styles.mono}>{attempt.address}</code>}
          {attempt.response && (
            <>
              <span className={styles.soft}>{t("delivery.response")}</span>
              <pre className={styles.body}>{attempt.response}</pre>
            </>
          )}
        </li>
      ))}
    </ol>
  );
}
