import { EditOutlined, EyeOutlined, MergeOutlined, SafetyOutlined } from "@ant-design/icons";
import { App, Button, Form, Modal, Popover, Radio, Segmented, Select } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import { useCodeWords } from "@/components/codes";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Day, Masked, Money, None, When } from "@/components/figures";
import { type Fact, Facts, type Figure, ObjectPage } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag, type Tone } from "@/components/Tag";
import { dayOf } from "@/format/when";
import {
  type ConsentEvent,
  type ConsentState,
  type ConsentWord,
  type CustomerFile,
  type OrderRow,
  type PersonalData,
  useConsentHistory,
  useCustomer,
  useOrdersOf,
  useRecordConsent,
  useTimeline,
  useUnmask,
} from "./api";
import { CustomerForm } from "./CustomerForm";
import styles from "./customers.module.css";
import { CircleTab } from "./file/CircleTab";
import { CouponsTab } from "./file/CouponsTab";
import { FileTab } from "./file/FileTab";
import { TierTab } from "./file/TierTab";
import { ValueTab } from "./file/ValueTab";
import { IdentitiesTab } from "./IdentitiesTab";
import { Interests } from "./Interests";
import { Story } from "./Story";

const TABS = [
  "timeline",
  "file",
  "tier",
  "value",
  "circle",
  "orders",
  "messages",
  "coupons",
  "identities",
  "consents",
] as const;
const FIELDS = { tab: choiceField(TABS, "timeline"), kind: textField() };

export function CustomerPage() {
  const { t } = useTranslation("customers");
  const may = useMay();
  const id = Number(useParams().id);
  if (!may("customers.read")) return <NoPermission what={t("title")} />;
  return <CustomerView key={id} id={id} />;
}

function CustomerView({ id }: { id: number }) {
  const { t } = useTranslation("customers");
  const { t: words } = useTranslation("file");
  const { t: tiers } = useTranslation("tiers");
  const { t: points } = useTranslation("points");
  const may = useMay();
  const address = useAddress(FIELDS);
  const customer = useCustomer(id);
  const [clear, setClear] = useState<PersonalData | null>(null);
  const [editing, setEditing] = useState(false);
  const file = customer.data;
  const figures = useFigures(file);

  if (customer.error && !file) return <ErrorState error={customer.error} onRetry={() => void customer.refetch()} />;
  const erased = file?.state === "erased";
  const name = file ? clear?.name || file.name || `${t("unnamed")} #${file.id}` : "";

  return (
    <>
      <ObjectPage
        loading={!file}
        above={<Link to="/customers">{t("file.back")}</Link>}
        title={erased ? t("file.erased") : name}
        mark={file && !erased && <Membership file={file} />}
        about={file && <ContactLine file={file} clear={clear} />}
        actions={
          file &&
          !erased && (
            <>
              {may("customers.unmask") && !clear && <Reveal id={id} onClear={setClear} />}
              {may("privacy.manage") && (
                <Link to={`/privacy/new?customer=${id}`}>
                  <Button icon={<SafetyOutlined />}>{t("file.privacy")}</Button>
                </Link>
              )}
              {may("customers.merge") && (
                <Link to={`/customers/merge?a=${id}`}>
                  <Button icon={<MergeOutlined />}>{t("file.merge")}</Button>
                </Link>
              )}
              {may("customers.write") && (
                <Button icon={<EditOutlined />} onClick={() => setEditing(true)}>
                  {t("file.edit")}
                </Button>
              )}
            </>
          )
        }
        figures={figures}
        tab={address.values.tab}
        onTab={(tab) => address.change({ tab: tab as (typeof TABS)[number], kind: "" }, { replace: true })}
        tabs={[
          {
            key: "timeline",
            label: t("file.timeline"),
            content: (
              <TimelineTab
                id={id}
                kind={address.values.kind}
                onKind={(kind) => address.change({ kind }, { replace: true })}
              />
            ),
          },
          ...(file && !erased
            ? [
                { key: "file", label: words("tab"), content: <FileTab file={file} clear={clear} /> },
                ...(may("loyalty.read")
                  ? [{ key: "tier", label: tiers("file.tab"), content: <TierTab id={id} /> }]
                  : []),
                ...(may("loyalty.read")
                  ? [
                      {
                        key: "value",
                        label: points("tab"),
                        content: <ValueTab id={id} name={file.name} />,
                      },
                    ]
                  : []),
                { key: "circle", label: words("circle_tab"), content: <CircleTab file={file} /> },
              ]
            : []),
          ...(may("orders.read")
            ? [{ key: "orders", label: t("file.tab_orders"), content: <OrdersTab id={id} /> }]
            : []),
          { key: "messages", label: t("file.tab_messages"), content: <KindTab id={id} kind="message" /> },
          ...(may("offers.read")
            ? [{ key: "coupons", label: t("file.tab_coupons"), content: <CouponsTab id={id} /> }]
            : []),
          { key: "identities", label: t("file.tab_identities"), content: <IdentitiesTab id={id} /> },
          { key: "consents", label: t("file.tab_consents"), content: <ConsentsTab id={id} /> },
        ]}
        side={file && <Side file={file} clear={clear} />}
      />
      {editing && file && <CustomerForm file={file} onClose={() => setEditing(false)} onSaved={() => setClear(null)} />}
    </>
  );
}

