import { PayCircleOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Money, None, When } from "@/components/figures";
import { choiceFilter, daysFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { useReading } from "@/components/reading";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { calendarDate, zonedDayStart } from "@/format/when";
import { exportAddress, PAYMENT_STATES, type PaymentRow, usePayments, useProviders } from "./api";
import styles from "./payments.module.css";
import { PaymentTag, useStoryWords } from "./words";

const FIELDS = listFields("", {
  state: choiceField(["", ...PAYMENT_STATES], ""),
  look: choiceField(["", "yes"], ""),
  provider: textField(),
  from: textField(),
  to: textField(),
});

/** Every payment, what became of it, and which of them need a person. */
export function PaymentsPage() {
  const { t } = useTranslation("payments");
  const may = useMay();
  if (!may("payments.read")) return <NoPermission what={t("title")} />;
  return <Payments />;
}

function Payments() {
  const { t } = useTranslation("payments");
  const { language, timezone } = useReading();
  const may = useMay();
  const words = useStoryWords();
  const address = useAddress(FIELDS);
  const { values } = address;
  const filter = useMemo(
    () => ({
      q: values.q || undefined,
      state: values.state || undefined,
      needs_look: values.look === "yes" || undefined,
      provider: values.provider || undefined,
      starts_at: values.from ? zonedDayStart(values.from, timezone) : undefined,
      ends_at: values.to ? zonedDayStart(values.to, timezone, 1) : undefined,
    }),
    [values, timezone],
  );
  const payments = usePayments(filter, values.cursor);
  const providers = useProviders();
  const titles = new Map(
    providers.data?.map(({ key, title, kind }) => [key, kind === "sandbox" ? t("sandbox") : title]),
  );
  const set = (changes: Parameters<typeof address.change>[0]) => address.change({ ...changes, cursor: "" });

  const columns: Column<PaymentRow>[] = [
    {
      key: "subject",
      title: t("column.subject"),
      identity: true,
      cell: ({ subject, number }) => (
        <span className={styles.name}>
          <span>{subject}</span>
          <code className={styles.mono}>{number}</code>
        </span>
      ),
    },
    {
      key: "state",
      title: t("column.state"),
      onCard: true,
      cell: ({ state, problem, has_refused_refund }) => (
        <span className={styles.tags}>
          <PaymentTag state={state} />
          {has_refused_refund && <Tag tone="bad">{t("refund_refused")}</Tag>}
          {problem && <Tag tone="warning">{words.problem(problem)}</Tag>}
        </span>
      ),
    },
    { key: "at", title: t("column.at"), onCard: true, cell: ({ created_at }) => <When at={created_at} /> },
    {
      key: "provider",
      title: t("column.provider"),
      cell: ({ provider }) => titles.get(provider) ?? provider,
    },
    { key: "reference", title: t("column.reference"), hidden: true, cell: ({ reference }) => reference },
    {
      key: "refunding",
      title: t("column.refunding"),
      align: "end",
      cell: ({ refunding }) =>
        refunding.amount_minor === 0 ? (
          <None />
        ) : (
          <Money minor={refunding.amount_minor} currency={refunding.currency} />
        ),
    },
    {
      key: "amount",
      title: t("column.amount"),
      align: "end",
      onCard: true,
      cell: ({ amount }) => <Money minor={amount.amount_minor} currency={amount.currency} />,
    },
  ];

  return (
    <ListPage
      id="payments"
      title={t("title")}
      about={t("about")}
      primary={
        may("payments.write") && (
          <Link to="/settings/payment-providers">
            <Button tabIndex={-1}>{t("providers.title")}</Button>
          </Link>
        )
      }
      address={address}
      query={payments}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ subject }) => subject}
      rowHref={({ id }) => `/payments/${id}`}
      searchPlaceholder={t("search")}
      countWords={(total) => t("count", { count: total ?? 0 })}
      onExport={() => window.location.assign(exportAddress(filter))}
      filters={[
        choiceFilter({
          key: "look",
          label: t("needs_look"),
          value: values.look,
          options: [{ value: "yes", label: t("needs_look_yes") }],
          onChange: (look) => set({ look: look as typeof values.look }),
        }),
        choiceFilter({
          key: "state",
          label: t("column.state"),
          value: values.state,
          options: PAYMENT_STATES.map((value) => ({ value, label: t(`state.${value}`) })),
          onChange: (state) => set({ state: state as typeof values.state }),
        }),
        choiceFilter({
          key: "provider",
          label: t("column.provider"),
          value: values.provider,
          options: [...titles].map(([value, label]) => ({ value, label })),
          onChange: (provider) => set({ provider }),
        }),
        daysFilter({
          key: "when",
          label: t("when"),
          from: values.from,
          to: values.to,
          show: (from, to) => {
            const days = { from: from && calendarDate(from, language), to: to && calendarDate(to, language) };
            return t(from && to ? "between" : from ? "since" : "until", days);
          },
          onChange: (from, to) => set({ from, to }),
        }),
      ]}
      empty={<EmptyState icon={<PayCircleOutlined />} title={t("empty_title")} purpose={t("empty")} />}
    />
  );
}
