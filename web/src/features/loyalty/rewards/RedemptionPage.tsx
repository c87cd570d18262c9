import { App, Button, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, None, When } from "@/components/figures";
import { Card, type Fact, Facts, PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { useCancelRedemption, useFulfil, useRedemption, type WholeRedemption } from "./api";
import styles from "./rewards.module.css";
import { RedemptionStateTag, spoken, useRewardName } from "./words";

/** One exchange: what she got, what one does with it at the desk, and everything that happened to it. */
export function RedemptionPage() {
  const { t } = useTranslation("rewards");
  const may = useMay();
  const name = useRewardName();
  const query = useRedemption(Number(useParams().id), may("loyalty.read"));
  const redemption = query.data;
  if (!may("loyalty.read")) return <NoPermission what={t("redemptions.title")} />;
  if (query.error && !redemption) {
    return (
      <PlainPage title={t("redemptions.title")}>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </PlainPage>
    );
  }
  return (
    <PlainPage
      title={redemption ? name(redemption) : ""}
      mark={redemption && <RedemptionStateTag state={redemption.state} />}
      above={<Link to="/loyalty/redemptions">{t("redemptions.title")}</Link>}
      actions={redemption && may("loyalty.serve") && <Deeds redemption={redemption} />}
    >
      {redemption ? <View redemption={redemption} /> : <BoneLines lines={6} />}
    </PlainPage>
  );
}

function View({ redemption }: { redemption: WholeRedemption }) {
  const { t } = useTranslation("rewards");
  const { language } = useReading();
  const { customer, coupon_code, benefit_code, store_name } = redemption;
  const use = language === "en" ? redemption.use_en : redemption.use_zh;
  const facts: Fact[] = [
    { key: "code", label: t("one.code"), value: <code className={styles.code}>{spoken(redemption.code)}</code> },
    {
      key: "member",
      label: t("one.member"),
      value: customer ? (
        <Link to={`/customers/${customer.id}?tab=value`}>{customer.name || `#${customer.id}`}</Link>
      ) : (
        t("redemptions.elsewhere")
      ),
    },
    { key: "points", label: t("one.points"), value: <Count value={redemption.points} /> },
    { key: "at", label: t("one.at"), value: <When at={redemption.requested_at} /> },
    ...(redemption.state === "requested"
      ? [{ key: "until", label: t("one.until"), value: <When at={redemption.until_at} /> }]
      : []),
    ...(store_name ? [{ key: "store", label: t("one.store"), value: store_name }] : []),
    ...(coupon_code ? [{ key: "coupon", label: t("one.coupon"), value: <code>{coupon_code}</code> }] : []),
    ...(benefit_code ? [{ key: "benefit", label: t("one.benefit"), value: <code>{benefit_code}</code> }] : []),
    ...(use ? [{ key: "use", label: t("one.use"), value: use }] : []),
  ];
  type Change = WholeRedemption["changes"][number];
  const columns: Column<Change>[] = [
    { key: "at", title: t("one.column.at"), identity: true, width: 180, cell: ({ at }) => <When at={at} /> },
    {
      key: "state",
      title: t("one.column.state"),
      width: 140,
      onCard: true,
      cell: ({ to_state }) => <RedemptionStateTag state={to_state} />,
    },
    { key: "who", title: t("one.column.who"), width: 180, onCard: true, cell: ({ actor }) => actor || <None /> },
    { key: "note", title: t("one.column.note"), onCard: true, cell: ({ note }) => note || <None /> },
  ];
  return (
    <>
      <Card>
        <Facts facts={facts} />
      </Card>
      <div className={styles.history}>
        <Section title={t("one.history")}>
          <DataTable
            caption={t("one.history")}
            columns={columns}
            rows={redemption.changes}
            rowKey={({ at, to_state }) => `${at} ${to_state}`}
          />
        </Section>
      </div>
    </>
  );
}

function Deeds({ redemption }: { redemption: WholeRedemption }) {
  const { t } = useTranslation("rewards");
  const { t: kit } = useTranslation("kit");
  const { modal, message } = App.useApp();
  const name = useRewardName();
  const fulfil = useFulfil();
  const [cancelling, setCancelling] = useState(false);
  const waits = redemption.state === "requested";
  return (
    <>
      <Refused error={fulfil.error} />
      {(waits || (redemption.state === "fulfilled" && !redemption.benefit_code)) && (
        <Button onClick={() => setCancelling(true)}>{t("one.cancel")}</Button>
      )}
      {waits && (
        <Button
          type="primary"
          loading={fulfil.isPending}
          onClick={() =>
            modal.confirm({
              title: t("one.fulfil_sure", { name: name(redemption), points: redemption.points }),
              okText: t("one.fulfil"),
              cancelText: kit("cancel"),
              onOk: () => fulfil.mutate(redemption.code, { onSuccess: () => void message.success(t("one.fulfilled")) }),
            })
          }
        >
          {t("one.fulfil")}
        </Button>
      )}
      {cancelling && <CancelDialog redemption={redemption} onClose={() => setCancelling(false)} />}
    </>
  );
}

function CancelDialog({ redemption, onClose }: { redemption: WholeRedemption; onClose: () => void }) {
  const { t } = useTranslation("rewards");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const cancel = useCancelRedemption(redemption.id);
  const [form] = Form.useForm<{ note: string }>();
  return (
    <Modal
      open
      title={t("one.cancel_title", { points: redemption.points })}
      okText={t("one.cancel")}
      cancelText={kit("cancel")}
      confirmLoading={cancel.isPending}
      onCancel={onClose}
      onOk={form.submit}
    >
      <Form
        form={form}
        layout="vertical"
        onFinish={({ note }) =>
          cancel.mutate(note, {
            onSuccess: () => {
              void message.success(t("one.cancelled"));
              onClose();
            },
          })
        }
      >
        <Refused error={cancel.error} />
        <p>{t("one.cancel_words")}</p>
        <Form.Item
          name="note"
          label={t("one.cancel_note")}
          rules={[{ required: true, whitespace: true, message: t("form.required") }]}
        >
          <Input autoFocus maxLength={300} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
