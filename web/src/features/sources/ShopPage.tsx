import { App, Button, Form, Input, Radio, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import { CopyField } from "@/components/copy";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Money, None, When } from "@/components/figures";
import { Pager } from "@/components/ListPage";
import { Card, ObjectPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { useTrackedSource } from "./api";
import {
  type Delivery,
  type DeliveryState,
  PLATFORMS,
  type Platform,
  type Receiver,
  STATES,
  useConnect,
  useDisconnect,
  useReceiver,
  useReplay,
  useShopDeliveries,
} from "./shop";
import styles from "./sources.module.css";

const FIELDS = {
  tab: choiceField(["deliveries", "setup"], "deliveries"),
  state: choiceField(["all", ...STATES], "all"),
  cursor: textField(),
};

/** The orders a shop sends by itself: connecting it, and what became of each message. */
export function ShopPage() {
  const { t } = useTranslation("sources");
  const id = Number(useParams().id);
  const may = useMay();
  if (!may("behaviour.manage")) return <NoPermission what={t("shop.title")} />;
  return <ShopView key={id} id={id} />;
}

function ShopView({ id }: { id: number }) {
  const { t } = useTranslation("sources");
  const address = useAddress(FIELDS);
  const source = useTrackedSource(id);
  const query = useReceiver(id);
  const error = source.error ?? query.error;
  const receiver = query.data;
  if (error && receiver === undefined) {
    return <ErrorState error={error} onRetry={() => void query.refetch()} />;
  }
  const setup = query.data !== undefined && (
    // Whoever connects a shop stays here: the address to paste into it is what comes next.
    <Setup id={id} receiver={query.data} onConnect={() => address.change({ tab: "setup" }, { replace: true })} />
  );
  return (
    <ObjectPage
      title={t("shop.of", { name: source.data?.name ?? "" })}
      above={<Link to={`/settings/sources/${id}`}>{source.data?.name ?? t("title")}</Link>}
      about={receiver ? t(`shop.platforms.${receiver.platform}`) : t("shop.about")}
      loading={query.data === undefined || !source.data}
      figures={
        receiver
          ? [
              { key: "taken", label: t("shop.taken_week"), value: <Count value={receiver.taken} /> },
              { key: "failed", label: t("shop.failed_week"), value: <Count value={receiver.failed} /> },
              { key: "last", label: t("last"), value: receiver.last_at ? <When at={receiver.last_at} /> : <None /> },
            ]
          : undefined
      }
      tab={receiver ? address.values.tab : "setup"}
      onTab={(tab) => address.change({ tab: tab as "setup" }, { replace: true })}
      tabs={[
        ...(receiver
          ? [
              {
                key: "deliveries",
                label: t("shop.tab.deliveries"),
                content: (
                  <Deliveries
                    receiver={receiver}
                    state={address.values.state}
                    cursor={address.values.cursor}
                    onState={(state) => address.change({ state, cursor: "" }, { replace: true })}
                    href={(cursor) => address.with({ cursor })}
                  />
                ),
              },
            ]
          : []),
        { key: "setup", label: t("shop.tab.setup"), content: setup },
      ]}
    />
  );
}

const TONES = { waiting: "neutral", taken: "good", skipped: "neutral", failed: "bad" } as const;

function Deliveries({
  receiver,
  state,
  cursor,
  onState,
  href,
}: {
  receiver: Receiver;
  state: "all" | DeliveryState;
  cursor: string;
  onState: (state: "all" | DeliveryState) => void;
  href: (cursor: string) => string;
}) {
  const { t } = useTranslation("sources");
  const { message } = App.useApp();
  const query = useShopDeliveries(receiver.source_id, state === "all" ? undefined : state, cursor);
  const replay = useReplay(receiver.source_id);
  const again = (ids: number[] | null) =>
    replay.mutate(ids, {
      onSuccess: ({ deliveries }) => void message.success(t("shop.replayed", { count: deliveries })),
    });
  const columns: Column<Delivery>[] = [
    {
      key: "topic",
      title: t("shop.column.topic"),
      identity: true,
      cell: ({ topic, object_key }) => (
        <span>
          <span className={styles.mono}>{topic}</span>{" "}
          {object_key && <span className={styles.soft}>{t("shop.order", { number: object_key })}</span>}
        </span>
      ),
    },
    {
      key: "state",
      title: t("shop.column.state"),
      onCard: true,
      cell: (row) => <Tag tone={TONES[row.state]}>{t(`shop.state.${row.state}`)}</Tag>,
    },
    { key: "reason", title: t("shop.column.reason"), onCard: true, cell: (row) => <Reason delivery={row} /> },
    { key: "at", title: t("shop.column.at"), onCard: true, cell: ({ received_at }) => <When at={received_at} /> },
    {
      key: "again",
      title: t("shop.column.again"),
      bare: true,
      cell: ({ id, state: now }) =>
        now === "failed" && (
          <Button size="small" loading={replay.isPending} onClick={() => again([id])}>
            {t("shop.again")}
          </Button>
        ),
    },
  ];
  if (query.error && !query.data) {
    return <ErrorState compact error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (state === "all" && cursor === "" && query.data?.items.length === 0) {
    return <EmptyState title={t("shop.none")} purpose={t("shop.none_words")} />;
  }
  return (
    <>
      <div className={styles.bar}>
        <Segmented<"all" | DeliveryState>
          value={state}
          onChange={onState}
          options={(["all", ...STATES] as const).map((value) => ({ value, label: t(`shop.state.${value}`) }))}
        />
        <Button disabled={receiver.failed === 0} loading={replay.isPending} onClick={() => again(null)}>
          {t("shop.again_all")}
        </Button>
      </div>
      <DataTable
        caption={t("shop.tab.deliveries")}
        columns={columns}
        rows={query.data?.items}
        rowKey={({ id }) => id}
        rowName={({ topic }) => topic}
        stale={query.isPlaceholderData}
      />
      <Pager page={query.data} href={href} cursor={cursor} />
    </>
  );
}

interface Params {
  readonly told_minor: number;
  readonly counted_minor: number;
  readonly currency: string;
  readonly where: string;
}

function Reason({ delivery: { reason, reason_params, customer_id } }: { delivery: Delivery }) {
  const { t } = useTranslation("sources");
  if (!reason)
    return customer_id === null ? <None /> : <Link to={`/customers/${customer_id}`}>{t("open_customer")}</Link>;
  const { told_minor: told, counted_minor: counted, currency, where } = reason_params as Partial<Params>;
  return (
    <span>
      {t(`shop.reason.${reason.replace("receiver.", "") as "test"}`, {
        defaultValue: reason,
        where: where ?? "",
      })}
      {told !== undefined && (
        <span className={styles.soft}>
          {" "}
          {t("shop.told")} <Money minor={told} currency={currency} /> · {t("shop.counted")}{" "}
          <Money minor={counted} currency={currency} />
        </span>
      )}
    </span>
  );
}

interface Values {
  readonly platform: Platform;
  readonly client_id?: string;
  readonly secret?: string;
}

function Setup({ id, receiver, onConnect }: { id: number; receiver: Receiver | null; onConnect: () => void }) {
  const { t } = useTranslation("sources");
  const { message, modal } = App.useApp();
  const connect = useConnect(id);
  const disconnect = useDisconnect(id);
  const [platform, setPlatform] = useState<Platform>(receiver?.platform ?? "shopify");
  const [form] = Form.useForm<Values>();
  const submit = ({ secret, client_id, ...rest }: Values) => {
    onConnect();
    connect.mutate(
      { ...rest, client_id: client_id ?? "", secret: secret || null },
      {
        onSuccess: () => {
          form.setFieldValue("secret", "");
          void message.success(t("saved"));
        },
      },
    );
  };
  const end = () =>
    modal.confirm({
      title: t("shop.disconnect_title"),
      content: t("shop.disconnect_words"),
      okText: t("shop.disconnect"),
      okButtonProps: { danger: true },
      onOk: () => disconnect.mutateAsync(),
    });
  return (
    <div className={styles.stack}>
      {receiver && (
        <Section title={t("shop.address")} about={t(`shop.how.${receiver.platform}`)}>
          <CopyField value={receiver.address} label={t("copy")} done={t("copied")} />
          <p className={styles.topicsTitle}>{t("shop.topics")}</p>
          <div className={styles.topics}>
            {receiver.topics.map((topic) => (
              <code key={topic} className={styles.mono}>
                {topic}
              </code>
            ))}
          </div>
        </Section>
      )}
      <Form<Values>
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={{ platform, client_id: receiver?.client_id ?? "" }}
        onValuesChange={(_, all) => setPlatform(all.platform)}
      >
        <Card>
          <Refused error={connect.error} />
          <Form.Item name="platform" label={t("shop.platform")}>
            <Radio.Group
              options={PLATFORMS.map((value) => ({ value, label: t(`shop.platforms.${value}`) }))}
              optionType="button"
            />
          </Form.Item>
          {platform === "youzan" && (
            <Form.Item
              name="client_id"
              label={t("shop.client_id")}
              rules={[{ required: true, message: t("required") }]}
            >
              <Input autoComplete="off" maxLength={120} />
            </Form.Item>
          )}
          <Form.Item
            name="secret"
            label={t("shop.secret")}
            extra={t(receiver ? "shop.secret_kept" : `shop.secret_where.${platform}`)}
            rules={receiver ? [] : [{ required: true, message: t("required") }]}
          >
            <Input.Password autoComplete="new-password" maxLength={400} />
          </Form.Item>
          <div className={styles.bar}>
            <Button type="primary" htmlType="submit" loading={connect.isPending}>
              {t(receiver ? "shop.save" : "shop.connect")}
            </Button>
            {receiver && (
              <Button danger type="text" onClick={end}>
                {t("shop.disconnect")}
              </Button>
            )}
          </div>
        </Card>
      </Form>
    </div>
  );
}
