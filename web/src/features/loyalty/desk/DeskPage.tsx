import { IdcardOutlined, ScanOutlined } from "@ant-design/icons";
import { Alert, App, Button, Input, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import { AdjustDialog } from "@/components/adjust/AdjustDialog";
import { AmountInput, useAmounts } from "@/components/amounts";
import { type Column, DataTable } from "@/components/DataTable";
import { Money, When } from "@/components/figures";
import { Card, Figures, PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { EmptyState, ErrorState, NoPermission } from "@/components/states";
import { useStored } from "@/components/stored";
import { Tag } from "@/components/Tag";
import {
  TENDERS,
  type Tender,
  type TopUp,
  useCustomerName,
  useFind,
  usePlans,
  useStoresOfDesk,
  useTopUp,
  useValue,
  type Value,
} from "./api";
import { CountCardsSection } from "./CountCardsSection";
import styles from "./desk.module.css";
import { FreezeDialog, RefundDialog } from "./dialogs";
import { StatementSection } from "./StatementSection";

const FIELDS = { customer: textField() };

/** One member at the desk: what she has, topping up, paying out, freezing, her statement. */
export function DeskPage() {
  const { t } = useTranslation("desk");
  const may = useMay();
  const address = useAddress(FIELDS);
  const id = Number(address.values.customer) || null;
  if (!may("loyalty.serve")) return <NoPermission what={t("title")} />;
  return (
    <PlainPage title={t("title")} about={t("about")}>
      <div className={styles.noPrint}>
        <Find onFound={(found) => address.change({ customer: String(found) })} />
      </div>
      {id === null ? (
        <EmptyState
          icon={<IdcardOutlined />}
          title={t("empty.title")}
          purpose={t("empty.purpose")}
          example={t("empty.example")}
        />
      ) : (
        <Member key={id} id={id} />
      )}
    </PlainPage>
  );
}

function Find({ onFound }: { onFound: (customerId: number) => void }) {
  const { t } = useTranslation("desk");
  const find = useFind();
  const [text, setText] = useState("");
  return (
    <>
      <Input.Search
        className={styles.find}
        size="large"
        autoFocus
        allowClear
        maxLength={200}
        prefix={<ScanOutlined />}
        aria-label={t("find")}
        placeholder={t("find")}
        enterButton={t("find_button")}
        loading={find.isPending}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onSearch={(typed) => {
          if (typed.trim() === "") return;
          find.mutate(typed.trim(), {
            onSuccess: ({ customer_id }) => {
              setText("");
              onFound(customer_id);
            },
          });
        }}
      />
      <div className={styles.gap}>
        <Refused error={find.error} />
      </div>
    </>
  );
}

function Member({ id }: { id: number }) {
  const { t } = useTranslation("desk");
  const may = useMay();
  const query = useValue(id);
  const customer = useCustomerName(id);
  const value = query.data;
  const [dialog, setDialog] = useState<"refund" | "freeze" | "adjust" | null>(null);
  const [storeId, setStoreId] = useStored<number | null>("desk.store", null);
  const amount = useAmounts(value?.currency ?? "CNY");
  if (query.error && !value) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const name = customer.data?.name || t("nameless");
  const close = () => setDialog(null);
  return (
    <>
      <Section
        title={
          <span className={styles.row}>
            <Link to={`/customers/${id}`}>{name}</Link>
            {value?.frozen && <Tag tone="bad">{t("frozen")}</Tag>}
          </span>
        }
        extra={
          value && (
            <span className={`${styles.row} ${styles.noPrint}`}>
              <StoreChoice storeId={storeId} onChoose={setStoreId} />
              <Button onClick={() => setDialog("refund")} disabled={value.refundable_minor === 0 || !!value.frozen}>
                {t("refund.button")}
              </Button>
              <Button onClick={() => setDialog("freeze")}>{t(value.frozen ? "thaw.button" : "freeze.button")}</Button>
              {may("loyalty.adjust") && <Button onClick={() => setDialog("adjust")}>{t("adjust.button")}</Button>}
            </span>
          )
        }
      >
        {value?.frozen && (
          <Alert
            type="warning"
            showIcon
            title={t("frozen_words", { actor: value.frozen.actor, reason: value.frozen.reason })}
          />
        )}
        <Figures
          loading={!value}
          figures={[
            {
              key: "balance",
              label: t("balance"),
              value: value && <Money minor={value.balance_minor} currency={value.currency} />,
            },
            {
              key: "paid",
              label: t("paid"),
              value: value && <Money minor={value.paid_minor} currency={value.currency} />,
            },
            {
              key: "bonus",
              label: t("bonus"),
              value: value && <Money minor={value.bonus_minor} currency={value.currency} />,
            },
            ...(value && value.held_minor !== 0
              ? [{ key: "held", label: t("held"), value: <Money minor={value.held_minor} currency={value.currency} /> }]
              : []),
            {
              key: "room",
              label: t("room"),
              value:
                value &&
                (value.room_minor === null ? (
                  t("no_limit")
                ) : (
                  <Money minor={value.room_minor} currency={value.currency} />
                )),
              note:
                value && value.most_minor !== null
                  ? t(value.is_named ? "room_note_named" : "room_note_unnamed", { most: amount(value.most_minor) })
                  : undefined,
            },
          ]}
        />
      </Section>
      {value && (
        <>
          <div className={styles.noPrint}>
            <TopUpSection id={id} value={value} storeId={storeId} />
          </div>
          <div className={styles.noPrint}>
            <CountCardsSection id={id} name={name} storeId={storeId} />
          </div>
          <TopUps value={value} />
          <StatementSection id={id} name={name} />
          {dialog === "refund" && <RefundDialog id={id} value={value} storeId={storeId} onClose={close} />}
          {dialog === "freeze" && <FreezeDialog id={id} frozen={!!value.frozen} onClose={close} />}
          {dialog === "adjust" && <AdjustDialog id={id} name={name} start="money" onClose={close} />}
        </>
      )}
    </>
  );
}

/** Where this desk stands; remembered by the browser. */
function StoreChoice({ storeId, onChoose }: { storeId: number | null; onChoose: (id: number | null) => void }) {
  const { t } = useTranslation("desk");
  const stores = useStoresOfDesk().data?.items ?? [];
  const known = stores.some(({ id }) => id === storeId);
  const onlyId = stores.length === 1 ? (stores[0]?.id ?? null) : null;
  useEffect(() => {
    if (onlyId !== null && storeId !== onlyId) onChoose(onlyId);
  }, [onlyId, storeId, onChoose]);
  return (
    <Select
      className={styles.amount}
      aria-label={t("store")}
      placeholder={t("store_choose")}
      allowClear
      showSearch={{ optionFilterProp: "label" }}
      value={known ? storeId : null}
      options={stores.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(next: number | undefined) => onChoose(next ?? null)}
    />
  );
}

function TopUpSection({ id, value, storeId }: { id: number; value: Value; storeId: number | null }) {
  const { t } = useTranslation("desk");
  const { message } = App.useApp();
  const plans = usePlans(true).data;
  const topUp = useTopUp(id);
  const amount = useAmounts(value.currency);
  const [planKey, setPlanKey] = useState("");
  const [typed, setTyped] = useState<number | null>(null);
  const [tender, setTender] = useState<Tender>("wallet");
  const plan = plans?.plans.find(({ key }) => key === planKey);
  const minor = plan?.pay_minor ?? typed;
  if (!plans) return null;
  return (
    <Section title={t("top_up.title")}>
      <Card>
        {plans.plans.length > 0 && (
          <div className={styles.plans}>
            {plans.plans.map((one) => (
              <Button
                key={one.key}
                className={styles.plan}
                type={one.key === planKey ? "primary" : "default"}
                aria-pressed={one.key === planKey}
                onClick={() => setPlanKey(one.key === planKey ? "" : one.key)}
              >
                <strong>{amount(one.pay_minor)}</strong>
                <span>
                  {(one.bonus_minor ?? 0) > 0 ? t("top_up.gives", { amount: amount(one.bonus_minor ?? 0) }) : one.name}
                </span>
              </Button>
            ))}
          </div>
        )}
        {plans.plans.length === 0 && !plans.any_amount && <p>{t("top_up.none")}</p>}
        <div className={styles.row}>
          {plans.any_amount && (
            <AmountInput
              className={styles.amount}
              label={t("top_up.any")}
              currency={value.currency}
              minor={minor}
              onChange={(next) => {
                setPlanKey("");
                setTyped(next);
              }}
            />
          )}
          <Select
            className={styles.amount}
            aria-label={t("top_up.tender")}
            value={tender}
            options={TENDERS.map((one) => ({ value: one, label: t(`tender.${one}`) }))}
            onChange={setTender}
          />
          <Button
            type="primary"
            disabled={minor === null || minor <= 0}
            loading={topUp.isPending}
            onClick={() =>
              minor !== null &&
              topUp.mutate(
                { tenders: [{ tender, amount_minor: minor }], plan_key: plan?.key ?? "", store_id: storeId },
                {
                  onSuccess: (done) => {
                    void message.success(t("top_up.done", { amount: amount(done.value.balance_minor) }));
                    setPlanKey("");
                    setTyped(null);
                  },
                },
              )
            }
          >
            {t("top_up.button", { amount: amount(minor ?? 0) })}
          </Button>
        </div>
        <div className={styles.gap}>
          <Refused error={topUp.error} />
        </div>
      </Card>
    </Section>
  );
}

function TopUps({ value }: { value: Value }) {
  const { t } = useTranslation("desk");
  const money = (minor: number) => <Money minor={minor} currency={value.currency} />;
  const columns: Column<TopUp>[] = [
    { key: "at", title: t("top_ups.at"), identity: true, cell: ({ at }) => <When at={at} exact /> },
    {
      key: "paid",
      title: t("paid"),
      align: "end",
      onCard: true,
      cell: ({ paid_minor, tenders }) => (
        <>
          {money(paid_minor)}
          <span className={styles.faint}>{tenders.map(({ tender }) => t(`tender.${tender}`)).join(" + ")}</span>
        </>
      ),
    },
    { key: "bonus", title: t("bonus"), align: "end", cell: ({ bonus_minor }) => money(bonus_minor) },
    { key: "left", title: t("top_ups.left"), align: "end", onCard: true, cell: (one) => money(one.paid_left_minor) },
    { key: "bonus_left", title: t("top_ups.bonus_left"), align: "end", cell: (one) => money(one.bonus_left_minor) },
    { key: "by", title: t("top_ups.by"), cell: ({ actor }) => actor },
  ];
  return (
    <div className={styles.noPrint}>
      <Section title={t("top_ups.title")}>
        {value.top_ups.length === 0 ? (
          <p className={styles.faint}>{t("top_ups.none")}</p>
        ) : (
          <DataTable
            caption={t("top_ups.title")}
            columns={columns}
            rows={value.top_ups}
            rowKey={({ id }) => id}
            dense
          />
        )}
      </Section>
    </div>
  );
}