function Membership({ file }: { file: CustomerFile }) {
  const { t } = useTranslation("customers");
  const { language, timezone } = useReading();
  if (!file.member_since_at) return <Tag>{t("file.passerby")}</Tag>;
  const date = dayOf(new Date(file.member_since_at), { language, timezone });
  return <Tag tone="accent">{t("file.since", { date })}</Tag>;
}

function ContactLine({ file, clear }: { file: CustomerFile; clear: PersonalData | null }) {
  return (
    <span className={styles.about}>
      {file.phone && <Masked masked={file.phone} clear={clear?.phone} />}
      {file.email && <Masked masked={file.email} clear={clear?.email} />}
      {file.city && <span>{[file.province, file.city, file.district].filter(Boolean).join(" ")}</span>}
      {file.home_store && <span>{file.home_store.name}</span>}
    </span>
  );
}

function useFigures(file: CustomerFile | undefined): Figure[] {
  const { t } = useTranslation("customers");
  const { language, timezone } = useReading();
  const [main, ...others] = file?.totals ?? [];
  const day = (at: string) => dayOf(new Date(at), { language, timezone });
  return [
    {
      key: "spent",
      label: t("file.spent"),
      value: main ? <Money minor={main.net_minor} currency={main.currency} /> : <None />,
      note: others.map((other) => (
        <span key={other.currency}>
          + <Money minor={other.net_minor} currency={other.currency} />{" "}
        </span>
      )),
    },
    {
      key: "orders",
      label: t("file.orders"),
      value: <Count value={file?.orders_count} />,
      note: file && file.returns_count > 0 ? t("file.returns", { count: file.returns_count }) : null,
    },
    {
      key: "average",
      label: t("file.average"),
      value: main ? <Money minor={main.average_minor} currency={main.currency} /> : <None />,
    },
    {
      key: "last",
      label: t("file.last_order"),
      value: <When at={file?.last_order_at} />,
      note: file?.first_order_at ? t("file.first_order", { date: day(file.first_order_at) }) : null,
    },
  ];
}

const REASONS = ["reason_contact", "reason_verify", "reason_case", "reason_fix"] as const;

