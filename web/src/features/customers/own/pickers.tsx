import { Input, Radio } from "antd";
import type { TFunction } from "i18next";
import { useState } from "react";
import type { Filter } from "@/components/filters";
import type { Named } from "./api";
import styles from "./pickers.module.css";

/** What may be pointed to, found by what is typed. */
type UsePicks = (q: string) => { data?: readonly Named[] | undefined };

const PRESENCE = ["is_set", "is_not_set"] as const;

/** The filter of a field that points to somebody, kept in the address as `key:op:value`. The rows that are shown say
 * what she is called; a list without rows has only her number. */
export function pickedFilter({
  key,
  label,
  where,
  onChange,
  nameOf,
  usePicks,
  t,
}: {
  key: string;
  label: string;
  where: readonly string[];
  onChange: (where: readonly string[]) => void;
  nameOf: (id: number) => string | undefined;
  usePicks: UsePicks;
  t: TFunction<"file">;
}): Filter {
  const mine = where.find((text) => text.startsWith(`${key}:`)) ?? "";
  const [, op = "", id = ""] = mine.split(":");
  const value = op === "eq" ? `eq:${id}` : op;
  const others = where.filter((text) => text !== mine);
  const presence = PRESENCE.map((one) => ({ value: one as string, label: t(`own.filter.${one}`) }));
  const summary = op === "eq" ? (nameOf(Number(id)) ?? `#${id}`) : presence.find((one) => one.value === op)?.label;
  return {
    key: `field:${key}`,
    label,
    summary: summary ?? null,
    drop: () => onChange(others),
    editor: (close) => (
      <Picker
        label={label}
        value={value}
        chosen={op === "eq" ? { id: Number(id), name: summary ?? `#${id}` } : null}
        presence={presence}
        placeholder={t("own.filter.search")}
        usePicks={usePicks}
        onPick={(next) => {
          onChange([...others, `${key}:${next}`]);
          close();
        }}
      />
    ),
  };
}

function Picker({
  label,
  value,
  chosen,
  presence,
  placeholder,
  usePicks,
  onPick,
}: {
  label: string;
  value: string;
  chosen: Named | null;
  presence: readonly { value: string; label: string }[];
  placeholder: string;
  usePicks: UsePicks;
  onPick: (value: string) => void;
}) {
  const [q, setQ] = useState("");
  const found = usePicks(q.trim()).data ?? [];
  const known = chosen === null || found.some((one) => one.id === chosen.id) ? found : [chosen, ...found];
  return (
    <div className={styles.picker}>
      <Input
        autoFocus
        allowClear
        value={q}
        placeholder={placeholder}
        aria-label={`${label} ${placeholder}`}
        onChange={(event) => setQ(event.target.value)}
      />
      <Radio.Group
        className={styles.found}
        value={value}
        options={[...presence, ...known.map(({ id, name }) => ({ value: `eq:${id}`, label: name }))]}
        onChange={(event) => onPick(event.target.value as string)}
      />
    </div>
  );
}
