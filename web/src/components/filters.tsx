import { CloseOutlined, PlusOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Checkbox, Dropdown, Input, type InputRef, Popover, Radio } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./filters.module.css";
import { useKeys } from "./keys";

/** One filter of a list, bound to the address by its page. */
export interface Filter {
  readonly key: string;
  readonly label: string;
  /** What it is set to, in words; null when it is not in force. */
  readonly summary: string | null;
  readonly editor: (close: () => void) => ReactNode;
  readonly drop: () => void;
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** One of a few. */
export function choiceFilter({
  options,
  value,
  onChange,
  ...named
}: {
  key: string;
  label: string;
  options: readonly Option[];
  value: string;
  onChange: (value: string) => void;
}): Filter {
  return {
    ...named,
    summary: value === "" ? null : (options.find((option) => option.value === value)?.label ?? value),
    drop: () => onChange(""),
    editor: (close) => (
      <Radio.Group
        className={styles.options}
        value={value}
        options={options.map(({ value, label }) => ({ value, label }))}
        onChange={(event) => {
          onChange(event.target.value as string);
          close();
        }}
      />
    ),
  };
}

/** Any of several. */
export function choicesFilter({
  options,
  values,
  onChange,
  ...named
}: {
  key: string;
  label: string;
  options: readonly Option[];
  values: readonly string[];
  onChange: (values: readonly string[]) => void;
}): Filter {
  const labels = values.map((value) => options.find((option) => option.value === value)?.label ?? value);
  return {
    ...named,
    summary: labels.length === 0 ? null : labels.length > 2 ? `${labels[0]} +${labels.length - 1}` : labels.join(" · "),
    drop: () => onChange([]),
    editor: () => (
      <Checkbox.Group
        className={styles.options}
        value={[...values]}
        options={options.map(({ value, label }) => ({ value, label }))}
        onChange={(next) => onChange(next as string[])}
      />
    ),
  };
}

/** A word or a number typed and then applied. `check` says in words what is wrong with it. */
export function typedFilter({
  value,
  onChange,
  placeholder,
  unit,
  check,
  show,
  ...named
}: {
  key: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  unit?: string;
  check?: (text: string) => string | null;
  show?: (value: string) => string;
}): Filter {
  return {
    ...named,
    summary: value === "" ? null : (show?.(value) ?? value),
    drop: () => onChange(""),
    editor: (close) => (
      <TypedEditor
        label={named.label}
        value={value}
        placeholder={placeholder}
        unit={unit}
        check={check}
        onApply={(next) => {
          onChange(next);
          close();
        }}
      />
    ),
  };
}

/** Two days, either of which may be left open. Dates are of the operator's calendar. */
export function daysFilter({
  from,
  to,
  onChange,
  show,
  ...named
}: {
  key: string;
  label: string;
  from: string;
  to: string;
  onChange: (from: string, to: string) => void;
  show: (from: string, to: string) => string;
}): Filter {
  return {
    ...named,
    summary: from === "" && to === "" ? null : show(from, to),
    drop: () => onChange("", ""),
    editor: () => <DaysEditor from={from} to={to} onChange={onChange} />,
  };
}

/** As many filters as stand in the bar unasked; the others wait behind "more". */
const ALWAYS_SHOWN = 5;

/** Search and filters of a list. `/` goes to the search; Esc clears it, then leaves it. */
export function FilterBar({
  search,
  filters = [],
  onClear,
  children,
}: {
  search?: { value: string; placeholder: string; onChange: (value: string) => void };
  filters?: readonly Filter[];
  /** Drops all of them in one step: a filter dropped at a time would each write the address over the other. */
  onClear?: () => void;
  /** What stands at the far end: columns, export. */
  children?: ReactNode;
}) {
  const { t } = useTranslation("kit");
  const [called, setCalled] = useState<string | null>(null);
  const anyActive = filters.some((filter) => filter.summary !== null);
  const isShown = (filter: Filter, place: number) =>
    place < ALWAYS_SHOWN || filter.summary !== null || filter.key === called;
  const shown = filters.filter(isShown);
  const others = filters.filter((filter, place) => !isShown(filter, place));
  return (
    <search className={styles.bar}>
      {search && <SearchBox {...search} />}
      <div className={styles.pills}>
        {shown.map((filter) => (
          <FilterPill
            key={filter.key}
            filter={filter}
            startsOpen={filter.key === called}
            onClosed={() => setCalled(null)}
          />
        ))}
        {others.length > 0 && (
          <Dropdown
            trigger={["click"]}
            menu={{
              items: others.map(({ key, label }) => ({ key, label })),
              onClick: ({ key }) => setCalled(key),
            }}
          >
            <Button type="text" size="small">
              {t("filter.more")}
            </Button>
          </Dropdown>
        )}
        {anyActive && onClear && (
          <Button type="text" size="small" onClick={onClear}>
            {t("filter.clear")}
          </Button>
        )}
      </div>
      {children && <div className={styles.tools}>{children}</div>}
    </search>
  );
}

/** Types ahead of the address: what is typed is applied after a short rest, or at once on Enter. */
export function SearchBox({
  value,
  placeholder,
  onChange,
  restMilliseconds = 250,
}: {
  value: string;
  placeholder: string;
  onChange: (value: string) => void;
  restMilliseconds?: number;
}) {
  const input = useRef<InputRef>(null);
  const [typed, setTyped] = useState(value);
  const applied = useRef(value);
  const latest = useRef(onChange);
  latest.current = onChange;

  useEffect(() => {
    // The address changed without us (Back, a saved view): show what it says.
    if (value !== applied.current) {
      applied.current = value;
      setTyped(value);
    }
  }, [value]);

  useEffect(() => {
    if (typed === applied.current) return;
    const timer = setTimeout(() => apply(typed, applied, latest.current), restMilliseconds);
    return () => clearTimeout(timer);
  }, [typed, restMilliseconds]);

  useKeys({
    "/": (event) => {
      event.preventDefault();
      input.current?.focus({ cursor: "all" });
    },
  });

  return (
    <Input
      ref={input}
      className={styles.search}
      prefix={<SearchOutlined className={styles.searchIcon} />}
      suffix={typed === "" ? <kbd className={styles.key}>/</kbd> : <span />}
      allowClear
      value={typed}
      placeholder={placeholder}
      aria-label={placeholder}
      onChange={(event) => setTyped(event.target.value)}
      onPressEnter={() => apply(typed, applied, latest.current)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        if (typed === "") input.current?.blur();
        else setTyped("");
      }}
    />
  );
}

