import { EditOutlined, MoreOutlined, SendOutlined } from "@ant-design/icons";
import { Alert, App, Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, None, When } from "@/components/figures";
import { choiceFilter, FilterBar } from "@/components/filters";
import { Pager } from "@/components/ListPage";
import { Card, type Fact, Facts, ObjectPage } from "@/components/layout";
import { EmptyState, ErrorState, NoPermission, ZeroResults } from "@/components/states";
import {
  DELIVERY_STATES,
  type Delivery,
  useDeleteWebhook,
  useDeliveries,
  useSendTest,
  useSwitchWebhook,
  useWebhook,
  type Webhook,
} from "./api";
import { DeliveryDrawer } from "./DeliveryDrawer";
import { EditDialog, ReplayDialog, RotateDialog, SecretDialog } from "./dialogs";
import styles from "./webhooks.module.css";
import { HealthTag, StateTag, useEventWords, useOutcomeWords } from "./words";

const FIELDS = {
  tab: choiceField(["deliveries", "setup"], "deliveries"),
  state: textField(),
  cursor: textField(),
  delivery: textField(),
};

/** One webhook: how it is, what was sent, and what one does to it. */
export function WebhookPage() {
  const { t } = useTranslation("webhooks");
  const id = Number(useParams().id);
  const may = useMay();
  if (!may("webhooks.manage")) return <NoPermission what={t("title")} />;
  return <WebhookView key={id} id={id} />;
}

