import { Alert, App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { Money, None, When } from "@/components/figures";
import { type Fact, Facts, Figures, PlainPage, Section } from "@/components/layout";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { type PaymentFull, type Refund, useAskPayment, usePayment, useProviders, useRetryRefund } from "./api";
import styles from "./payments.module.css";
import { PaymentTag, RefundTag, useStoryWords } from "./words";

/** One payment: what it stands at, what goes back of it, and every question and notification that told so. */
export function PaymentPage() {
  const { t } = useTranslation("payments");
  const may = useMay();
  const id = Number(useParams().id);
  if (!may("payments.read")) return <NoPermission what={t("title")} />;
  return <PaymentView key={id} id={id} />;
}

function PaymentView({ id }: { id: number }) {
  const { t } = useTranslation("payments");
  const may = useMay();
  const words = useStoryWords();
  const { message } = App.useApp();
  const query = usePayment(id);
  const ask = useAskPayment(id);
  const payment = query.data;
  if (query.error && !payment) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!payment) {
    return (
      <PlainPage title="">
        <BoneLines lines={8} />
      </PlainPage>
    );
  }
  const { amount, refunding } = payment;
  const isAskedFor = payment.state === "pending" || payment.refunds.some(({ due_at }) => due_at);
  const captured = payment.state === "captured" ? amount.amount_minor : 0;
  return (
    <PlainPage
      title={payment.subject}
      mark={<PaymentTag state={payment.state} />}
      above={<Link to="/payments">{t("title")}</Link>}
      actions={
        may("payments.write") &&
        isAskedFor && (
          <Button
            loading={ask.isPending}
            onClick={() => ask.mutate(undefined, { onSuccess: () => void message.success(t("asked")) })}
          >
            {t("ask")}
          </Button>
        )
      }
    >
      {payment.problem && (
        <Alert
          className={styles.banner}
          type="warning"
          showIcon
          title={words.problem(payment.problem)}
          description={payment.problem_detail || t("problem_words")}
        />
      )}
      <Figures
        figures={[
          {
            key: "amount",
            label: t("column.amount"),
            value: <Money minor={amount.amount_minor} currency={amount.currency} />,
          },
          { key: "captured", label: t("captured"), value: <Money minor={captured} currency={amount.currency} /> },
          {
            key: "refunding",
            label: t("column.refunding"),
            value: <Money minor={refunding.amount_minor} currency={refunding.currency} />,
          },
        ]}
      />
      <div className={styles.columns}>
        <div>
          {payment.refunds.length > 0 && (
            <Section title={t("refunds")}>
              <Refunds payment={payment} />
            </Section>
          )}
          <Section title={t("story")} about={t("story_words")}>
            <Story payment={payment} />
          </Section>
        </div>
        <aside>
          <Section title={t("facts")}>
            <PaymentFacts payment={payment} />
          </Section>
        </aside>
      </div>
    </PlainPage>
  );
}

function Refunds({ payment }: { payment: PaymentFull }) {
  return (
    <ul className={styles.rows}>
      {payment.refunds.map((refund) => (
        <RefundItem key={refund.id} refund={refund} />
      ))}
    </ul>
  );
}

function RefundItem({ refund }: { refund: Refund }) {
  const { t } = useTranslation("payments");
  const may = useMay();
  const words = useStoryWords();
  const { message } = App.useApp();
  const retry = useRetryRefund();
  const why = refund.failure_code || (refund.problem && words.problem(refund.problem));
  return (
    <li className={styles.row}>
      <div className={styles.rowMain}>
        <span className={styles.tags}>
          <strong>
            <Money minor={refund.amount.amount_minor} currency={refund.amount.currency} />
          </strong>
          <RefundTag state={refund.state} />
        </span>
        <span className={styles.soft}>
          <When at={refund.created_at} exact /> · <code className={styles.mono}>{refund.number}</code>
        </span>
        {why && (
          <span className={styles.soft}>
            {why}
            {refund.failure_detail && ` · ${refund.failure_detail}`}
          </span>
        )}
      </div>
      {refund.state === "refused" && may("payments.write") && (
        <Button
          loading={retry.isPending}
          onClick={() => retry.mutate(refund.id, { onSuccess: () => void message.success(t("retried")) })}
        >
          {t("retry")}
        </Button>
      )}
    </li>
  );
}

