import { Checkbox, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { Section } from "@/components/layout";
import styles from "../programme.module.css";
import { Amount, Field, Whole } from "./fields";

type Given = components["schemas"]["Bonuses"];
type Once = components["schemas"]["OnceBonus"];
type Profile = components["schemas"]["ProfileBonus"];
type Repeated = components["schemas"]["RepeatedBonus"];
type Referral = components["schemas"]["Referral"];
type Limits = Required<components["schemas"]["Limits"]>;

const REPEATED = ["review", "check_in"] as const;
const LIMITS: Limits = { per_period: 1, period: "day", cooldown_hours: 0, lifetime: null };
/** What a file may have to say, in the order in which one reads it. */
const PROFILE = ["name", "phone", "email", "birthday", "gender", "city"] as const;
const PROFILE_ASKED: NonNullable<Profile["fields"]> = ["name", "phone", "birthday"];
const REFERRAL: Required<Referral> = {
  referrer_points: 100,
  friend_points: 50,
  pending_days: 0,
  least_order_minor: 0,
  within_days: 90,
  most_per_month: 10,
  needs_order_kept: true,
  not_same_phone: true,
  not_same_household: true,
  not_same_card: true,
};
const NOT_SAME = ["not_same_phone", "not_same_household", "not_same_card"] as const;

/** What else earns points, each switched on with its points and its limits. */
export function Bonuses({
  bonuses,
  currency,
  onChange,
}: {
  bonuses: Given;
  currency: string;
  onChange: (bonuses: Given) => void;
}) {
  const { t } = useTranslation("programme");
  const put = (next: Partial<Given>) => onChange({ ...bonuses, ...next });
  return (
    <>
      <Section title={t("editor.bonuses")} about={t("editor.bonuses_about")}>
        <Field id="bonus-sign_up" label={t("editor.sign_up")}>
          <OnceOf name="sign_up" bonus={bonuses.sign_up ?? null} onChange={(sign_up) => put({ sign_up })} />
        </Field>
        <Field id="bonus-profile_completed" label={t("editor.profile_completed")}>
          <ProfileOf
            bonus={bonuses.profile_completed ?? null}
            onChange={(profile_completed) => put({ profile_completed })}
          />
        </Field>
        {REPEATED.map((name) => (
          <Field key={name} id={`bonus-${name}`} label={t(`editor.${name}`)}>
            <RepeatedOf name={name} bonus={bonuses[name] ?? null} onChange={(bonus) => put({ [name]: bonus })} />
          </Field>
        ))}
      </Section>
      <Section title={t("editor.referral")} about={t("editor.referral_about")}>
        <ReferralOf
          referral={bonuses.referral ? { ...REFERRAL, ...bonuses.referral } : null}
          currency={currency}
          onChange={(referral) => put({ referral })}
        />
      </Section>
    </>
  );
}

function OnceOf({
  name,
  bonus,
  onChange,
}: {
  name: string;
  bonus: Once | null;
  onChange: (bonus: Once | null) => void;
}) {
  return (
    <div className={styles.row}>
      <Points
        id={`bonus-${name}`}
        points={bonus?.points ?? null}
        onChange={(points) => onChange(points ? { pending_days: 0, ...bonus, points } : null)}
      />
      {bonus && (
        <Waits
          id={`waits-${name}`}
          days={bonus.pending_days ?? 0}
          onChange={(pending_days) => onChange({ ...bonus, pending_days })}
        />
      )}
    </div>
  );
}

/** Points for a complete file, and what it has to say for it; at least one thing. */
function ProfileOf({ bonus, onChange }: { bonus: Profile | null; onChange: (bonus: Profile | null) => void }) {
  const { t } = useTranslation("programme");
  const asked = bonus?.fields ?? PROFILE_ASKED;
  return (
    <div className={styles.stack}>
      <OnceOf
        name="profile_completed"
        bonus={bonus}
        onChange={(next) => onChange(next && { fields: [...asked], ...next })}
      />
      {bonus && (
        <fieldset className={styles.asked}>
          <legend>{t("editor.profile_asked")}</legend>
          <div className={styles.row}>
            {PROFILE.map((field) => (
              <Checkbox
                key={field}
                checked={asked.includes(field)}
                disabled={asked.length === 1 && asked.includes(field)}
                onChange={({ target }) =>
                  onChange({
                    ...bonus,
                    fields: PROFILE.filter((each) => (each === field ? target.checked : asked.includes(each))),
                  })
                }
              >
                {t(`profile.${field}`)}
              </Checkbox>
            ))}
          </div>
          <p className={styles.hint}>{t("editor.profile_about")}</p>
        </fieldset>
      )}
    </div>
  );
}

function RepeatedOf({
  name,
  bonus,
  onChange,
}: {
  name: string;
  bonus: Repeated | null;
  onChange: (bonus: Repeated | null) => void;
}) {
  const { t } = useTranslation("programme");
  const limits = { ...LIMITS, ...bonus?.limits };
  const limit = (next: Partial<Limits>) => bonus && onChange({ ...bonus, limits: { ...limits, ...next } });
  return (
    <div className={styles.stack}>
      <div className={styles.row}>
        <Points
          id={`bonus-${name}`}
          points={bonus?.points ?? null}
          onChange={(points) => onChange(points ? { pending_days: 0, limits: LIMITS, ...bonus, points } : null)}
        />
        {bonus && (
          <Waits
            id={`waits-${name}`}
            days={bonus.pending_days ?? 0}
            onChange={(pending_days) => onChange({ ...bonus, pending_days })}
          />
        )}
      </div>
      {bonus && (
        <div className={styles.row}>
          <label htmlFor={`per-${name}`}>{t("editor.per_period")}</label>
          <Whole
            id={`per-${name}`}
            least={1}
            most={1_000}
            unit={t("editor.occasions")}
            placeholder={t("editor.unlimited")}
            value={limits.per_period}
            onChange={(per_period) => limit({ per_period })}
          />
          {limits.per_period !== null && (
            <Select
              aria-label={t("editor.per_period")}
              value={limits.period}
              options={(["day", "week", "month", "year"] as const).map((value) => ({
                value,
                label: t(`editor.per.${value}`),
              }))}
              onChange={(period) => limit({ period })}
            />
          )}
          <label htmlFor={`cooldown-${name}`}>{t("editor.cooldown")}</label>
          <Whole
            id={`cooldown-${name}`}
            most={8_784}
            unit={t("editor.hours")}
            value={limits.cooldown_hours}
            onChange={(hours) => limit({ cooldown_hours: hours ?? 0 })}
          />
          <label htmlFor={`ever-${name}`}>{t("editor.lifetime")}</label>
          <Whole
            id={`ever-${name}`}
            least={1}
            most={100_000}
            unit={t("editor.occasions")}
            placeholder={t("editor.unlimited")}
            value={limits.lifetime}
            onChange={(lifetime) => limit({ lifetime })}
          />
        </div>
      )}
    </div>
  );
}

function ReferralOf({
  referral,
  currency,
  onChange,
}: {
  referral: Required<Referral> | null;
  currency: string;
  onChange: (referral: Referral | null) => void;
}) {
  const { t } = useTranslation("programme");
  const change = (next: Partial<Referral>) => onChange({ ...(referral ?? REFERRAL), ...next });
  return (
    <>
      <Field id="bonus-referral" label={t("editor.referral")}>
        <Checkbox
          id="bonus-referral"
          checked={referral !== null}
          onChange={(event) => onChange(event.target.checked ? REFERRAL : null)}
        >
          {t("editor.offered")}
        </Checkbox>
      </Field>
      {referral && (
        <>
          <Field id="referrer-points" label={t("editor.both_get")}>
            <div className={styles.row}>
              <label htmlFor="referrer-points">{t("editor.referrer_points")}</label>
              <Points
                id="referrer-points"
                points={referral.referrer_points}
                onChange={(points) => change({ referrer_points: points ?? 0 })}
              />
              <label htmlFor="friend-points">{t("editor.friend_points")}</label>
              <Points
                id="friend-points"
                points={referral.friend_points}
                onChange={(points) => change({ friend_points: points ?? 0 })}
              />
            </div>
          </Field>
          <Field id="least-order" label={t("editor.counts_when")}>
            <div className={styles.row}>
              <label htmlFor="within-days">{t("editor.within_days")}</label>
              <Whole
                id="within-days"
                least={1}
                most={3_650}
                unit={t("editor.days")}
                value={referral.within_days}
                onChange={(days) => days && change({ within_days: days })}
              />
              <label htmlFor="least-order">{t("editor.least_order")}</label>
              <Amount
                id="least-order"
                minor={referral.least_order_minor || null}
                currency={currency}
                placeholder={t("editor.unlimited")}
                onChange={(minor) => change({ least_order_minor: minor ?? 0 })}
              />
            </div>
          </Field>
          <Field id="waits-referral" label={t("editor.pending")}>
            <Waits
              id="waits-referral"
              days={referral.pending_days}
              onChange={(pending_days) => change({ pending_days })}
            />
          </Field>
          <Field id="referral-month" label={t("editor.most_per_month")}>
            <Whole
              id="referral-month"
              least={1}
              most={10_000}
              unit={t("editor.occasions")}
              placeholder={t("editor.unlimited")}
              value={referral.most_per_month}
              onChange={(most_per_month) => change({ most_per_month })}
            />
          </Field>
          <Field id="needs_order_kept" label={t("editor.kept")} hint={t("editor.kept_about")}>
            <Checkbox
              id="needs_order_kept"
              checked={referral.needs_order_kept}
              onChange={(event) => change({ needs_order_kept: event.target.checked })}
            >
              {t("editor.needs_order_kept")}
            </Checkbox>
          </Field>
          <Field id="not_same_phone" label={t("editor.not_same")} hint={t("editor.not_same_about")}>
            <div className={styles.checks}>
              {NOT_SAME.map((name) => (
                <Checkbox
                  key={name}
                  id={name}
                  checked={referral[name]}
                  onChange={(event) => change({ [name]: event.target.checked })}
                >
                  {t(`editor.${name}`)}
                </Checkbox>
              ))}
            </div>
          </Field>
        </>
      )}
    </>
  );
}

/** How many days a bonus waits until it may be spent. */
function Waits({ id, days, onChange }: { id: string; days: number; onChange: (days: number) => void }) {
  const { t } = useTranslation("programme");
  return (
    <>
      <label htmlFor={id}>{t("editor.waits")}</label>
      <Whole id={id} most={365} unit={t("editor.days")} value={days} onChange={(next) => onChange(next ?? 0)} />
    </>
  );
}

function Points({
  id,
  points,
  onChange,
}: {
  id: string;
  points: number | null;
  onChange: (points: number | null) => void;
}) {
  const { t } = useTranslation("programme");
  return (
    <InputNumber
      id={id}
      className={styles.short}
      min={0}
      max={1_000_000_000}
      precision={0}
      controls={false}
      placeholder={t("editor.not_offered")}
      suffix={t("editor.points")}
      value={points}
      onChange={onChange}
    />
  );
}
