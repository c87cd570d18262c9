import { CloseOutlined, DeleteOutlined, MoreOutlined, PlusOutlined, SendOutlined } from "@ant-design/icons";
import { Alert, App, Button, DatePicker, Dropdown, Input, InputNumber, Radio, Select, Slider } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { useMay } from "@/api/me";
import { AFTER_SAVING, EditorPage, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { type SaveState, useAutosave } from "@/components/useAutosave";
import { exactCount } from "@/format/count";
import { currencySign } from "@/format/money";
import { percent } from "@/format/percent";
import { absoluteTime, dayOf, wallTimeToInstant } from "@/format/when";
import {
  type Campaign,
  useDeleteCampaign,
  useMoveCampaign,
  useOfferChoices,
  useSaveCampaign,
  useSegmentChoices,
  useTemplateChoices,
} from "./api";
import styles from "./campaigns.module.css";
import { ForecastPanel } from "./ForecastPanel";
import { MailPreviews } from "./MailPreviews";
import {
  type ArmDraft,
  addArm,
  armLetter,
  evenShares,
  newPlan,
  type PlanDraft,
  planOf,
  shareSum,
  storablePlan,
  WHOLE_BP,
} from "./plan";
import { SendDialog } from "./SendDialog";

import { CampaignStateTag } from "./words";

const MICROS = 1_000_000;
const LEAST_USEFUL_CONTROL_BP = 500;
const MOST_CONTROL_BP = 5_000;
const MOST_ARMS = 6;

/** Plans a campaign in the order of its decisions, with what sending would do beside it. Stored by itself. */
export function CampaignEditor({
  campaign,
  onCreated,
}: {
  campaign: Campaign | null;
  onCreated: (id: number) => void;
}) {
  const { t } = useTranslation("campaigns");
  const { language, timezone } = useReading();
  const may = useMay();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const save = useSaveCampaign();
  const [plan, setPlan] = useState<PlanDraft>(() => (campaign ? planOf(campaign) : beginning()));
  const [at, setAt] = useState<string | null>(campaign?.scheduled_at ?? null);
  const [later, setLater] = useState(campaign?.scheduled_at != null);
  const [sending, setSending] = useState(false);
  const mayWrite = may("campaigns.write");
  const nameMissing = plan.name.trim() === "";
  const state = useAutosave(
    plan,
    mayWrite && !nameMissing,
    async (draft) => {
      const stored = await save.mutateAsync({ id: campaign?.id ?? null, plan: storablePlan(draft) });
      if (campaign === null) {
        onCreated(stored.id);
        navigate(`/campaigns/${stored.id}`, { replace: true, state: AFTER_SAVING });
      }
    },
    // Come from a segment, a template or an offer, she has already decided something worth keeping.
    campaign === null && params.size > 0,
  );
  const change = (next: Partial<PlanDraft>) => setPlan((before) => ({ ...before, ...next }));

  function beginning(): PlanDraft {
    const given = (name: string) => (params.has(name) ? Number(params.get(name)) : undefined);
    const day = dayOf(new Date(), { timezone, language });
    return newPlan({
      name: t("editor.default_name", { day }),
      segment: given("segment"),
      template: given("template"),
      offer: given("offer"),
    });
  }

  const version = campaign?.updated_at ?? "";
  const hasAudience = campaign !== null && (campaign.segment_id !== null || campaign.rule !== null);
  return (
    <EditorPage
      title={plan.name || t("editor.title_new")}
      mark={campaign && <CampaignStateTag state={campaign.state} />}
      above={<Link to="/campaigns">{t("title")}</Link>}
      about={<span aria-live="polite">{t(savedWords(campaign, state))}</span>}
      unsaved={mayWrite && state !== "saved"}
      actions={
        <Actions
          campaign={campaign}
          later={later}
          ready={campaign !== null && state === "saved"}
          onSend={() => setSending(true)}
        />
      }
      result={
        <div className={styles.aside}>
          <ForecastPanel id={campaign?.id ?? null} version={version} enabled={hasAudience} />
          {campaign && hasAudience && campaign.arms.length > 0 && (
            <MailPreviews campaign={campaign} version={version} />
          )}
          {!(campaign && hasAudience && campaign.arms.length > 0) && <p className={styles.soft}>{t("preview.none")}</p>}
        </div>
      }
    >
      {campaign?.state === "scheduled" && (
        <Alert
          showIcon
          type="info"
          className={styles.alert}
          title={t("running.scheduled", {
            when: campaign.scheduled_at ? absoluteTime(new Date(campaign.scheduled_at), { timezone, language }) : "",
          })}
          description={t("running.scheduled_words")}
        />
      )}
      {campaign?.state === "failed" && (
        <Alert
          showIcon
          type="error"
          className={styles.alert}
          title={t("running.failure_title")}
          description={t("running.failure_words", { code: campaign.failure_code })}
        />
      )}
      <fieldset className={styles.plain} disabled={!mayWrite}>
        <Section title={t("editor.goal")}>
          <Field id="campaign-name" label={t("editor.name")} fault={nameMissing ? t("editor.name_needed") : null}>
            <Input
              id="campaign-name"
              value={plan.name}
              maxLength={160}
              status={nameMissing ? "error" : undefined}
              onChange={(event) => change({ name: event.target.value })}
            />
          </Field>
          <Field id="campaign-objective" label={t("editor.objective")}>
            <Input
              id="campaign-objective"
              value={plan.objective}
              maxLength={400}
              placeholder={t("editor.objective_placeholder")}
              onChange={(event) => change({ objective: event.target.value })}
            />
          </Field>
        </Section>
        <Audience plan={plan} onChange={change} />
        <Control plan={plan} onChange={change} />
        <Arms plan={plan} onChange={change} />
        <When at={at} later={later} onLater={setLater} onAt={setAt} />
        <Measure plan={plan} onChange={change} />
      </fieldset>
      {sending && campaign && (
        <SendDialog campaign={campaign} at={later ? at : null} later={later} onClose={() => setSending(false)} />
      )}
    </EditorPage>
  );
}

function savedWords(campaign: Campaign | null, state: SaveState) {
  if (campaign === null && state === "saved") return "editor.fresh";
  const words = {
    saved: "editor.saved",
    waiting: "editor.unsaved",
    saving: "editor.saving",
    failed: "editor.save_failed",
  } as const;
  return words[state];
}

function Actions({
  campaign,
  later,
  ready,
  onSend,
}: {
  campaign: Campaign | null;
  later: boolean;
  ready: boolean;
  onSend: () => void;
}) {
  const { t } = useTranslation("campaigns");
  const may = useMay();
  const navigate = useNavigate();
  const { message, modal } = App.useApp();
  const remove = useDeleteCampaign();
  const move = useMoveCampaign();
  const askDelete = (one: Campaign) =>
    modal.confirm({
      title: t("action.delete_title", { name: one.name }),
      content: t("action.delete_words"),
      okText: t("action.delete"),
      okButtonProps: { danger: true },
      onOk: async () => {
        await remove.mutateAsync(one.id);
        void message.success(t("action.deleted", { name: one.name }));
        navigate("/campaigns");
      },
    });
  return (
    <>
      {may("campaigns.send") && campaign?.state === "scheduled" && (
        <Button
          loading={move.isPending}
          onClick={async () => {
            await move.mutateAsync({ id: campaign.id, move: "unschedule" });
            void message.success(t("action.unscheduled"));
          }}
        >
          {t("action.unschedule")}
        </Button>
      )}
      {may("campaigns.send") && (
        <Button type="primary" icon={<SendOutlined />} disabled={!ready} onClick={onSend}>
          {later ? t("action.schedule") : t("action.send")}
        </Button>
      )}
      {may("campaigns.write") && campaign?.state === "draft" && (
        <Dropdown
          trigger={["click"]}
          placement="bottomRight"
          menu={{
            items: [{ key: "delete", icon: <DeleteOutlined />, danger: true, label: t("action.delete") }],
            onClick: () => askDelete(campaign),
          }}
        >
          <Button icon={<MoreOutlined />} aria-label={t("action.more")} />
        </Dropdown>
      )}
    </>
  );
}

interface PartProps {
  readonly plan: PlanDraft;
  readonly onChange: (next: Partial<PlanDraft>) => void;
}

function Audience({ plan, onChange }: PartProps) {
  const { t } = useTranslation("campaigns");
  const { language } = useReading();
  const segments = useSegmentChoices();
  const all = segments.data ?? [];
  const options = all.map(({ id, name, count, sentence }) => ({
    value: id,
    label: name,
    count,
    sentence: language === "en" ? sentence.en : sentence.zh,
  }));
  const chosen = options.find(({ value }) => value === plan.segment_id);
  const counted = (count: number | null) =>
    count === null ? t("editor.not_counted") : t("editor.people", { people: exactCount(count, language) });
  return (
    <Section
      title={t("editor.audience")}
      extra={
        <Link to="/segments/new">
          <Button type="link" size="small" tabIndex={-1}>
            {t("editor.segment_new")}
          </Button>
        </Link>
      }
    >
      <Field id="campaign-segment" label={t("editor.segment")} hint={chosen?.sentence}>
        <Select
          id="campaign-segment"
          className={styles.wide}
          value={plan.segment_id}
          placeholder={t("editor.segment_placeholder")}
          loading={segments.isPending}
          showSearch={{ optionFilterProp: "label" }}
          notFoundContent={t("editor.segment_none")}
          options={options}
          optionRender={({ data }) => (
            <span className={styles.option}>
              <span>
                {data.label}
                <span className={styles.optionNote}>{data.sentence}</span>
              </span>
              <span className={styles.optionCount}>{counted(data.count)}</span>
            </span>
          )}
          onChange={(segment_id) => onChange({ segment_id })}
        />
      </Field>
      <Field id="campaign-exclude" label={t("editor.exclude")}>
        <Select
          id="campaign-exclude"
          className={styles.wide}
          mode="multiple"
          value={[...plan.exclude_segment_ids]}
          placeholder={t("editor.exclude_placeholder")}
          showSearch={{ optionFilterProp: "label" }}
          options={options.filter(({ value }) => value !== plan.segment_id)}
          onChange={(exclude_segment_ids) => onChange({ exclude_segment_ids })}
        />
      </Field>
    </Section>
  );
}

function Control({ plan, onChange }: PartProps) {
  const { t } = useTranslation("campaigns");
  const { control_bp } = plan;
  const warning =
    control_bp === 0 ? t("editor.control_none") : control_bp < LEAST_USEFUL_CONTROL_BP ? t("editor.control_low") : null;
  return (
    <Section title={t("editor.control")} about={t("editor.control_about")}>
      <Field id="campaign-control" label={t("editor.control_share")} warning={warning}>
        <div className={styles.share}>
          <Slider
            className={styles.slider}
            min={0}
            max={MOST_CONTROL_BP}
            step={100}
            value={Math.min(control_bp, MOST_CONTROL_BP)}
            tooltip={{ formatter: (value) => `${(value ?? 0) / 100}%` }}
            ariaLabelForHandle={t("editor.control_share")}
            onChange={(next) => onChange({ control_bp: next })}
          />
          <InputNumber
            id="campaign-control"
            className={styles.short}
            min={0}
            max={99}
            precision={2}
            controls={false}
            suffix="%"
            formatter={plainPercent}
            value={control_bp / 100}
            onChange={(next) => onChange({ control_bp: Math.round((next ?? 0) * 100) })}
          />
        </div>
      </Field>
    </Section>
  );
}

function Arms({ plan, onChange }: PartProps) {
  const { t } = useTranslation("campaigns");
  const { language } = useReading();
  const several = plan.arms.length > 1;
  const sum = shareSum(plan.arms);
  const put = (arms: readonly ArmDraft[]) => onChange({ arms });
  return (
    <Section
      title={t("editor.message")}
      extra={
        <Link to="/templates/new">
          <Button type="link" size="small" tabIndex={-1}>
            {t("editor.template_new")}
          </Button>
        </Link>
      }
    >
      {plan.arms.map((arm, place) => (
        <ArmEditor
          key={arm.key}
          arm={arm}
          place={place}
          several={several}
          onChange={(next) => put(plan.arms.map((one) => (one.key === arm.key ? next : one)))}
          onRemove={() => put(evenShares(plan.arms.filter((one) => one.key !== arm.key)))}
        />
      ))}
      <div className={styles.armFoot}>
        {plan.arms.length < MOST_ARMS && (
          <Button type="text" icon={<PlusOutlined />} onClick={() => put(addArm(plan.arms))}>
            {t("editor.add_arm")}
          </Button>
        )}
        {several && sum !== WHOLE_BP && (
          <>
            <span className={styles.fault}>{t("editor.shares_wrong", { sum: percent(sum / WHOLE_BP, language) })}</span>
            <Button size="small" onClick={() => put(evenShares(plan.arms))}>
              {t("editor.even")}
            </Button>
          </>
        )}
      </div>
    </Section>
  );
}

function ArmEditor({
  arm,
  place,
  several,
  onChange,
  onRemove,
}: {
  arm: ArmDraft;
  place: number;
  several: boolean;
  onChange: (arm: ArmDraft) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation("campaigns");
  const templates = useTemplateChoices();
  const offers = useOfferChoices();
  const letter = armLetter(place);
  const offer = offers.data?.find(({ id }) => id === arm.offer_id);
  const usable = (offers.data ?? []).filter(({ id, state }) => state !== "ended" || id === arm.offer_id);
  return (
    <div className={styles.arm} data-several={several || undefined}>
      {several && (
        <div className={styles.armHead}>
          <h3>{t("editor.arm", { letter })}</h3>
          <InputNumber
            size="small"
            className={styles.short}
            min={0.01}
            max={100}
            precision={2}
            controls={false}
            suffix="%"
            formatter={plainPercent}
            aria-label={`${t("editor.arm", { letter })} ${t("editor.arm_share")}`}
            value={arm.share_bp / 100}
            onChange={(next) => onChange({ ...arm, share_bp: Math.round((next ?? 0) * 100) })}
          />
          <Button
            type="text"
            size="small"
            icon={<CloseOutlined />}
            aria-label={t("editor.remove_arm", { letter })}
            onClick={onRemove}
          />
        </div>
      )}
      <Field
        id={`template-${arm.key}`}
        label={t("editor.template")}
        hint={arm.template_id !== null && <Link to={`/templates/${arm.template_id}`}>{t("editor.template_edit")}</Link>}
      >
        <Select
          id={`template-${arm.key}`}
          className={styles.wide}
          value={arm.template_id}
          placeholder={t("editor.template_placeholder")}
          loading={templates.isPending}
          showSearch={{ optionFilterProp: "label" }}
          options={(templates.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(template_id) => onChange({ ...arm, template_id })}
        />
      </Field>
      <Field
        id={`offer-${arm.key}`}
        label={t("editor.offer")}
        hint={arm.offer_id !== null && t("editor.offer_hint")}
        warning={offer && offer.state !== "active" ? t("editor.offer_inactive", { name: offer.name }) : null}
      >
        <Select
          id={`offer-${arm.key}`}
          className={styles.wide}
          value={arm.offer_id ?? 0}
          showSearch={{ optionFilterProp: "label" }}
          options={[
            { value: 0, label: t("editor.offer_none") },
            ...usable.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(id) => onChange({ ...arm, offer_id: id === 0 ? null : id })}
        />
      </Field>
    </div>
  );
}

function When({
  at,
  later,
  onLater,
  onAt,
}: {
  at: string | null;
  later: boolean;
  onLater: (later: boolean) => void;
  onAt: (at: string | null) => void;
}) {
  const { t } = useTranslation("campaigns");
  const { timezone } = useReading();
  return (
    <Section title={t("editor.when")}>
      <Radio.Group
        value={later ? "later" : "now"}
        options={[
          { value: "now", label: t("editor.when_now") },
          { value: "later", label: t("editor.when_later") },
        ]}
        onChange={({ target }) => onLater(target.value === "later")}
      />
      {later && (
        <div className={styles.later}>
          <Field id="campaign-at" label={t("editor.when_at")} hint={t("editor.when_zone", { timezone })}>
            <DatePicker
              id="campaign-at"
              showTime={{ format: "HH:mm", minuteStep: 5 }}
              format="YYYY-MM-DD HH:mm"
              value={at === null ? null : shownIn(at, timezone)}
              disabledDate={(day) => day.isBefore(dayjs().subtract(1, "day"))}
              onChange={(day) => onAt(day ? wallTimeToInstant(day.format("YYYY-MM-DDTHH:mm:00"), timezone) : null)}
            />
          </Field>
        </div>
      )}
    </Section>
  );
}

/** The instant as the operator's clock shows it, for a picker that knows no zones. */
function shownIn(at: string, timezone: string): Dayjs {
  return dayjs(new Date(at).toLocaleString("sv-SE", { timeZone: timezone }));
}

function Measure({ plan, onChange }: PartProps) {
  const { t } = useTranslation("campaigns");
  const { language, currency } = useReading();
  return (
    <Section title={t("editor.measure")}>
      <Field id="campaign-days" label={t("editor.attribution")} hint={t("editor.attribution_hint")}>
        <InputNumber
          id="campaign-days"
          className={styles.short}
          min={1}
          max={365}
          precision={0}
          controls={false}
          suffix={t("editor.days")}
          value={plan.attribution_days}
          onChange={(next) => onChange({ attribution_days: next ?? 14 })}
        />
      </Field>
      <Field id="campaign-cost" label={t("editor.cost")} hint={t("editor.cost_hint")}>
        <InputNumber
          id="campaign-cost"
          className={styles.short}
          min={0}
          max={1000}
          step={0.01}
          precision={6}
          controls={false}
          prefix={currencySign(currency, { language, homeCurrency: currency })}
          formatter={plainPercent}
          value={plan.cost_per_message_micros === 0 ? null : plan.cost_per_message_micros / MICROS}
          onChange={(next) => onChange({ cost_per_message_micros: Math.round((next ?? 0) * MICROS) })}
        />
      </Field>
    </Section>
  );
}

/** Without zeros at the end: 20, not 20.00. */
function plainPercent(value: number | string | undefined): string {
  const text = String(value ?? "");
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

function Field({
  id,
  label,
  hint,
  fault,
  warning,
  children,
}: {
  id: string;
  label: string;
  hint?: ReactNode;
  fault?: string | null;
  warning?: string | null;
  children: ReactNode;
}) {
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div className={styles.control}>
        {children}
        {fault && <p className={styles.fault}>{fault}</p>}
        {warning && <p className={styles.warning}>{warning}</p>}
        {!fault && hint && <div className={styles.hint}>{hint}</div>}
      </div>
    </div>
  );
}
