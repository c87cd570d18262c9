import { App, Button, Checkbox, DatePicker, Input, InputNumber, Modal, Radio, Segmented, Select } from "antd";
import dayjs from "dayjs";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { Problem } from "@/api/problem";
import { AFTER_SAVING, EditorPage, PlainPage, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { useAutosave } from "@/components/useAutosave";
import { dateAndTime, wallTimeToInstant } from "@/format/when";
import {
  type Draft,
  type Earning,
  type Multiplier,
  type Programme,
  type Terms,
  useCategoryChoices,
  useDifferences,
  useDiscardDraft,
  useDraft,
  useProgramme,
  usePublish,
  useSaveDraft,
} from "./api";
import { Bonuses } from "./Bonuses";
import { ExamplePurchase } from "./ExamplePurchase";
import { Amount, Field } from "./fields";
import { MultiplierRule } from "./MultiplierRule";
import styles from "./programme.module.css";
import { TryOnOrders } from "./TryOnOrders";
import { Differences, ProgrammeStateTag, usePartName } from "./words";

const CHANNELS = ["pos", "web", "app", "wechat", "marketplace", "group_buy", "phone", "company"] as const;
const TENDERS = ["points", "stored_value", "coupon", "voucher", "cash", "card", "wallet", "other"] as const;

/** The rule of earning while it is edited, as a draft that saves itself; publishing is a step of its own. */
export function EarningEditorPage() {
  const { t } = useTranslation("programme");
  const may = useMay();
  const programme = useProgramme(may("loyalty.write"));
  const draft = useDraft(programme.data?.id ?? null);
  const [opened, setOpened] = useState(0);
  if (!may("loyalty.write")) return <NoPermission what={t("title")} />;
  const error = programme.error ?? draft.error;
  if (error && !draft.data) return <ErrorState error={error} onRetry={() => void draft.refetch()} />;
  if (!programme.data || !draft.data) {
    return (
      <PlainPage title={t("editor.title")}>
        <BoneLines lines={10} />
      </PlainPage>
    );
  }
  const reopen = () => void draft.refetch().then(() => setOpened((count) => count + 1));
  return <Editor key={opened} programme={programme.data} draft={draft.data} onReopen={reopen} />;
}

function Editor({ programme, draft, onReopen }: { programme: Programme; draft: Draft; onReopen: () => void }) {
  const { t } = useTranslation("programme");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const [terms, setTerms] = useState<Terms>(() => draft.document as unknown as Terms);
  const version = useRef(draft.version);
  const [conflict, setConflict] = useState<string | null>(null);
  const [publishing, setPublishing] = useState(false);
  const save = useSaveDraft(programme.id);
  const discard = useDiscardDraft(programme.id);
  const write = async (value: Terms) => {
    try {
      const saved = await save.mutateAsync({ document: { ...value }, expected_version: version.current });
      version.current = saved.version;
    } catch (error) {
      if (error instanceof Problem && error.code === "terms.draft_changed_meanwhile") {
        setConflict(String(error.params.edited_by ?? ""));
      }
      throw error;
    }
  };
  // What a programme begins with is published as a draft, too.
  const state = useAutosave(terms, conflict === null, write, programme.version === 0 && draft.version === 0);
  const earning = terms.earning;
  const change = (next: Partial<Earning>) =>
    setTerms((before) => ({ ...before, earning: { ...before.earning, ...next } }));
  const tiers = (terms.tiers?.tiers ?? []).map(({ key, name }) => ({ value: key, label: name }));
  const askDiscard = () =>
    modal.confirm({
      title: t("editor.discard_question"),
      content: t("editor.discard_words"),
      okText: t("editor.discard"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () =>
        discard
          .mutateAsync(version.current)
          .then(onReopen)
          .catch(() => {}),
    });
  const faults = save.data?.faults ?? draft.faults;
  return (
    <EditorPage
      title={t("editor.title")}
      mark={<ProgrammeStateTag state={programme.state} />}
      about={<span className={styles.soft}>{t(`editor.saving.${state}`)}</span>}
      above={<Link to="/loyalty/programme">{programme.name}</Link>}
      unsaved={state !== "saved"}
      actions={
        <>
          {version.current > 0 && <Button onClick={askDiscard}>{t("editor.discard")}</Button>}
          <Button
            type="primary"
            disabled={state !== "saved" || faults.length > 0 || version.current === 0}
            onClick={() => setPublishing(true)}
          >
            {t("editor.publish")}
          </Button>
        </>
      }
      result={
        <>
          <ExamplePurchase earning={earning} tiers={tiers} currency={programme.currency} />
          <TryOnOrders programme={programme} document={{ ...terms }} />
        </>
      }
    >
      {conflict !== null && (
        <div className={styles.faults} role="alert">
          {t("editor.conflict", { name: conflict })} {t("editor.conflict_words")}{" "}
          <Button size="small" onClick={onReopen}>
            {t("editor.reload")}
          </Button>
        </div>
      )}
      {faults.length > 0 && <Faults faults={faults} />}
      <Base earning={earning} currency={programme.currency} onChange={change} />
      <Rules earning={earning} tiers={tiers} onChange={change} />
      <LimitsOf earning={earning} currency={programme.currency} onChange={change} />
      <ExclusionsOf earning={earning} onChange={change} />
      <Section title={t("editor.pending")}>
        <Field id="pending" label={t("editor.pending_days")} hint={t("editor.pending_hint")}>
          <InputNumber
            id="pending"
            className={styles.short}
            min={0}
            max={365}
            precision={0}
            suffix={t("editor.days")}
            value={earning.pending_days}
            onChange={(days) => change({ pending_days: days ?? 0 })}
          />
        </Field>
      </Section>
      <Bonuses bonuses={earning.bonuses} currency={programme.currency} onChange={(bonuses) => change({ bonuses })} />
      {publishing && (
        <Publishing programme={programme} draftVersion={version.current} onClose={() => setPublishing(false)} />
      )}
    </EditorPage>
  );
}

function Faults({ faults }: { faults: Draft["faults"] }) {
  const { t } = useTranslation("programme");
  const partName = usePartName();
  const named = (part: string) => (/^\d+$/.test(part) ? String(Number(part) + 1) : partName(part));
  return (
    <div className={styles.faults} role="alert">
      {t("editor.faults")}
      <ul>
        {faults.map(({ where, code }) => (
          <li key={`${where} ${code}`}>{where.split(".").map(named).join(" · ")}</li>
        ))}
      </ul>
    </div>
  );
}

interface Part {
  readonly earning: Earning;
  readonly onChange: (next: Partial<Earning>) => void;
}

function Base({ earning, currency, onChange }: Part & { currency: string }) {
  const { t } = useTranslation("programme");
  return (
    <Section title={t("editor.base")}>
      <Field id="unit" label={t("editor.rate")}>
        <div className={styles.row}>
          <Amount
            id="unit"
            minor={earning.unit_minor}
            currency={currency}
            onChange={(minor) => onChange({ unit_minor: Math.max(1, minor ?? 1) })}
          />
          <label htmlFor="points-per-unit">{t("editor.gets")}</label>
          <InputNumber
            id="points-per-unit"
            className={styles.short}
            min={0}
            max={1_000_000}
            precision={0}
            suffix={t("editor.points")}
            value={earning.points_per_unit}
            onChange={(points) => onChange({ points_per_unit: points ?? 0 })}
          />
        </div>
      </Field>
      <Field
        id="rounding"
        label={t("editor.rounding")}
        hint={earning.rounding === "up" && earning.rounded_per === "line" ? t("editor.up_per_line") : undefined}
      >
        <div className={styles.row}>
          <Select
            id="rounding"
            value={earning.rounding}
            options={(["down", "half_even", "up"] as const).map((value) => ({
              value,
              label: t(`editor.rounding_${value}`),
            }))}
            onChange={(rounding) => onChange({ rounding })}
          />
          <Segmented
            aria-label={t("editor.rounded_per")}
            value={earning.rounded_per}
            options={(["order", "line"] as const).map((value) => ({ value, label: t(`editor.per_${value}`) }))}
            onChange={(rounded_per) => onChange({ rounded_per })}
          />
        </div>
      </Field>
    </Section>
  );
}

function emptyRule(): Multiplier {
  return {
    name: "",
    factor_bp: 20_000,
    tiers: [],
    store_ids: [],
    channels: [],
    category_ids: [],
    product_ids: [],
    brand_ids: [],
    weekdays: [],
    hours: null,
    birthday: null,
    first_on: null,
    last_on: null,
  };
}

function Rules({ earning, tiers, onChange }: Part & { tiers: readonly { value: string; label: string }[] }) {
  const { t } = useTranslation("programme");
  const rules = earning.multipliers;
  const put = (multipliers: readonly Multiplier[]) => onChange({ multipliers });
  const move = (place: number, by: number) => {
    const moved = [...rules];
    const [rule] = moved.splice(place, 1);
    if (rule) moved.splice(place + by, 0, rule);
    put(moved);
  };
  return (
    <Section title={t("editor.multipliers")} about={t("editor.multipliers_about")}>
      {rules.map((rule, place) => (
        <MultiplierRule
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place; it has no name of its own while it is typed.
          key={place}
          number={place + 1}
          rule={rule}
          tiers={tiers}
          onChange={(next) => put(rules.map((other, at) => (at === place ? next : other)))}
          onRemove={() => put(rules.filter((_, at) => at !== place))}
          onUp={place > 0 ? () => move(place, -1) : undefined}
          onDown={place < rules.length - 1 ? () => move(place, 1) : undefined}
        />
      ))}
      <Button disabled={rules.length >= 50} onClick={() => put([...rules, emptyRule()])}>
        {t("editor.add")}
      </Button>
      {rules.length > 1 && (
        <>
          <Field
            id="combination"
            label={t("editor.combination")}
            hint={t(`editor.combine_reads_${earning.combination}`)}
          >
            <Segmented
              id="combination"
              value={earning.combination}
              options={(["multiply", "add", "highest"] as const).map((value) => ({
                value,
                label: t(`editor.combine_${value}`),
              }))}
              onChange={(combination) => onChange({ combination })}
            />
          </Field>
          <Field id="most-factor" label={t("editor.most_factor")}>
            <InputNumber
              id="most-factor"
              className={styles.short}
              min={1}
              max={100}
              suffix={t("editor.times")}
              value={earning.most_factor_bp / 10_000}
              onChange={(factor) => onChange({ most_factor_bp: Math.round((factor ?? 1) * 10_000) })}
            />
          </Field>
        </>
      )}
    </Section>
  );
}

function LimitsOf({ earning, currency, onChange }: Part & { currency: string }) {
  const { t } = useTranslation("programme");
  return (
    <Section title={t("editor.limits")}>
      <Field id="least-spend" label={t("editor.least_spend")} hint={t("editor.least_hint")}>
        <Amount
          id="least-spend"
          minor={earning.least_spend_minor || null}
          currency={currency}
          onChange={(minor) => onChange({ least_spend_minor: minor ?? 0 })}
        />
      </Field>
      <Field id="cap-per_order" label={t("editor.caps")}>
        <div className={styles.row}>
          {(["per_order", "per_day", "per_month"] as const).map((cap) => (
            <span key={cap} className={styles.row}>
              <label htmlFor={`cap-${cap}`}>{t(`editor.${cap}_cap`)}</label>
              <InputNumber
                id={`cap-${cap}`}
                className={styles.short}
                min={0}
                max={1_000_000_000}
                precision={0}
                placeholder={t("editor.unlimited")}
                suffix={t("editor.points")}
                value={earning.caps[cap]}
                onChange={(points) => onChange({ caps: { ...earning.caps, [cap]: points } })}
              />
            </span>
          ))}
        </div>
      </Field>
    </Section>
  );
}

function ExclusionsOf({ earning, onChange }: Part) {
  const { t } = useTranslation("programme");
  const categories = useCategoryChoices();
  const excluded = earning.exclusions;
  const change = (next: Partial<Earning["exclusions"]>) => onChange({ exclusions: { ...excluded, ...next } });
  return (
    <Section title={t("editor.exclusions")}>
      <Field id="tenders" label={t("editor.tenders")}>
        <Select
          id="tenders"
          className={styles.wide}
          mode="multiple"
          value={excluded.tenders}
          options={TENDERS.map((value) => ({ value, label: t(`tender.${value}`) }))}
          onChange={(tenders) => change({ tenders })}
        />
      </Field>
      <Field id="excluded-channels" label={t("editor.excluded_channels")}>
        <Select
          id="excluded-channels"
          className={styles.wide}
          mode="multiple"
          value={excluded.channels}
          options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))}
          onChange={(channels) => change({ channels })}
        />
      </Field>
      <Field id="excluded-categories" label={t("editor.excluded_categories")}>
        <Select
          id="excluded-categories"
          className={styles.wide}
          mode="multiple"
          optionFilterProp="label"
          value={excluded.category_ids}
          options={categories.data ?? []}
          onChange={(category_ids) => change({ category_ids })}
        />
      </Field>
      <Field id="discounted" label="">
        <Checkbox
          id="discounted"
          checked={excluded.discounted_lines}
          onChange={(event) => change({ discounted_lines: event.target.checked })}
        >
          {t("editor.discounted")}
        </Checkbox>
      </Field>
    </Section>
  );
}

