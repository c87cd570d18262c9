import { DownloadOutlined, PhoneOutlined, PlusOutlined, PrinterOutlined, TeamOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import { CopyField } from "@/components/copy";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, None, Percent, When } from "@/components/figures";
import { ObjectPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useIsPhone } from "@/components/screen";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import {
  type Joining,
  type Place,
  type Proposal,
  type SignUpPage,
  useAddPlace,
  useArchivePlace,
  useClerkChoices,
  useDecide,
  useJoinings,
  useOwnFieldChoices,
  usePlaces,
  useSignUpPage,
  useStoreChoices,
} from "./api";
import styles from "./signups.module.css";
import { StateTag, useFieldName } from "./words";

const FIELDS = { tab: choiceField(["people", "codes"], "people"), cursor: textField() };

/** How far people come on a page, who joined by it, and its printed codes. */
export function ResultsPage() {
  const { t } = useTranslation("signups");
  const { id } = useParams();
  const may = useMay();
  const address = useAddress(FIELDS);
  const page = useSignUpPage(Number(id));
  if (!may("signups.read")) return <NoPermission what={t("title")} />;
  if (page.error && !page.data) return <ErrorState error={page.error} onRetry={() => void page.refetch()} />;
  const month = page.data?.last_30_days;
  const of = (part: number | undefined, whole: number | undefined) =>
    part !== undefined && whole ? <Percent ratio={Math.min(1, part / whole)} /> : undefined;
  return (
    <ObjectPage
      title={page.data?.name ?? t("title")}
      mark={page.data && <StateTag page={page.data} />}
      about={
        page.data?.state === "live" ? (
          <CopyField value={page.data.address} label={t("address")} done={t("copied")} />
        ) : undefined
      }
      above={<Link to="/sign-up">{t("title")}</Link>}
      loading={!page.data}
      actions={
        page.data && (
          <>
            {page.data.state === "live" && may("signups.enrol") && (
              <Link to={`/sign-up/${page.data.id}/call`}>
                <Button icon={<PhoneOutlined />} tabIndex={-1}>
                  {t("call.open")}
                </Button>
              </Link>
            )}
            <Link to={`/sign-up/${page.data.id}`}>
              <Button type="primary" tabIndex={-1}>
                {t("design")}
              </Button>
            </Link>
          </>
        )
      }
      figures={[
        { key: "today", label: t("figure.today"), value: <Count value={page.data?.today.joined} /> },
        { key: "opened", label: t("figure.opened"), value: <Count value={month?.opened} />, note: t("figure.month") },
        {
          key: "sent",
          label: t("figure.sent"),
          value: <Count value={month?.sent} />,
          note: of(month?.sent, month?.opened),
        },
        {
          key: "confirmed",
          label: t("figure.confirmed"),
          value: <Count value={month?.confirmed} />,
          note: of(month?.confirmed, month?.sent),
        },
        {
          key: "joined",
          label: t("figure.joined"),
          value: <Count value={month?.joined} />,
          note: of(month?.joined, month?.opened),
        },
      ]}
      tab={address.values.tab}
      onTab={(tab) => address.change({ tab: tab === "codes" ? "codes" : "people", cursor: "" })}
      tabs={[
        {
          key: "people",
          label: t("tab.people"),
          content: page.data && (
            <People page={page.data} cursor={address.values.cursor} onCursor={(cursor) => address.change({ cursor })} />
          ),
        },
        { key: "codes", label: t("tab.codes"), content: page.data && <Codes page={page.data} /> },
      ]}
    />
  );
}