function apply(typed: string, applied: { current: string }, onChange: (value: string) => void): void {
  if (typed === applied.current) return;
  applied.current = typed;
  onChange(typed);
}

function FilterPill({ filter, startsOpen, onClosed }: { filter: Filter; startsOpen: boolean; onClosed: () => void }) {
  const { t } = useTranslation("kit");
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!startsOpen) return;
    // Not before the click that called it is over: the popover would take it for one beside itself, and close.
    const timer = setTimeout(() => setOpen(true));
    return () => clearTimeout(timer);
  }, [startsOpen]);
  const change = (next: boolean) => {
    setOpen(next);
    if (!next) onClosed();
  };
  const active = filter.summary !== null;
  return (
    <span className={styles.pill} data-active={active || undefined}>
      <Popover
        open={open}
        onOpenChange={change}
        trigger="click"
        placement="bottomLeft"
        align={{ overflow: { adjustX: true, adjustY: true, shiftX: true } }}
        arrow={false}
        destroyOnHidden
        title={filter.label}
        content={<div className={styles.editor}>{filter.editor(() => change(false))}</div>}
      >
        <button type="button" className={styles.pillButton} aria-expanded={open}>
          {!active && <PlusOutlined className={styles.pillIcon} />}
          {filter.label}
          {active && <span className={styles.pillValue}>{filter.summary}</span>}
        </button>
      </Popover>
      {active && (
        <button
          type="button"
          className={styles.pillDrop}
          aria-label={t("filter.drop", { filter: filter.label })}
          onClick={filter.drop}
        >
          <CloseOutlined />
        </button>
      )}
    </span>
  );
}

function TypedEditor({
  label,
  value,
  placeholder,
  unit,
  check,
  onApply,
}: {
  label: string;
  value: string;
  placeholder?: string;
  unit?: string;
  check?: (text: string) => string | null;
  onApply: (value: string) => void;
}) {
  const { t } = useTranslation("kit");
  const [text, setText] = useState(value);
  const fault = text === "" ? null : (check?.(text) ?? null);
  return (
    <form
      className={styles.typed}
      onSubmit={(event) => {
        event.preventDefault();
        if (!fault) onApply(text.trim());
      }}
    >
      <Input
        autoFocus
        value={text}
        placeholder={placeholder}
        suffix={unit}
        aria-label={label}
        status={fault ? "error" : undefined}
        onChange={(event) => setText(event.target.value)}
      />
      {fault && <p className={styles.fault}>{fault}</p>}
      <Button type="primary" htmlType="submit" disabled={fault !== null}>
        {t("filter.apply")}
      </Button>
    </form>
  );
}

function DaysEditor({
  from,
  to,
  onChange,
}: {
  from: string;
  to: string;
  onChange: (from: string, to: string) => void;
}) {
  const { t } = useTranslation("kit");
  return (
    <div className={styles.days}>
      <label>
        {t("filter.from")}
        <input type="date" value={from} max={to || undefined} onChange={(event) => onChange(event.target.value, to)} />
      </label>
      <label>
        {t("filter.to")}
        <input
          type="date"
          value={to}
          min={from || undefined}
          onChange={(event) => onChange(from, event.target.value)}
        />
      </label>
    </div>
  );
}
