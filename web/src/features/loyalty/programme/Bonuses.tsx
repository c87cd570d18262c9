import { Checkbox, InputNumber } from "antd";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { Section } from "@/components/layout";
import { Amount, Field } from "./fields";
import styles from "./programme.module.css";

type Given = components["schemas"]["Bonuses"];
type Repeated = components["schemas"]["RepeatedBonus"];
type Referral = components["schemas"]["Referral"];

const ONCE = ["sign_up", "profile_completed"] as const;
const REPEATED = ["review", "check_in"] as const;
const LIMITS: Required<components["schemas"]["Limits"]> = {
  per_period: 1,
  period: "day",
  cooldown_hours: 0,
  lifetime: null,
};
const REFERRAL: Required<Referral> = {
  referrer_points: 100,
  friend_points: 50,
  pending_days: 0,
  least_order_minor: 0,
  within_days: 90,
  most_per_month: 10,
  not_same_phone: true,
  not_same_household: true,
  not_same_card: true,
};

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
  const referral = bonuses.referral ?? null;
  const changeReferral = (next: Partial<Referral>) => put({ referral: { ...(referral ?? REFERRAL), ...next } });
  return (
    <Section title={t("editor.bonuses")} about={t("editor.bonuses_about")}>
      {ONCE.map((name) => (
        <Field key={name} id={`bonus-${name}`} label={t(`editor.${name}`)}>
          <Points
            id={`bonus-${name}`}
            points={bonuses[name]?.points ?? null}
            onChange={(points) => put({ [name]: points ? { pending_days: 0, ...bonuses[name], points } : null })}
          />
        </Field>
      ))}
      {REPEATED.map((name) => {
        const bonus: Repeated | null = bonuses[name] ?? null;
        const limits = { ...LIMITS, ...bonus?.limits };
        const limit = (next: Partial<typeof LIMITS>) =>
          bonus && put({ [name]: { ...bonus, limits: { ...limits, ...next } } });
        return (
          <Field key={name} id={`bonus-${name}`} label={t(`editor.${name}`)}>
            <div className={styles.row}>
              <Points
                id={`bonus-${name}`}
                points={bonus?.points ?? null}
                onChange={(points) =>
                  put({ [name]: points ? { pending_days: 0, limits: LIMITS, ...bonus, points } : null })
                }
              />
              {bonus && (
                <>
                  <label htmlFor={`per-${name}`}>{t("editor.per_period")}</label>
                  <InputNumber
                    id={`per-${name}`}
                    className={styles.short}
                    min={1}
                    max={1_000}
                    precision={0}
                    placeholder={t("editor.unlimited")}
                    suffix={t("editor.occasions")}
                    value={limits.per_period}
                    onChange={(per_period) => limit({ per_period })}
                  />
                  <label htmlFor={`pause-${name}`}>{t("editor.cooldown")}</label>
                  <InputNumber
                    id={`pause-${name}`}
                    className={styles.short}
                    min={0}
                    max={8_784}
                    precision={0}
                    suffix={t("editor.hours")}
                    value={limits.cooldown_hours}
                    onChange={(hours) => limit({ cooldown_hours: hours ?? 0 })}
                  />
                </>
              )}
            </div>
          </Field>
        );
      })}
      <Field id="bonus-referral" label={t("editor.referral")}>
        <div className={styles.inputs}>
          <Checkbox
            id="bonus-referral"
            checked={referral !== null}
            onChange={(event) => put({ referral: event.target.checked ? REFERRAL : null })}
          />
          {referral && (
            <>
              <div className={styles.row}>
                <label htmlFor="referrer-points">{t("editor.referrer_points")}</label>
                <Points
                  id="referrer-points"
                  points={referral.referrer_points}
                  onChange={(points) => changeReferral({ referrer_points: points ?? 0 })}
                />
                <label htmlFor="friend-points">{t("editor.friend_points")}</label>
                <Points
                  id="friend-points"
                  points={referral.friend_points}
                  onChange={(points) => changeReferral({ friend_points: points ?? 0 })}
                />
              </div>
              <div className={styles.row}>
                <label htmlFor="least-order">{t("editor.least_order")}</label>
                <Amount
                  id="least-order"
                  minor={referral.least_order_minor || null}
                  currency={currency}
                  onChange={(minor) => changeReferral({ least_order_minor: minor ?? 0 })}
                />
                <label htmlFor="referral-month">{t("editor.most_per_month")}</label>
                <InputNumber
                  id="referral-month"
                  className={styles.short}
                  min={1}
                  max={10_000}
                  precision={0}
                  placeholder={t("editor.unlimited")}
                  suffix={t("editor.occasions")}
                  value={referral.most_per_month ?? null}
                  onChange={(most_per_month) => changeReferral({ most_per_month })}
                />
              </div>
            </>
          )}
        </div>
      </Field>
    </Section>
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
      placeholder={t("editor.not_offered")}
      suffix={t("editor.points")}
      value={points}
      onChange={onChange}
    />
  );
}
