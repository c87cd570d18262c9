import { useTranslation } from "react-i18next";
import { useAmounts } from "@/components/amounts";
import { useReading } from "@/components/reading";
import { Tag, type Tone } from "@/components/Tag";
import { calendarDate, dateAndTime } from "@/format/when";
import type { DealDocument, DealState } from "./api";

const TONES: Record<DealState, Tone> = { draft: "neutral", on_sale: "good", paused: "warning", over: "neutral" };

export function DealTag({ state }: { state: DealState }) {
  const { t } = useTranslation("deals");
  return <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>;
}

/** The address buyers open and share. */
export function publicAddress(slug: string): string {
  return `${window.location.origin}/deals/${slug}`;
}

export interface TermWords {
  readonly key: string;
  readonly name: string;
  readonly text: string;
}

/** The terms of a deal, each as a buyer reads it. */
export function useTermWords(): (terms: DealDocument, stores: ReadonlyMap<number, string>) => readonly TermWords[] {
  const { t } = useTranslation("deals");
  const { language, timezone } = useReading();
  const at = (moment: string) => dateAndTime(new Date(moment), { timezone, language });
  const day = (iso: string) => calendarDate(iso, language);
  const weekday = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
  // 1 January 2024 was a Monday, which ISO counts as 1.
  const nameOfDay = (iso: number) => weekday.format(new Date(Date.UTC(2024, 0, iso)));
  const list = new Intl.ListFormat(language, { style: "narrow", type: "conjunction" });
  return (terms, stores) => {
    const { validity } = terms;
    const after = validity.valid_after_days ?? 0;
    const hours = (validity.hours ?? []).map(({ weekdays, opens_at, closes_at }) =>
      t("terms.hours_line", {
        days: weekdays.length === 7 ? t("terms.every_day") : list.format(weekdays.map(nameOfDay)),
        opens: opens_at.slice(0, 5),
        closes: closes_at.slice(0, 5),
      }),
    );
    const named = (validity.store_ids ?? []).map((id) => stores.get(id) ?? `#${id}`);
    return [
      {
        key: "window",
        name: t("terms.window"),
        text:
          terms.starts_at && terms.ends_at
            ? t("terms.window_words", { starts: at(terms.starts_at), ends: at(terms.ends_at) })
            : t("terms.open"),
      },
      { key: "group", name: t("terms.group"), text: t("terms.group_words", { count: terms.group_hours ?? 24 }) },
      {
        key: "limits",
        name: t("terms.limits"),
        text: [
          t("terms.per_order", { count: terms.most_per_order ?? 1 }),
          ...(terms.most_per_person ? [t("terms.per_person", { count: terms.most_per_person })] : []),
        ].join(t("terms.and")),
      },
      { key: "uses", name: t("terms.uses"), text: t("terms.uses_words", { count: terms.uses ?? 1 }) },
      {
        key: "validity",
        name: t("terms.validity"),
        text: [
          after > 0 ? t("terms.valid_after", { count: after }) : t("terms.valid_at_once"),
          validity.valid_until
            ? t("terms.valid_until", { day: day(validity.valid_until) })
            : t("terms.valid_days", { count: validity.valid_days ?? 0 }),
        ].join(t("terms.and")),
      },
      {
        key: "stores",
        name: t("terms.stores"),
        text: named.length === 0 ? t("terms.every_store") : named.join(t("terms.and")),
      },
      {
        key: "hours",
        name: t("terms.hours"),
        text: hours.length === 0 ? t("terms.any_hour") : hours.join(t("terms.and")),
      },
      ...((validity.blackout_days ?? []).length > 0
        ? [
            {
              key: "blackout",
              name: t("terms.blackout"),
              text: (validity.blackout_days ?? []).map(day).join(t("terms.and")),
            },
          ]
        : []),
      {
        key: "refund",
        name: t("terms.refund"),
        text: [
          t(terms.refund_unused === false ? "terms.no_refund" : "terms.refund_unused"),
          t(terms.on_expiry === "keep" ? "terms.expiry_keep" : "terms.expiry_refund"),
        ].join(t("terms.and")),
      },
    ];
  };
}

/** The ladder in one line: 「2 人 ¥128.00 · 5 人 ¥99.00（满 4 人到时成团）」. */
export function useLadderWords(currency: string): (ladder: DealDocument["ladder"]) => readonly string[] {
  const { t } = useTranslation("deals");
  const amount = useAmounts(currency);
  return (ladder) =>
    ladder.map(({ size, price_minor, forms_at }) =>
      forms_at && forms_at < size
        ? t("step.early", { count: size, price: amount(price_minor), least: forms_at })
        : t("step.plain", { count: size, price: amount(price_minor) }),
    );
}