function Reveal({ id, onClear }: { id: number; onClear: (data: PersonalData) => void }) {
  const { t } = useTranslation("customers");
  const { message } = App.useApp();
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState<(typeof REASONS)[number]>("reason_contact");
  const unmask = useUnmask(id);
  const show = () =>
    unmask.mutate(t(`file.${reason}`), {
      onSuccess: (data) => {
        setOpen(false);
        onClear(data);
        void message.info(t("file.revealed"));
      },
    });
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      arrow={false}
      open={open}
      onOpenChange={setOpen}
      title={t("file.reveal_title")}
      content={
        <div>
          <p className={styles.soft}>{t("file.reveal_words")}</p>
          <Radio.Group
            className={styles.reasons}
            value={reason}
            options={REASONS.map((value) => ({ value, label: t(`file.${value}`) }))}
            onChange={(event) => setReason(event.target.value as typeof reason)}
          />
          <Button type="primary" loading={unmask.isPending} onClick={show}>
            {t("file.reveal")}
          </Button>
        </div>
      }
    >
      <Button icon={<EyeOutlined />}>{t("file.reveal")}</Button>
    </Popover>
  );
}

function Side({ file, clear }: { file: CustomerFile; clear: PersonalData | null }) {
  const { t } = useTranslation("customers");
  const facts: Fact[] = [
    { key: "phone", label: t("column.phone"), value: <Masked masked={file.phone} clear={clear?.phone} /> },
    { key: "email", label: t("column.email"), value: <Masked masked={file.email} clear={clear?.email} /> },
    ...(file.card_number
      ? [{ key: "card", label: t("form.card"), value: <Masked masked={file.card_number} clear={clear?.card_number} /> }]
      : []),
    ...(clear?.address ? [{ key: "address", label: t("file.address"), value: clear.address }] : []),
    ...(file.gender ? [{ key: "gender", label: t("form.gender"), value: t(`form.${file.gender}`) }] : []),
    ...(file.birth_on ? [{ key: "birth", label: t("form.birthday"), value: <Day on={file.birth_on} /> }] : []),
    ...(file.language
      ? [{ key: "language", label: t("form.language"), value: file.language === "en" ? "English" : "简体中文" }]
      : []),
    ...(file.occupation ? [{ key: "occupation", label: t("form.occupation"), value: file.occupation }] : []),
    ...(file.home_store ? [{ key: "store", label: t("column.store"), value: file.home_store.name }] : []),
    ...(file.source ? [{ key: "source", label: t("file.source"), value: file.source.name }] : []),
    { key: "created", label: t("file.created"), value: <When at={file.created_at} /> },
  ];
  return (
    <>
      <section>
        <h2 className={styles.sideTitle}>{t("file.about")}</h2>
        <Facts facts={facts} />
      </section>
      <ConsentSide file={file} />
      {file.tags.length > 0 && (
        <section>
          <h2 className={styles.sideTitle}>{t("file.tags")}</h2>
          <span className={styles.tags}>
            {file.tags.map((tag) => (
              <Link key={tag} to={`/customers?tag=${encodeURIComponent(tag)}`}>
                <Tag>{tag}</Tag>
              </Link>
            ))}
          </span>
        </section>
      )}
      <Interests id={file.id} />
      <Identities file={file} />
      {file.notes && (
        <section>
          <h2 className={styles.sideTitle}>{t("file.notes")}</h2>
          <p className={styles.notes}>{file.notes}</p>
        </section>
      )}
    </>
  );
}

