import { Checkbox, Input, InputNumber, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import styles from "./signups.module.css";

type Answers = Readonly<Record<string, readonly string[]>>;

const CALENDARS = ["solar", "lunar"] as const;
const MONTHS = Array.from({ length: 12 }, (_, index) => String(index + 1));
const DAYS = Array.from({ length: 30 }, (_, index) => String(index + 1));

/** Her birthday as she says it: a day of the calendar, or month and day of the lunar one, of which few know the year. */
export function CallBirthday({
  label,
  answers,
  onAnswer,
}: {
  label: string;
  answers: Answers;
  onAnswer: (name: string, values: readonly string[]) => void;
}) {
  const { t } = useTranslation("signups");
  const told = (name: string) => answers[name]?.[0];
  const tell = (name: string) => (value: string | number | null | undefined) =>
    onAnswer(name, value === null || value === undefined || value === "" ? [] : [String(value)]);
  const calendar = told("birthday_calendar") === "lunar" ? "lunar" : "solar";
  return (
    <fieldset className={styles.field}>
      <legend>{label}</legend>
      <Segmented
        value={calendar}
        options={CALENDARS.map((value) => ({ value, label: t(`call.calendar.${value}`) }))}
        onChange={tell("birthday_calendar")}
      />
      {calendar === "solar" ? (
        <Input
          type="date"
          aria-label={label}
          value={told("birthday") ?? ""}
          onChange={({ target }) => tell("birthday")(target.value)}
        />
      ) : (
        <div className={styles.row}>
          <Select
            aria-label={t("call.lunar_month")}
            placeholder={t("call.lunar_month")}
            allowClear
            options={MONTHS.map((value) => ({ value, label: t("call.month_of", { n: value }) }))}
            value={told("birthday_month")}
            onChange={tell("birthday_month")}
          />
          <Select
            aria-label={t("call.lunar_day")}
            placeholder={t("call.lunar_day")}
            allowClear
            options={DAYS.map((value) => ({ value, label: t("call.day_of", { n: value }) }))}
            value={told("birthday_day")}
            onChange={tell("birthday_day")}
          />
          <InputNumber
            aria-label={t("call.lunar_year")}
            placeholder={t("call.lunar_year")}
            min={1900}
            max={2098}
            precision={0}
            style={{ width: 170 }}
            value={told("birthday_year") ? Number(told("birthday_year")) : null}
            onChange={tell("birthday_year")}
          />
          <Checkbox
            checked={told("birthday_leap") === "yes"}
            onChange={({ target }) => tell("birthday_leap")(target.checked ? "yes" : "")}
          >
            {t("call.leap")}
          </Checkbox>
        </div>
      )}
    </fieldset>
  );
}