function People({ page, cursor, onCursor }: { page: SignUpPage; cursor: string; onCursor: (cursor: string) => void }) {
  const { t } = useTranslation("signups");
  const isPhone = useIsPhone();
  const joinings = useJoinings(page.id, cursor);
  const columns: Column<Joining>[] = [
    {
      key: "customer",
      title: t("column.customer"),
      identity: true,
      cell: ({ customer, customer_id }) => customer || `#${customer_id}`,
    },
    {
      key: "outcome",
      title: t("column.outcome"),
      onCard: true,
      cell: ({ outcome }) => <Tag tone={outcome === "new" ? "good" : "info"}>{t(`outcome.${outcome}`)}</Tag>,
    },
    {
      key: "where",
      title: t("column.where"),
      onCard: true,
      cell: ({ store, clerk, place, kind }) =>
        [kind === "call" ? t("kind.call") : "", store, clerk, place].filter(Boolean).join(" · ") || <None />,
    },
    {
      key: "from",
      title: t("column.from"),
      cell: ({ campaign, referrer_id }) =>
        referrer_id !== null ? <Link to={`/customers/${referrer_id}`}>{t("referred")}</Link> : (campaign ?? <None />),
    },
    {
      key: "proposals",
      title: t("column.proposals"),
      bare: true,
      cell: ({ proposals }) =>
        proposals
          .filter(({ state }) => state === "open")
          .map((proposal) => <Proposed key={proposal.id} proposal={proposal} />),
    },
    { key: "joined_at", title: t("column.joined_at"), onCard: true, cell: ({ joined_at }) => <When at={joined_at} /> },
  ];
  if (joinings.error && !joinings.data) {
    return <ErrorState error={joinings.error} onRetry={() => void joinings.refetch()} />;
  }
  if (joinings.data && joinings.data.items.length === 0) {
    return (
      <EmptyState
        icon={<TeamOutlined />}
        title={t("nobody_title")}
        purpose={page.state === "live" ? t("nobody") : t("nobody_draft")}
      />
    );
  }
  const next = joinings.data?.next_cursor;
  const differing = (joinings.data?.items ?? []).filter(({ proposals }) =>
    proposals.some(({ state }) => state === "open"),
  );
  return (
    <>
      {isPhone && differing.length > 0 && (
        <Section title={t("column.proposals")}>
          {differing.map(({ id, customer, proposals }) => (
            <div key={id} className={styles.item}>
              <strong>{customer}</strong>
              {proposals
                .filter(({ state }) => state === "open")
                .map((proposal) => (
                  <Proposed key={proposal.id} proposal={proposal} />
                ))}
            </div>
          ))}
        </Section>
      )}
      <DataTable
        caption={t("tab.people")}
        columns={columns}
        rows={joinings.data?.items}
        rowKey={({ id }) => id}
        rowName={({ customer }) => customer}
        rowHref={({ customer_id }) => `/customers/${customer_id}`}
        stale={joinings.isPlaceholderData}
        keyboard
      />
      {(cursor || next) && (
        <p className={styles.row} style={{ marginTop: 12 }}>
          {cursor && <Button onClick={() => onCursor("")}>{t("first_page")}</Button>}
          {next && <Button onClick={() => onCursor(next)}>{t("next_page")}</Button>}
        </p>
      )}
    </>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "—";
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.map(shown).join(", ");
  const told = value as { solar?: string; lunar?: { year: number | null; month: number; day: number } };
  if (told.solar) return told.solar;
  if (told.lunar) return [told.lunar.year, told.lunar.month, told.lunar.day].filter(Boolean).join("-");
  return "";
}

/** What she typed where her file holds something else, and the two ways to settle it. */
function Proposed({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation("signups");
  const may = useMay();
  const own = useOwnFieldChoices();
  const name = useFieldName(new Map((own.data ?? []).map(({ key, name }) => [key, name])));
  const decide = useDecide();
  const word = (value: unknown) =>
    proposal.field === "gender" && typeof value === "string" ? t(`gender.${value as "female"}`) : shown(value);
  return (
    <div className={styles.proposal}>
      <span>
        {t("proposal", { field: name(proposal.field), held: word(proposal.held), told: word(proposal.told) })}
      </span>
      {may("customers.write") && (
        <>
          <Button
            size="small"
            type="link"
            loading={decide.isPending}
            onClick={() => decide.mutate({ id: proposal.id, accept: true })}
          >
            {t("accept")}
          </Button>
          <Button
            size="small"
            type="link"
            disabled={decide.isPending}
            onClick={() => decide.mutate({ id: proposal.id, accept: false })}
          >
            {t("dismiss")}
          </Button>
        </>
      )}
    </div>
  );
}

function Codes({ page }: { page: SignUpPage }) {
  const { t } = useTranslation("signups");
  const may = useMay();
  const places = usePlaces(page.id);
  const [making, setMaking] = useState(false);
  if (places.error && !places.data) return <ErrorState error={places.error} onRetry={() => void places.refetch()} />;
  if (!places.data) return <BoneLines lines={6} />;
  const add = may("signups.write") && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
      {t("codes.add")}
    </Button>
  );
  return (
    <>
      {places.data.length === 0 ? (
        <EmptyState
          title={t("codes.empty_title")}
          purpose={t("codes.empty")}
          example={t("codes.example")}
          action={add}
        />
      ) : (
        <>
          {add}
          {places.data.map((place) => (
            <Code key={place.id} page={page} place={place} mayWrite={may("signups.write")} />
          ))}
        </>
      )}
      {making && <PlaceDialog page={page} onClose={() => setMaking(false)} />}
    </>
  );
}

function Code({ page, place, mayWrite }: { page: SignUpPage; place: Place; mayWrite: boolean }) {
  const { t } = useTranslation("signups");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const archive = useArchivePlace(page.id);
  const base = `/api/v1/sign-up-pages/${page.id}/places/${place.id}`;
  const name = [place.store, place.clerk, place.label].filter(Boolean).join(" · ") || place.code;
  return (
    <section className={styles.place} aria-label={name}>
      <img className={styles.qr} src={`${base}/qr.svg`} alt={t("codes.alt", { name })} />
      <div>
        <strong>{name}</strong>
        <p className={styles.soft}>{place.address}</p>
        <p className={styles.soft}>{t("codes.joined", { count: place.joined })}</p>
      </div>
      <span className={styles.row}>
        <Button icon={<PrinterOutlined />} href={`${base}/poster`} target="_blank">
          {t("codes.poster")}
        </Button>
        <Button icon={<DownloadOutlined />} href={`${base}/qr.svg`}>
          SVG
        </Button>
        <Button icon={<DownloadOutlined />} href={`${base}/qr.png`}>
          PNG
        </Button>
        {mayWrite && (
          <Button
            type="text"
            onClick={() =>
              modal.confirm({
                title: t("codes.archive_question"),
                content: t("codes.archive_words"),
                okText: t("codes.archive"),
                cancelText: kit("cancel"),
                onOk: () => archive.mutateAsync(place.id).catch(() => {}),
              })
            }
          >
            {t("codes.archive")}
          </Button>
        )}
      </span>
    </section>
  );
}

function PlaceDialog({ page, onClose }: { page: SignUpPage; onClose: () => void }) {
  const { t } = useTranslation("signups");
  const { t: kit } = useTranslation("kit");
  const may = useMay();
  const stores = useStoreChoices();
  const clerks = useClerkChoices(may("staff.read"));
  const add = useAddPlace(page.id);
  const [form] = Form.useForm<{ label?: string; store_id?: number; clerk_id?: number }>();
  return (
    <Modal
      open
      title={t("codes.add")}
      okText={t("codes.add_ok")}
      cancelText={kit("cancel")}
      confirmLoading={add.isPending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Refused error={add.error} />
      <Form
        form={form}
        layout="vertical"
        onFinish={({ label, store_id, clerk_id }) =>
          add.mutate(
            { label: label ?? "", store_id: store_id ?? null, clerk_id: clerk_id ?? null },
            { onSuccess: onClose },
          )
        }
      >
        <Form.Item name="store_id" label={t("codes.store")}>
          <Select allowClear showSearch={{ optionFilterProp: "label" }} options={stores.data ?? []} />
        </Form.Item>
        {may("staff.read") && (
          <Form.Item name="clerk_id" label={t("codes.clerk")}>
            <Select allowClear showSearch={{ optionFilterProp: "label" }} options={clerks.data ?? []} />
          </Form.Item>
        )}
        <Form.Item name="label" label={t("codes.label")} extra={t("codes.label_hint")}>
          <Input maxLength={80} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