/** Identifiers beyond phone, e-mail and card, which stand on the file already. */
function Identities({ file }: { file: CustomerFile }) {
  const { t } = useTranslation("customers");
  const others = file.identities.filter(({ kind }) => !["phone", "email", "card"].includes(kind));
  if (others.length === 0) return null;
  return (
    <section>
      <h2 className={styles.sideTitle}>{t("file.identities")}</h2>
      <ul className={styles.list}>
        {others.map((identity) => (
          <li key={`${identity.kind}-${identity.source?.id}-${identity.value}`} className={styles.listRow}>
            <span className={styles.soft}>{identity.source?.name ?? t(`identity.${identity.kind as "external"}`)}</span>
            <span>{identity.value}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const CONSENT_TONES: Record<ConsentState, Tone> = { granted: "good", denied: "bad", withdrawn: "bad" };

function ConsentSide({ file }: { file: CustomerFile }) {
  const { t } = useTranslation("customers");
  const may = useMay();
  const [noting, setNoting] = useState(false);
  return (
    <section>
      <div className={styles.sideTitle}>
        <h2>{t("file.consents")}</h2>
        {may("customers.write") && (
          <Button type="text" size="small" onClick={() => setNoting(true)}>
            {t("consent.change")}
          </Button>
        )}
      </div>
      {file.consents.length === 0 ? (
        <p className={styles.soft}>{t("file.no_consents")}</p>
      ) : (
        <ul className={styles.list}>
          {file.consents.map(({ channel, purpose, state, given_at }) => (
            <li key={`${channel}-${purpose}`} className={styles.listRow}>
              <span>
                {t(`consent.${channel}`)} · {t(`consent.${purpose}`)}
              </span>
              <span className={styles.soft}>
                <Tag tone={CONSENT_TONES[state]}>{t(`consent.${state}`)}</Tag> <When at={given_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {noting && <ConsentForm id={file.id} onClose={() => setNoting(false)} />}
    </section>
  );
}

interface ConsentValues extends Pick<ConsentWord, "channel" | "purpose" | "state"> {
  readonly how: "how_phone" | "how_store" | "how_chat" | "how_paper";
}

function ConsentForm({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("customers");
  const { t: kit } = useTranslation("kit");
  const [form] = Form.useForm<ConsentValues>();
  const record = useRecordConsent(id);
  const options = <V extends string>(values: readonly V[], label: (value: V) => string) =>
    values.map((value) => ({ value, label: label(value) }));
  return (
    <Modal
      open
      title={t("consent.title")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("consent.save")}
      cancelText={kit("cancel")}
      confirmLoading={record.isPending}
    >
      <Form<ConsentValues>
        form={form}
        layout="vertical"
        initialValues={{ channel: "email", purpose: "marketing", state: "granted", how: "how_store" }}
        onFinish={({ how, ...values }) =>
          record.mutate({ ...values, how: how.replace("how_", "") }, { onSuccess: onClose })
        }
      >
        <Refused error={record.error} />
        <div className={styles.pair}>
          <Form.Item name="channel" label={t("consent.channel")}>
            <Select options={options(["email", "sms", "wechat", "phone"] as const, (value) => t(`consent.${value}`))} />
          </Form.Item>
          <Form.Item name="purpose" label={t("consent.purpose")}>
            <Select options={options(["marketing", "service"] as const, (value) => t(`consent.${value}`))} />
          </Form.Item>
        </div>
        <Form.Item name="state" label={t("consent.state")}>
          <Radio.Group
            options={options(["granted", "denied", "withdrawn"] as const, (value) => t(`consent.${value}`))}
          />
        </Form.Item>
        <Form.Item name="how" label={t("consent.how")}>
          <Select
            options={options(["how_store", "how_phone", "how_chat", "how_paper"] as const, (value) =>
              t(`consent.${value}`),
            )}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}

const KINDS = [
  "order",
  "return",
  "message",
  "receipt",
  "coupon",
  "points",
  "reward",
  "used_up",
  "consent",
  "identity",
  "merge",
  "claim",
  "event",
  "cart",
  "check_in",
  "interest",
  "tag",
  "note",
  "change",
] as const;

function TimelineTab({ id, kind, onKind }: { id: number; kind: string; onKind: (kind: string) => void }) {
  const { t } = useTranslation("customers");
  return (
    <>
      <div className={styles.kinds}>
        <Segmented
          size="small"
          value={kind}
          onChange={onKind}
          options={[
            { value: "", label: t("view.all") },
            ...KINDS.map((value) => ({ value, label: t(`timeline.kind.${value}`) })),
          ]}
        />
      </div>
      <StoryPages
        id={id}
        kinds={kind === "" ? [] : [kind]}
        empty={<EmptyState title={t("timeline.empty_title")} purpose={t("timeline.empty")} />}
      />
    </>
  );
}

function KindTab({ id, kind }: { id: number; kind: "message" | "coupon" }) {
  const { t } = useTranslation("customers");
  const words = kind === "message" ? ("messages" as const) : ("coupons" as const);
  return (
    <StoryPages
      id={id}
      kinds={[kind]}
      empty={<EmptyState title={t(`${words}.empty_title`)} purpose={t(`${words}.empty`)} />}
    />
  );
}

function StoryPages({ id, kinds, empty }: { id: number; kinds: readonly string[]; empty: ReactNode }) {
  const timeline = useTimeline(id, kinds);
  if (timeline.error) return <ErrorState error={timeline.error} compact onRetry={() => void timeline.refetch()} />;
  if (!timeline.data) return <BoneLines lines={8} />;
  const entries = timeline.data.pages.flatMap(({ items }) => items);
  if (entries.length === 0) return empty;
  return (
    <>
      <Story entries={entries} />
      <More query={timeline} />
    </>
  );
}

function More({
  query,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}) {
  const { t } = useTranslation("customers");
  return (
    <div className={styles.more}>
      {query.hasNextPage ? (
        <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("file.more")}
        </Button>
      ) : (
        t("file.end")
      )}
    </div>
  );
}

function OrdersTab({ id }: { id: number }) {
  const { t } = useTranslation("customers");
  const say = useCodeWords("timeline");
  const orders = useOrdersOf(id);
  const rows = orders.data?.pages.flatMap(({ items }) => items);
  if (orders.error && !rows) return <ErrorState error={orders.error} compact onRetry={() => void orders.refetch()} />;
  if (rows?.length === 0) return <EmptyState title={t("orders.empty_title")} purpose={t("orders.empty")} />;
  const columns: Column<OrderRow>[] = [
    {
      key: "number",
      title: t("orders.number"),
      identity: true,
      cell: (order) => (
        <>
          {order.external_id} {order.kind === "return" && <Tag tone="warning">{t("orders.return")}</Tag>}
          {order.state === "cancelled" && <Tag>{t("orders.cancelled")}</Tag>}
        </>
      ),
    },
    { key: "at", title: t("orders.at"), onCard: true, cell: (order) => <When at={order.placed_at} /> },
    { key: "channel", title: t("orders.channel"), cell: (order) => say(`channel.${order.channel}`) ?? order.channel },
    { key: "store", title: t("orders.store"), onCard: true, cell: (order) => order.store?.name ?? <None /> },
    {
      key: "amount",
      title: t("orders.amount"),
      align: "end",
      onCard: true,
      cell: (order) => <Money minor={order.net.amount_minor} currency={order.net.currency} />,
    },
  ];
  return (
    <>
      <DataTable
        caption={t("file.tab_orders")}
        columns={columns}
        rows={rows}
        rowKey={(order) => order.id}
        rowHref={(order) => `/orders/${order.id}`}
      />
      {rows && <More query={orders} />}
    </>
  );
}

function ConsentsTab({ id }: { id: number }) {
  const { t } = useTranslation("customers");
  const history = useConsentHistory(id);
  const say = useCodeWords("timeline");
  if (history.error) return <ErrorState error={history.error} compact onRetry={() => void history.refetch()} />;
  if (history.data?.items.length === 0)
    return <EmptyState title={t("consent.empty")} purpose={t("file.no_consents")} />;
  const columns: Column<ConsentEvent>[] = [
    { key: "at", title: t("consent.at"), cell: (event) => <When at={event.given_at} /> },
    {
      key: "what",
      title: t("consent.channel"),
      identity: true,
      cell: (event) => `${t(`consent.${event.channel}`)} · ${t(`consent.${event.purpose}`)}`,
    },
    {
      key: "state",
      title: t("consent.state"),
      onCard: true,
      cell: (event) => <Tag tone={CONSENT_TONES[event.state]}>{t(`consent.${event.state}`)}</Tag>,
    },
    { key: "how", title: t("consent.via"), onCard: true, cell: (event) => say(`how.${event.how}`) ?? event.how },
  ];
  return (
    <DataTable
      caption={t("file.tab_consents")}
      columns={columns}
      rows={history.data?.items}
      rowKey={(event) => event.id}
    />
  );
}
