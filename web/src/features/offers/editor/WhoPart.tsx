import { Checkbox, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { useSegmentNames, useTierNames } from "./api";
import styles from "./editor.module.css";
import { Choices, Field, type PartProps } from "./fields";
import { asksWho, type Form } from "./form";

const EVERYBODY: Form["customer"] = {
  known: false,
  is_new: false,
  is_member: false,
  tiers: [],
  segment_ids: [],
  not_segment_ids: [],
};

/** Who gets it: everybody, or who fulfils everything that is asked. */
export function WhoPart({ form, change }: PartProps) {
  const { t } = useTranslation("offer_editor");
  const { language } = useReading();
  const may = useMay();
  const tiers = useTierNames(may("loyalty.read"));
  const { customer } = form;
  const put = (next: Partial<Form["customer"]>) =>
    // Unticking the last wish still asks for somebody who is known; everybody is a choice of its own.
    change({ customer: { ...customer, known: true, ...next } });
  return (
    <Section title={t("who.title")}>
      <Choices
        id="offer-who"
        value={asksWho(customer) ? "some" : "everybody"}
        choices={[
          { value: "everybody", label: t("who.everybody"), about: t("who.everybody_about") },
          { value: "some", label: t("who.some"), about: t("who.some_about") },
        ]}
        onChange={(who) => change({ customer: who === "everybody" ? EVERYBODY : { ...customer, known: true } })}
      />
      {asksWho(customer) && (
        <div className={styles.numbers}>
          <Field id="offer-new" label={t("who.only")}>
            <div className={styles.stack}>
              <Checkbox
                id="offer-new"
                checked={customer.is_new}
                onChange={(event) => put({ is_new: event.target.checked })}
              >
                {t("who.is_new")}
              </Checkbox>
              <Checkbox checked={customer.is_member} onChange={(event) => put({ is_member: event.target.checked })}>
                {t("who.is_member")}
              </Checkbox>
            </div>
          </Field>
          {((tiers.data ?? []).length > 0 || customer.tiers.length > 0) && (
            <Field id="offer-tiers" label={t("who.tiers")}>
              <Select
                id="offer-tiers"
                className={styles.wide}
                mode="multiple"
                placeholder={t("who.any_tier")}
                value={customer.tiers}
                options={optionsWith(
                  (tiers.data ?? []).map(({ key, name, name_en }) => ({
                    value: key,
                    label: (language === "en" && name_en) || name,
                  })),
                  customer.tiers,
                )}
                onChange={(chosen) => put({ tiers: chosen })}
              />
            </Field>
          )}
          <Field id="offer-segments" label={t("who.segments")} hint={t("who.segments_hint")}>
            <Segments
              id="offer-segments"
              placeholder={t("who.any_segment")}
              value={customer.segment_ids}
              onChange={(segment_ids) => put({ segment_ids })}
            />
          </Field>
          <Field id="offer-not-segments" label={t("who.not_segments")}>
            <Segments
              id="offer-not-segments"
              placeholder={t("who.no_segment")}
              value={customer.not_segment_ids}
              onChange={(not_segment_ids) => put({ not_segment_ids })}
            />
          </Field>
        </div>
      )}
    </Section>
  );
}

const REST_MILLISECONDS = 200;

function Segments({
  id,
  placeholder,
  value,
  onChange,
}: {
  id: string;
  placeholder: string;
  value: number[];
  onChange: (ids: number[]) => void;
}) {
  const may = useMay();
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), REST_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useSegmentNames(q, may("segments.read"));
  const first = useSegmentNames("", may("segments.read"));
  const known = [...(found.data ?? []), ...(first.data ?? [])].filter(
    (one, at, all) => all.findIndex((other) => other.id === one.id) === at,
  );
  return (
    <Select
      id={id}
      className={styles.wide}
      mode="multiple"
      placeholder={placeholder}
      loading={found.isFetching}
      showSearch={{ optionFilterProp: "label", searchValue: typed, onSearch: setTyped }}
      value={value}
      options={optionsWith(
        known.map((one) => ({ value: one.id, label: one.name })),
        value,
      )}
      onChange={onChange}
    />
  );
}

/** The options, and what is chosen though it is not among them: it is kept, under its number or key. */
function optionsWith<T extends string | number>(
  options: readonly { readonly value: T; readonly label: string }[],
  chosen: readonly T[],
): { value: T; label: string }[] {
  const missing = chosen.filter((one) => !options.some(({ value }) => value === one));
  return [...options, ...missing.map((value) => ({ value, label: String(value) }))];
}