/** Says what publishing does and from when, and does it. */
function Publishing({
  programme,
  draftVersion,
  onClose,
}: {
  programme: Programme;
  draftVersion: number;
  onClose: () => void;
}) {
  const { t } = useTranslation("programme");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const navigate = useNavigate();
  const { language, timezone } = useReading();
  const publish = usePublish(programme.id);
  const differences = useDifferences(programme.id, programme.version, null);
  const [later, setLater] = useState(false);
  const [at, setAt] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const next = programme.version + 1;
  const effectiveAt = later && at !== null ? wallTimeToInstant(at, timezone) : null;
  const overtaken = programme.scheduled.filter(
    ({ effective_at }) => effectiveAt === null || new Date(effective_at) >= new Date(effectiveAt),
  );
  const store = async () => {
    const terms = await publish.mutateAsync({
      expected_version: programme.version,
      draft_version: draftVersion,
      effective_at: effectiveAt,
      note: note.trim(),
    });
    void message.success(t("editor.published", { version: terms.version }));
    navigate("/loyalty/programme", { state: AFTER_SAVING });
  };
  return (
    <Modal
      open
      title={t("editor.publish_title", { version: next })}
      okText={t("editor.publish")}
      cancelText={kit("cancel")}
      okButtonProps={{ disabled: later && at === null, loading: publish.isPending }}
      onCancel={onClose}
      onOk={() => void store().catch(() => {})}
    >
      <div className={styles.inputs}>
        <Radio.Group
          value={later}
          onChange={(event) => setLater(event.target.value)}
          options={[
            { value: false, label: t("editor.publish_now") },
            { value: true, label: t("editor.publish_later") },
          ]}
        />
        {later && (
          <DatePicker
            showTime={{ format: "HH:mm" }}
            aria-label={t("editor.publish_later")}
            minDate={dayjs()}
            value={at === null ? null : dayjs(at)}
            onChange={(day) => setAt(day?.format("YYYY-MM-DDTHH:mm") ?? null)}
          />
        )}
        <p>
          {programme.version === 0 && `${t("editor.publish_first")} `}
          {effectiveAt === null
            ? t("editor.publish_words_now")
            : t("editor.publish_words_later", {
                at: dateAndTime(new Date(effectiveAt), { timezone, language }),
              })}
        </p>
        {overtaken.map(({ version }) => (
          <p key={version}>{t("editor.publish_overtakes", { version })}</p>
        ))}
        <Input
          value={note}
          maxLength={300}
          placeholder={t("editor.publish_note")}
          aria-label={t("editor.publish_note")}
          onChange={(event) => setNote(event.target.value)}
        />
        {differences.data && (
          <section>
            <h3 className={styles.soft}>{t("editor.changes")}</h3>
            <Differences differences={differences.data} currency={programme.currency} />
          </section>
        )}
      </div>
    </Modal>
  );
}
