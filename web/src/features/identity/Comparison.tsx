import { Radio } from "antd";
import { useTranslation } from "react-i18next";
import { When } from "@/components/figures";
import { Tag } from "@/components/Tag";
import type { Choices, MergeConsent, MergeField, MergePlan } from "./api";
import styles from "./identity.module.css";

/** Which of two files stays, the word of each on every field, and what consent is left. */
export function Comparison({
  plan,
  onSurvivor,
  onChoose,
}: {
  plan: MergePlan;
  onSurvivor: (id: number) => void;
  onChoose: (choices: Choices) => void;
}) {
  const { t } = useTranslation("identity");
  const said = plan.fields.filter((field) => field.survivor.length > 0 || field.absorbed.length > 0);
  const differs = ({ survivor, absorbed }: MergeField) => survivor.join() !== absorbed.join();
  const rows = [...said].sort((one, other) => Number(other.conflicts) - Number(one.conflicts));
  const choose = (field: string, side: "survivor" | "absorbed") => {
    const choices: Choices = { [field]: side };
    for (const { field: other, taken, default: byRule } of plan.fields)
      if (other !== field && taken !== byRule && taken !== "both") choices[other] = taken;
    onChoose(choices);
  };
  return (
    <>
      <div className={styles.files}>
        {[plan.survivor, plan.absorbed].map((file) => {
          const stays = file.id === plan.survivor.id;
          return (
            <div key={file.id} className={styles.file} data-stays={stays || undefined}>
              <span className={styles.fileName}>
                {file.name || t("nameless")} <span className={styles.soft}>#{file.id}</span>{" "}
                <Tag tone={stays ? "accent" : "neutral"}>{t(stays ? "stays" : "goes")}</Tag>
              </span>
              {file.id === plan.suggested_id && (
                <span className={styles.soft}>{t("suggested", { because: t(`because.${plan.because}`) })}</span>
              )}
              {!stays && (
                <button type="button" className={styles.link} onClick={() => onSurvivor(file.id)}>
                  {t("keep_this")}
                </button>
              )}
            </div>
          );
        })}
      </div>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <caption className={styles.soft}>{t("fields_caption")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("field_column")}</th>
              <th scope="col">{t("stays")}</th>
              <th scope="col">{t("goes")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((field) => (
              <tr key={field.field} data-conflict={field.conflicts || undefined}>
                <td>
                  {t(`field.${field.field as "name"}`, { defaultValue: field.field })}
                  {field.taken === "both" && <div className={styles.soft}>{t("both")}</div>}
                </td>
                {(["survivor", "absorbed"] as const).map((side) => (
                  <td key={side}>
                    <span
                      className={styles.side}
                      data-dropped={(field.taken !== side && field.taken !== "both") || undefined}
                    >
                      {differs(field) && field.taken !== "both" ? (
                        <Radio
                          checked={field.taken === side}
                          aria-label={t("take", {
                            field: t(`field.${field.field as "name"}`, { defaultValue: field.field }),
                            side: t(side === "survivor" ? "stays" : "goes"),
                          })}
                          onChange={() => choose(field.field, side)}
                        />
                      ) : (
                        <span />
                      )}
                      <span>{field[side].map((value) => worded(value, t)).join(" ") || "—"}</span>
                    </span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function worded(value: string, t: ReturnType<typeof useTranslation<"identity">>["t"]): string {
  if (value === "female" || value === "male" || value === "other") return t(`gender.${value}`);
  return /^\d{4}-\d\d-\d\dT/.test(value) ? value.slice(0, 10) : value;
}

/** What becomes of each word about consent, and why. */
export function ConsentOutcomes({ consents }: { consents: readonly MergeConsent[] }) {
  const { t } = useTranslation("identity");
  if (consents.length === 0) return <p className={styles.soft}>{t("consent.none")}</p>;
  const state = (word: MergeConsent["after"]) =>
    word ? (
      <>
        <Tag tone={word.state === "granted" ? "good" : "bad"}>{t(`consent.${word.state}`)}</Tag>{" "}
        <span className={styles.soft}>
          <When at={word.given_at} />
        </span>
      </>
    ) : (
      <span className={styles.soft}>{t("consent.silent")}</span>
    );
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("consent.for")}</th>
            <th scope="col">{t("stays")}</th>
            <th scope="col">{t("goes")}</th>
            <th scope="col">{t("consent.after")}</th>
          </tr>
        </thead>
        <tbody>
          {consents.map((line) => (
            <tr key={`${line.channel}-${line.purpose}`}>
              <td>
                {t(`consent.${line.channel}`)} · {t(`consent.${line.purpose}`)}
              </td>
              <td>{state(line.survivor)}</td>
              <td>{state(line.absorbed)}</td>
              <td>
                {state(line.after)}
                <div className={styles.soft}>{t(`outcome.${line.because}`)}</div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
