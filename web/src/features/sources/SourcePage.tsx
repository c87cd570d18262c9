import { PauseOutlined, PlayCircleOutlined, ShopOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, InputNumber, Modal, Segmented, Select, Space, Switch, Tabs } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, useAddress } from "@/components/address";
import { Chart } from "@/components/Chart";
import { CopyField } from "@/components/copy";
import { Count, None, When } from "@/components/figures";
import { Card, ObjectPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { exactCount } from "@/format/count";
import {
  type Outcome,
  type Sample,
  type SourceDetail,
  type Tracking,
  useChangeTracking,
  useRotate,
  useSamples,
  useTrack,
  useTrackedSource,
} from "./api";
import { TrackingTag } from "./SourcesPage";
import { snippetsFor } from "./snippets";
import styles from "./sources.module.css";

const FIELDS = {
  tab: choiceField(["events", "install", "settings"], "events"),
  outcome: choiceField(["all", "taken", "repeated", "refused"], "all"),
};

/** One source: how to send from it, what it sent lately, how that is taken. */
export function SourcePage() {
  const { t } = useTranslation("sources");
  const id = Number(useParams().id);
  const may = useMay();
  if (!may("behaviour.read")) return <NoPermission what={t("title")} />;
  return <SourceView key={id} id={id} />;
}

function SourceView({ id }: { id: number }) {
  const { t } = useTranslation("sources");
  const address = useAddress(FIELDS);
  const query = useTrackedSource(id);
  const source = query.data;
  if (query.error && !source) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (source && !source.tracking) return <NotTracked source={source} />;
  const tracking = source?.tracking;
  return (
    <ObjectPage
      title={source?.name ?? t("title")}
      mark={source && <TrackingTag source={source} />}
      above={<Link to="/settings/sources">{t("title")}</Link>}
      about={source && <span className={styles.mono}>{source.key}</span>}
      actions={source && <ShopLink id={source.id} />}
      loading={!source}
      figures={[
        { key: "taken", label: t("taken_week"), value: <Count value={source?.taken} /> },
        { key: "refused", label: t("refused_week"), value: <Count value={source?.refused} /> },
        { key: "last", label: t("last"), value: source?.last_at ? <When at={source.last_at} /> : <None /> },
      ]}
      tab={address.values.tab}
      onTab={(tab) => address.change({ tab: tab as "events" }, { replace: true })}
      tabs={[
        {
          key: "events",
          label: t("tab.events"),
          content: source && (
            <Events
              source={source}
              outcome={address.values.outcome}
              onOutcome={(outcome) => address.change({ outcome }, { replace: true })}
            />
          ),
        },
        {
          key: "install",
          label: t("tab.install"),
          content: source && tracking && <Install source={source} tracking={tracking} />,
        },
        {
          key: "settings",
          label: t("tab.settings"),
          content: source && tracking && <Settings source={source} tracking={tracking} />,
        },
      ]}
    />
  );
}

function ShopLink({ id }: { id: number }) {
  const { t } = useTranslation("sources");
  const may = useMay();
  if (!may("behaviour.manage")) return null;
  return (
    <Link to={`/settings/sources/${id}/shop`}>
      <Button icon={<ShopOutlined />}>{t("shop.title")}</Button>
    </Link>
  );
}

function NotTracked({ source }: { source: SourceDetail }) {
  const { t } = useTranslation("sources");
  const may = useMay();
  const track = useTrack();
  return (
    <>
      <Refused error={track.error} />
      <EmptyState
        asPage
        title={t("not_tracked", { name: source.name })}
        purpose={t("not_tracked_words")}
        example={t("empty_example")}
        action={
          may("behaviour.manage") && (
            <Space wrap>
              <Button type="primary" loading={track.isPending} onClick={() => track.mutate(source.id)}>
                {t("track")}
              </Button>
              <ShopLink id={source.id} />
            </Space>
          )
        }
      />
    </>
  );
}

type Shown = "all" | Outcome;

function Events({
  source,
  outcome,
  onOutcome,
}: {
  source: SourceDetail;
  outcome: Shown;
  onOutcome: (outcome: Shown) => void;
}) {
  const { t } = useTranslation("sources");
  const [live, setLive] = useState(true);
  const samples = useSamples(source.id, outcome === "all" ? undefined : outcome, live);
  const items = samples.data?.items;
  return (
    <div className={styles.stack}>
      {source.taken + source.refused > 0 && <Days source={source} />}
      <Section
        title={t("latest")}
        about={t("latest_words")}
        extra={
          <Button icon={live ? <PauseOutlined /> : <PlayCircleOutlined />} onClick={() => setLive(!live)}>
            {live ? t("pause") : t("go_on")}
          </Button>
        }
      >
        <div className={styles.bar}>
          <Segmented<Shown>
            value={outcome}
            onChange={onOutcome}
            options={(["all", "taken", "repeated", "refused"] as const).map((value) => ({
              value,
              label: t(`outcome.${value}`),
            }))}
          />
        </div>
        {samples.error && !items ? (
          <ErrorState error={samples.error} compact onRetry={() => void samples.refetch()} />
        ) : !items ? (
          <BoneLines lines={8} />
        ) : items.length === 0 ? (
          <EmptyState title={t("no_events")} purpose={t("no_events_words")} />
        ) : (
          <ul className={styles.stream}>
            {items.map((sample) => (
              <SampleLine key={sample.id} sample={sample} />
            ))}
          </ul>
        )}
      </Section>
    </div>
  );
}

const TONES = { taken: "good", repeated: "neutral", refused: "bad" } as const;

function SampleLine({ sample }: { sample: Sample }) {
  const { t } = useTranslation("sources");
  const { outcome, reason, kind, name, customer_id, received_at, told } = sample;
  return (
    <li>
      <div className={styles.line}>
        <Tag tone={TONES[outcome]}>{t(`outcome.${outcome}`)}</Tag>
        <strong>{name || kind || t("unreadable")}</strong>
        {kind && name && <span className={styles.soft}>{kind}</span>}
        {reason && <span>{t(`reason.${reason as "nobody"}`, { defaultValue: reason })}</span>}
        {customer_id !== null && <Link to={`/customers/${customer_id}`}>{t("open_customer")}</Link>}
        <span className={styles.soft}>
          <When at={received_at} />
        </span>
      </div>
      <details>
        <summary className={styles.soft}>{t("as_told")}</summary>
        <pre className={styles.told}>{JSON.stringify(told, null, 2)}</pre>
      </details>
    </li>
  );
}

function Days({ source }: { source: SourceDetail }) {
  const { t } = useTranslation("sources");
  const { language } = useReading();
  const refused = source.days.map((day) => day.refused.reduce((sum, { count }) => sum + count, 0));
  return (
    <Chart
      title={t("per_day")}
      kind="bar"
      height={200}
      categories={source.days.map(({ day_on }) => day_on.slice(5))}
      series={[
        { key: "taken", name: t("outcome.taken"), values: source.days.map(({ taken }) => taken) },
        { key: "refused", name: t("outcome.refused"), values: refused },
      ]}
      format={(value) => exactCount(value, language)}
    />
  );
}

function Install({ source, tracking }: { source: SourceDetail; tracking: Tracking }) {
  const { t } = useTranslation("sources");
  const may = useMay();
  const [rotating, setRotating] = useState(false);
  const [newest] = tracking.write_keys;
  return (
    <div className={styles.stack}>
      <Section
        title={t("write_key")}
        about={t("write_key_words")}
        extra={may("behaviour.manage") && <Button onClick={() => setRotating(true)}>{t("rotate")}</Button>}
      >
        {tracking.write_keys.map(({ key, expires_at }) => (
          <div key={key} className={styles.key}>
            <CopyField value={key} label={t("copy")} done={t("copied")} />
            {expires_at && (
              <span className={styles.soft}>
                {t("key_ends")} <When at={expires_at} />
              </span>
            )}
          </div>
        ))}
      </Section>
      <Section title={t("install")} about={t("install_words")}>
        <Tabs
          items={snippetsFor(source.server_url, newest?.key ?? "").map(({ key, code }) => ({
            key,
            label: t(`snippet.${key}`),
            children: <pre className={styles.code}>{code}</pre>,
          }))}
        />
      </Section>
      {rotating && <RotateDialog id={source.id} onClose={() => setRotating(false)} />}
    </div>
  );
}

const OVERLAPS_HOURS = [0, 24, 168, 720] as const;

function RotateDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("sources");
  const { t: kit } = useTranslation("kit");
  const rotate = useRotate(id);
  const [hours, setHours] = useState<number>(24);
  return (
    <Modal
      open
      title={t("rotate_title")}
      onCancel={onClose}
      onOk={() => rotate.mutate(hours, { onSuccess: onClose })}
      okText={t("rotate")}
      cancelText={kit("cancel")}
      confirmLoading={rotate.isPending}
    >
      <Refused error={rotate.error} />
      <p className={styles.soft}>{t("rotate_words")}</p>
      <Form layout="vertical">
        <Form.Item label={t("overlap")}>
          <Select
            value={hours}
            onChange={setHours}
            options={OVERLAPS_HOURS.map((value) => ({ value, label: t(`overlaps.h${value}`) }))}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}

interface SettingsValues
  extends Pick<Tracking, "trusted" | "cart_idle_minutes" | "check_in_cooldown_minutes" | "check_in_radius_metres"> {
  readonly origins: string;
}

function Settings({ source, tracking }: { source: SourceDetail; tracking: Tracking }) {
  const { t } = useTranslation("sources");
  const { message } = App.useApp();
  const may = useMay();
  const change = useChangeTracking(source.id);
  const submit = ({ origins, ...values }: SettingsValues) =>
    change.mutate(
      { ...values, allowed_origins: origins.split(/\s+/).filter(Boolean) },
      { onSuccess: () => void message.success(t("saved")) },
    );
  const number = (name: keyof SettingsValues, min: number, max: number, unit: string) => (
    <Form.Item name={name} label={t(`settings.${name as "cart_idle_minutes"}`)} rules={[{ required: true }]}>
      <InputNumber style={{ width: "100%" }} min={min} max={max} precision={0} suffix={unit} />
    </Form.Item>
  );
  return (
    <Form<SettingsValues>
      layout="vertical"
      onFinish={submit}
      disabled={!may("behaviour.manage")}
      initialValues={{ ...tracking, origins: tracking.allowed_origins.join("\n") }}
    >
      <Card>
        <Refused error={change.error} />
        <Form.Item name="origins" label={t("settings.origins")} extra={t("settings.origins_words")}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} placeholder="https://shop.example.com" />
        </Form.Item>
        <Form.Item
          name="trusted"
          label={t("settings.trusted")}
          extra={t("settings.trusted_words")}
          valuePropName="checked"
        >
          <Switch />
        </Form.Item>
        <div className={styles.pair}>
          {number("cart_idle_minutes", 1, 43_200, t("minutes"))}
          {number("check_in_cooldown_minutes", 0, 43_200, t("minutes"))}
          {number("check_in_radius_metres", 0, 50_000, t("metres"))}
        </div>
        <Button type="primary" htmlType="submit" loading={change.isPending}>
          {t("save")}
        </Button>
      </Card>
    </Form>
  );
}