interface Moment {
  readonly key: string;
  readonly at: string;
  readonly title: string;
  readonly outcome: string;
  readonly isBad: boolean;
  readonly detail: string;
}

/** Questions and notifications in one line of time, newest first. */
function useMoments(payment: PaymentFull): readonly Moment[] {
  const { t } = useTranslation("payments");
  const words = useStoryWords();
  const asked = payment.questions.map((question) => {
    const isAnswer = question.outcome === "answered";
    return {
      key: `q${question.id}`,
      at: question.at,
      title: words.verb(question.verb),
      outcome: isAnswer ? words.told(question.told) : words.problem(question.outcome),
      isBad: !isAnswer,
      detail: [question.detail, t("duration", { ms: question.duration_ms })].filter(Boolean).join(" · "),
    };
  });
  const told = payment.notifications.map((notification) => ({
    key: `n${notification.id}`,
    at: notification.received_at,
    title: t("notification"),
    outcome: notification.told ? words.told(notification.told) : notification.about,
    isBad: false,
    detail: notification.about,
  }));
  return [...asked, ...told].sort((a, b) => b.at.localeCompare(a.at));
}

function Story({ payment }: { payment: PaymentFull }) {
  const { t } = useTranslation("payments");
  const moments = useMoments(payment);
  if (moments.length === 0) return <p className={styles.soft}>{t("no_story")}</p>;
  return (
    <ol className={styles.rows}>
      {moments.map(({ key, at, title, outcome, isBad, detail }) => (
        <li key={key} className={styles.row}>
          <div className={styles.rowMain}>
            <span>
              {title} <strong data-bad={isBad || undefined}>{outcome}</strong>
            </span>
            <span className={styles.soft}>{detail}</span>
          </div>
          <span className={styles.soft}>
            <When at={at} exact />
          </span>
        </li>
      ))}
    </ol>
  );
}

function PaymentFacts({ payment }: { payment: PaymentFull }) {
  const { t } = useTranslation("payments");
  const providers = useProviders();
  const account = providers.data?.find(({ key }) => key === payment.provider);
  const mono = (text: string) => <code className={styles.mono}>{text}</code>;
  const facts: Fact[] = [
    {
      key: "fee",
      label: t("fee"),
      value: payment.fee ? (
        <Money minor={payment.fee.amount_minor} currency={payment.fee.currency} />
      ) : payment.state === "captured" ? (
        t("fee_unknown")
      ) : (
        <None />
      ),
    },
    {
      key: "provider",
      label: t("column.provider"),
      value: account?.kind === "sandbox" ? t("sandbox") : (account?.title ?? payment.provider),
    },
    { key: "number", label: t("number"), value: mono(payment.number) },
    ...(payment.provider_reference
      ? [{ key: "theirs", label: t("provider_reference"), value: mono(payment.provider_reference) }]
      : []),
    { key: "reference", label: t("column.reference"), value: mono(payment.reference) },
    { key: "made", label: t("column.at"), value: <When at={payment.created_at} exact /> },
    { key: "until", label: t("expires_at"), value: <When at={payment.expires_at} exact /> },
    ...(payment.captured_at
      ? [{ key: "captured", label: t("captured_at"), value: <When at={payment.captured_at} exact /> }]
      : []),
    ...(payment.failure_code
      ? [
          {
            key: "failure",
            label: t("failure"),
            value: [payment.failure_code, payment.failure_detail].filter(Boolean).join(" · "),
          },
        ]
      : []),
    ...(payment.due_at && payment.state === "pending"
      ? [{ key: "due", label: t("due_at"), value: <When at={payment.due_at} exact /> }]
      : []),
  ];
  return <Facts facts={facts} />;
}
