import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { exactCount, shortCount, shortFigure } from "@/format/count";
import { exactMoney, type MoneyAmount, shortMoney } from "@/format/money";
import { change, percent } from "@/format/percent";
import { absoluteTime, calendarDate, dateAndTime, relativeTime } from "@/format/when";
import styles from "./figures.module.css";
import { useNow, useReading } from "./reading";

/** Nothing is known: an even dash, so that columns stay quiet. Read aloud as "none". */
export function None() {
  const { t } = useTranslation("kit");
  return (
    <span className={styles.none}>
      <span aria-hidden="true">–</span>
      <span className="hk-visually-hidden">{t("none")}</span>
    </span>
  );
}

/** A number of things. `short` is for headlines (1.25万); the exact figure then stands on hover. */
export function Count({ value, short = false }: { value: number | null | undefined; short?: boolean }) {
  const { language } = useReading();
  if (value === null || value === undefined) return <None />;
  const exact = exactCount(value, language);
  if (!short || shortFigure(value, language) === null) return <span className={styles.figure}>{exact}</span>;
  return (
    <Tooltip title={exact}>
      <span className={styles.figure}>{shortCount(value, language)}</span>
    </Tooltip>
  );
}

/** An amount in minor units, exact. `short` is for headlines; the exact amount then stands on hover. */
export function Money({
  minor,
  currency,
  short = false,
}: {
  minor: number | null | undefined;
  /** Left out: the operator's own currency. */
  currency?: string | null;
  short?: boolean;
}) {
  const reading = useReading();
  if (minor === null || minor === undefined) return <None />;
  const amount: MoneyAmount = { amount_minor: minor, currency: currency ?? reading.currency };
  const style = { language: reading.language, homeCurrency: reading.currency };
  const exact = exactMoney(amount, style);
  const shown = short ? shortMoney(amount, style) : exact;
  if (shown === exact) return <span className={styles.figure}>{exact}</span>;
  return (
    <Tooltip title={exact}>
      <span className={styles.figure}>{shown}</span>
    </Tooltip>
  );
}

export function Percent({ ratio }: { ratio: number | null | undefined }) {
  const { language } = useReading();
  if (ratio === null || ratio === undefined) return <None />;
  return <span className={styles.figure}>{percent(ratio, language)}</span>;
}

const ARROWS = { up: "▲", down: "▼", flat: "■" } as const;

/** A change with sign, colour and arrow. `goodWhen` says which direction is good news; none is for neutral figures. */
export function Change({
  now,
  before,
  goodWhen = "up",
}: {
  now: number;
  before: number;
  goodWhen?: "up" | "down" | "neither";
}) {
  const { t } = useTranslation("kit");
  const { language } = useReading();
  const { direction, text } = change(now, before, language);
  const tone = direction === "flat" || goodWhen === "neither" ? "flat" : direction === goodWhen ? "good" : "bad";
  return (
    <span className={styles.change} data-tone={tone}>
      <span aria-hidden="true" className={styles.arrow}>
        {ARROWS[direction]}
      </span>
      <span className="hk-visually-hidden">{t(`change.${direction}`)}</span>
      {text ?? t("change.new")}
    </span>
  );
}

/**
 * An instant: relative within a day, a date beyond it, to the second with its zone on hover. `exact` always says date
 * and time, for rows in which instants are compared.
 */
export function When({ at, exact = false }: { at: string | null | undefined; exact?: boolean }) {
  const { language, timezone } = useReading();
  const now = useNow();
  if (!at) return <None />;
  const date = new Date(at);
  return (
    <Tooltip title={absoluteTime(date, { timezone, language })}>
      <time className={styles.figure} dateTime={at}>
        {exact ? dateAndTime(date, { timezone, language }) : relativeTime(date, { now, timezone, language })}
      </time>
    </Tooltip>
  );
}

/** A date of the calendar (`2026-11-22`), the same in every zone. */
export function Day({ on }: { on: string | null | undefined }) {
  const { language } = useReading();
  if (!on) return <None />;
  return (
    <time className={styles.figure} dateTime={on}>
      {calendarDate(on, language)}
    </time>
  );
}

/** Personal data: masked until asked for. `clear` is the full value once the server has given it out. */
export function Masked({ masked, clear }: { masked: string | null | undefined; clear?: string | null }) {
  if (!masked) return <None />;
  return <span className={styles.figure}>{clear ?? masked}</span>;
}