function WebhookView({ id }: { id: number }) {
  const { t } = useTranslation("webhooks");
  const address = useAddress(FIELDS);
  const query = useWebhook(id);
  const webhook = query.data;
  if (query.error && !webhook) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const counted = (state: string, value: number | undefined) => (
    <Link to={address.with({ tab: "deliveries", state, cursor: "" })} className={styles.figureLink}>
      <Count value={value} />
    </Link>
  );
  return (
    <ObjectPage
      title={webhook ? webhook.description || hostOf(webhook.url) : t("title")}
      mark={webhook && <HealthTag webhook={webhook} />}
      above={<Link to="/settings/webhooks">{t("title")}</Link>}
      about={webhook && <span className={styles.mono}>{webhook.url}</span>}
      loading={!webhook}
      actions={webhook && <Actions webhook={webhook} />}
      figures={[
        { key: "delivered", label: t("figure.delivered"), value: counted("delivered", webhook?.delivered) },
        { key: "failed", label: t("figure.failed"), value: counted("failed", webhook?.failed) },
        { key: "waiting", label: t("figure.waiting"), value: counted("pending", webhook?.waiting) },
        {
          key: "last",
          label: t("figure.last"),
          value: webhook?.last_success_at ? <When at={webhook.last_success_at} /> : <None />,
        },
      ]}
      tab={address.values.tab}
      onTab={(tab) => address.change({ tab: tab as "deliveries" | "setup" })}
      tabs={[
        {
          key: "deliveries",
          label: t("tab.deliveries"),
          content: webhook && (
            <>
              <Notice webhook={webhook} />
              <Deliveries webhook={webhook} />
            </>
          ),
        },
        { key: "setup", label: t("tab.setup"), content: webhook && <Setup webhook={webhook} /> },
      ]}
    />
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** Why it is not well, and what follows. */
function Notice({ webhook }: { webhook: Webhook }) {
  const { t, i18n } = useTranslation("webhooks");
  const at = (text: string) =>
    new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(text));
  const { health, disabled_reason, failing_since_at, held_until_at } = webhook;
  if (health === "off" && disabled_reason !== "") {
    const type = disabled_reason === "person" ? "info" : "error";
    return <Alert className={styles.notice} type={type} showIcon title={t(`off.${disabled_reason}`)} />;
  }
  if (health === "failing" && failing_since_at) {
    const since = at(failing_since_at);
    return <Alert className={styles.notice} type="warning" showIcon title={t("failing_words", { since })} />;
  }
  if (health === "held" && held_until_at) {
    const until = at(held_until_at);
    return <Alert className={styles.notice} type="info" showIcon title={t("held_words", { until })} />;
  }
  return null;
}

type Open = "edit" | "replay" | "rotate" | null;

function Actions({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("webhooks");
  const { t: kit } = useTranslation("kit");
  const { message, modal } = App.useApp();
  const navigate = useNavigate();
  const [open, setOpen] = useState<Open>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const test = useSendTest(webhook.id);
  const turn = useSwitchWebhook(webhook.id);
  const remove = useDeleteWebhook(webhook.id);
  const isOn = webhook.health !== "off";
  const close = () => setOpen(null);

  const ask = (which: "off" | "remove", onOk: () => Promise<unknown>) =>
    modal.confirm({
      title: t(`action.${which}_title`),
      content: t(`action.${which}_words`),
      okText: t(`action.${which}`),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () => onOk().catch(() => {}),
    });
  const choose = (key: string) => {
    if (key === "off") ask("off", () => turn.mutateAsync(false));
    else if (key === "remove") ask("remove", () => remove.mutateAsync().then(() => navigate("/settings/webhooks")));
    else setOpen(key as Open);
  };

  return (
    <>
      <Button icon={<EditOutlined />} onClick={() => setOpen("edit")}>
        {t("action.edit")}
      </Button>
      {isOn ? (
        <Button
          type="primary"
          icon={<SendOutlined />}
          loading={test.isPending}
          onClick={() => test.mutate(null, { onSuccess: () => void message.success(t("action.test_done")) })}
        >
          {t("action.test")}
        </Button>
      ) : (
        <Button
          type="primary"
          loading={turn.isPending}
          onClick={() => turn.mutate(true, { onSuccess: () => void message.success(t("action.on_done")) })}
        >
          {t("action.on")}
        </Button>
      )}
      <Dropdown
        trigger={["click"]}
        placement="bottomRight"
        menu={{
          items: [
            { key: "replay", label: t("action.replay"), disabled: !isOn },
            { key: "rotate", label: t("action.rotate") },
            ...(isOn ? [{ key: "off", label: t("action.off") }] : []),
            { type: "divider" as const },
            { key: "remove", danger: true, label: t("action.remove") },
          ],
          onClick: ({ key }) => choose(key),
        }}
      >
        <Button icon={<MoreOutlined />} aria-label={t("action.more")} />
      </Dropdown>
      {open === "edit" && <EditDialog webhook={webhook} onClose={close} />}
      {open === "replay" && <ReplayDialog id={webhook.id} onClose={close} />}
      {open === "rotate" && (
        <RotateDialog
          id={webhook.id}
          onClose={close}
          onMade={(made) => {
            close();
            setSecret(made);
          }}
        />
      )}
      <SecretDialog secret={secret} onDone={() => setSecret(null)} />
    </>
  );
}

function Deliveries({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("webhooks");
  const address = useAddress(FIELDS);
  const words = useEventWords();
  const outcome = useOutcomeWords();
  const { state, cursor, delivery } = address.values;
  const deliveries = useDeliveries(webhook.id, { state, cursor });
  const columns: Column<Delivery>[] = [
    { key: "event", title: t("column.event"), identity: true, cell: ({ type }) => words(type) },
    { key: "state", title: t("column.state"), onCard: true, cell: ({ state }) => <StateTag state={state} /> },
    { key: "at", title: t("column.at"), onCard: true, cell: ({ occurred_at }) => <When at={occurred_at} /> },
    {
      key: "answer",
      title: t("column.answer"),
      onCard: true,
      cell: ({ last_outcome, last_status }) => (last_outcome ? outcome(last_outcome, last_status) : <None />),
    },
    {
      key: "attempts",
      title: t("column.attempts"),
      align: "end",
      cell: ({ attempts_count }) => <Count value={attempts_count} />,
    },
    {
      key: "next",
      title: t("column.next"),
      cell: ({ state, due_at }) => (state === "pending" && webhook.health !== "off" ? <When at={due_at} /> : <None />),
    },
    {
      key: "customer",
      title: t("column.customer"),
      cell: ({ customer_id }) =>
        customer_id === null ? <None /> : <Link to={`/customers/${customer_id}`}>#{customer_id}</Link>,
    },
  ];
  if (deliveries.error && !deliveries.data) {
    return <ErrorState compact error={deliveries.error} onRetry={() => void deliveries.refetch()} />;
  }
  const nothing = deliveries.data?.items.length === 0 && cursor === "";
  if (nothing && state === "") return <EmptyState title={t("deliveries.none")} purpose={t("deliveries.none_words")} />;
  return (
    <>
      <FilterBar
        filters={[
          choiceFilter({
            key: "state",
            label: t("deliveries.filter_state"),
            value: state,
            options: DELIVERY_STATES.map((one) => ({ value: one, label: t(`deliveries.state.${one}`) })),
            onChange: (next) => address.change({ state: next, cursor: "" }),
          }),
        ]}
      />
      {nothing ? (
        <ZeroResults relax={[]} onClear={() => address.change({ state: "", cursor: "" })} />
      ) : (
        <>
          <DataTable
            caption={t("deliveries.caption")}
            columns={columns}
            rows={deliveries.data?.items}
            rowKey={({ id }) => id}
            rowName={({ type }) => words(type)}
            rowHref={({ id }) => address.with({ delivery: String(id) })}
            stale={deliveries.isPlaceholderData}
          />
          <Pager
            page={deliveries.data}
            href={(next) => address.with({ cursor: next })}
            cursor={cursor}
            countWords={(count) => (count === null ? "" : t("deliveries.count", { count }))}
          />
        </>
      )}
      {delivery !== "" && (
        <DeliveryDrawer webhook={webhook} id={Number(delivery)} onClose={() => address.change({ delivery: "" })} />
      )}
    </>
  );
}

function Setup({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("webhooks");
  const words = useEventWords();
  const facts: Fact[] = [
    { key: "url", label: t("setup.url"), value: <code className={styles.mono}>{webhook.url}</code> },
    { key: "description", label: t("setup.description"), value: webhook.description || <None /> },
    { key: "events", label: t("setup.events"), value: webhook.event_types.map(words).join(" · ") },
    {
      key: "person",
      label: t("setup.person"),
      value: webhook.includes_person ? t("setup.person_yes") : t("setup.person_no"),
    },
    {
      key: "secret",
      label: t("setup.secret"),
      value: webhook.secrets.map(({ created_at, ends_at }) => (
        <div key={created_at}>
          <When at={created_at} exact />
          {ends_at && (
            <>
              {" → "}
              <When at={ends_at} exact />
            </>
          )}
        </div>
      )),
    },
    {
      key: "made",
      label: t("setup.made"),
      value: (
        <>
          {webhook.created_by} · <When at={webhook.created_at} />
        </>
      ),
    },
  ];
  return (
    <Card>
      <Facts facts={facts} />
    </Card>
  );
}
