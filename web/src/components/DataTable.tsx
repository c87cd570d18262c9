import { CaretDownFilled, CaretUpFilled } from "@ant-design/icons";
import { Checkbox } from "antd";
import { type MouseEvent, type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import styles from "./DataTable.module.css";
import { None } from "./figures";
import { useKeys } from "./keys";
import { useIsPhone } from "./screen";
import { Bone } from "./states";

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Figures stand on the right. */
  readonly align?: "start" | "end";
  /** The name the server sorts by; left out, the column cannot be sorted. */
  readonly sort?: string;
  readonly width?: number | string;
  /** Shown only when chosen. */
  readonly hidden?: boolean;
  /** The column that names the row: it carries the link and cannot be hidden. */
  readonly identity?: boolean;
  /** Holds buttons, not facts: left empty where there are none. */
  readonly bare?: boolean;
  /** One of the facts of the card that stands for the row on a phone. */
  readonly onCard?: boolean;
}

export type RowKey = string | number;

export interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  /** Undefined while the first page is on its way: bones of the true shape stand in. */
  readonly rows: readonly Row[] | undefined;
  readonly rowKey: (row: Row) => RowKey;
  /** The row's name in words, for "select …". */
  readonly rowName?: (row: Row) => string;
  readonly rowHref?: (row: Row) => string;
  /** `name` ascending, `-name` descending. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  readonly selected?: ReadonlySet<RowKey>;
  readonly onSelect?: (selected: ReadonlySet<RowKey>) => void;
  readonly dense?: boolean;
  /** Rows of the last answer while a newer one is on its way. */
  readonly stale?: boolean;
  readonly active?: RowKey | null;
  readonly onActive?: (key: RowKey | null) => void;
  readonly onPreview?: (row: Row) => void;
  readonly boneCount?: number;
  /** `j`, `k`, `x` and Enter move in this table; one table of a page may ask for it. */
  readonly keyboard?: boolean;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  useRowKeys(props);
  return useIsPhone() ? <Cards {...props} /> : <Table {...props} />;
}

function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
  rowName,
  rowHref,
  sort,
  onSort,
  selected,
  onSelect,
  dense = false,
  stale = false,
  active,
  onPreview,
  boneCount = 8,
  keyboard = false,
}: DataTableProps<Row>) {
  const { t } = useTranslation("kit");
  const open = useRowOpening(rowHref, onPreview);
  return (
    <div className={styles.box} data-main={keyboard || undefined}>
      <table
        className={styles.table}
        data-dense={dense || undefined}
        data-stale={stale || undefined}
        aria-busy={stale || !rows}
      >
        <caption className="hk-visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {onSelect && selected && (
              <th className={styles.check}>
                <SelectAll rows={rows ?? []} rowKey={rowKey} selected={selected} onSelect={onSelect} />
              </th>
            )}
            {columns.map((column) =>
              column.title === "" ? (
                <td key={column.key} style={{ width: column.width }} />
              ) : (
                <th
                  key={column.key}
                  scope="col"
                  style={{ width: column.width }}
                  data-align={column.align}
                  aria-sort={ariaSort(column.sort, sort)}
                >
                  {column.sort && onSort ? (
                    <SortButton column={column} by={column.sort} sort={sort} onSort={onSort} />
                  ) : (
                    column.title
                  )}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows?.map((row) => {
            const key = rowKey(row);
            return (
              <tr
                key={key}
                data-key={key}
                data-active={active === key || undefined}
                data-selected={selected?.has(key) || undefined}
                data-opens={rowHref || onPreview ? true : undefined}
                onClick={(event) => open(event, row)}
              >
                {onSelect && selected && (
                  <td className={styles.check}>
                    <Checkbox
                      checked={selected.has(key)}
                      aria-label={t("table.select", { name: rowName?.(row) ?? key })}
                      onChange={() => onSelect(toggled(selected, key))}
                    />
                  </td>
                )}
                {columns.map((column) => (
                  <td key={column.key} data-align={column.align}>
                    {column.identity && rowHref ? (
                      <Link to={rowHref(row)} className={styles.identity}>
                        {column.cell(row)}
                      </Link>
                    ) : column.bare ? (
                      column.cell(row)
                    ) : (
                      <Cell>{column.cell(row)}</Cell>
                    )}
                  </td>
                ))}
              </tr>
            );
          }) ??
            Array.from({ length: boneCount }, (_, line) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: bones never change places.
              <tr key={line}>
                {onSelect && <td className={styles.check} />}
                {columns.map((column, place) => (
                  <td key={column.key} data-align={column.align}>
                    <Bone width={`${[70, 45, 55, 40, 60][(line + place) % 5]}%`} />
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

/** The same rows on a phone: the identity on top, then the facts that matter. */
function Cards<Row>({
  caption,
  columns,
  rows,
  rowKey,
  rowName,
  rowHref,
  selected,
  onSelect,
  stale = false,
  onPreview,
  boneCount = 6,
}: DataTableProps<Row>) {
  const { t } = useTranslation("kit");
  const open = useRowOpening(rowHref, onPreview);
  const identity = columns.find((column) => column.identity) ?? columns[0];
  const facts = columns.filter((column) => column.onCard && column !== identity);
  return (
    <ul className={styles.cards} aria-label={caption} aria-busy={stale || !rows} data-stale={stale || undefined}>
      {rows?.map((row) => {
        const key = rowKey(row);
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the card only enlarges the link inside it.
          <li
            key={key}
            className={styles.card}
            data-selected={selected?.has(key) || undefined}
            onClick={(event) => open(event, row)}
          >
            <div className={styles.cardHead}>
              {rowHref ? (
                <Link to={rowHref(row)} className={styles.identity}>
                  {identity?.cell(row)}
                </Link>
              ) : (
                <span className={styles.identity}>{identity?.cell(row)}</span>
              )}
              {onSelect && selected && (
                <Checkbox
                  checked={selected.has(key)}
                  aria-label={t("table.select", { name: rowName?.(row) ?? key })}
                  onChange={() => onSelect(toggled(selected, key))}
                />
              )}
            </div>
            <dl className={styles.facts}>
              {facts.map((column) => (
                <div key={column.key}>
                  <dt>{column.title}</dt>
                  <dd>
                    <Cell>{column.cell(row)}</Cell>
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        );
      }) ??
        Array.from({ length: boneCount }, (_, line) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: bones never change places.
          <li key={line} className={styles.card}>
            <Bone width="50%" height={14} />
            <Bone width="80%" />
          </li>
        ))}
    </ul>
  );
}

/** What a cell holds, or a quiet dash where nothing is known. */
function Cell({ children }: { children: ReactNode }) {
  const nothing = children === null || children === undefined || children === "" || children === false;
  return nothing ? <None /> : children;
}

function SelectAll<Row>({
  rows,
  rowKey,
  selected,
  onSelect,
}: {
  rows: readonly Row[];
  rowKey: (row: Row) => RowKey;
  selected: ReadonlySet<RowKey>;
  onSelect: (selected: ReadonlySet<RowKey>) => void;
}) {
  const { t } = useTranslation("kit");
  const keys = rows.map(rowKey);
  const chosen = keys.filter((key) => selected.has(key)).length;
  return (
    <Checkbox
      aria-label={t("table.select_page")}
      disabled={keys.length === 0}
      checked={keys.length > 0 && chosen === keys.length}
      indeterminate={chosen > 0 && chosen < keys.length}
      onChange={(event) => {
        const next = new Set(selected);
        for (const key of keys) event.target.checked ? next.add(key) : next.delete(key);
        onSelect(next);
      }}
    />
  );
}

function SortButton<Row>({
  column,
  by,
  sort,
  onSort,
}: {
  column: Column<Row>;
  by: string;
  sort?: string;
  onSort: (sort: string) => void;
}) {
  const state = ariaSort(by, sort);
  // Figures and dates are wanted largest first, names from A.
  const first = column.align === "end" ? `-${by}` : by;
  const next = state === undefined ? first : sort === by ? `-${by}` : by;
  return (
    <button
      type="button"
      className={styles.sort}
      data-on={state !== undefined || undefined}
      onClick={() => onSort(next)}
    >
      {column.title}
      <span aria-hidden="true" className={styles.sortArrow}>
        {state === "ascending" ? <CaretUpFilled /> : <CaretDownFilled />}
      </span>
    </button>
  );
}

function ariaSort(by: string | undefined, sort: string | undefined): "ascending" | "descending" | undefined {
  if (!by || !sort) return undefined;
  return sort === by ? "ascending" : sort === `-${by}` ? "descending" : undefined;
}

function toggled(selected: ReadonlySet<RowKey>, key: RowKey): ReadonlySet<RowKey> {
  const next = new Set(selected);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** A click anywhere in a row opens it, except on something that has its own click, and except at the end of a text selection. */
function useRowOpening<Row>(rowHref?: (row: Row) => string, onPreview?: (row: Row) => void) {
  const navigate = useNavigate();
  return (event: MouseEvent, row: Row) => {
    const target = event.target as HTMLElement;
    if (target.closest("a, button, input, label, [role=button]")) return;
    if (window.getSelection()?.toString()) return;
    if (!rowHref) return onPreview?.(row);
    if (event.metaKey || event.ctrlKey) window.open(rowHref(row), "_blank", "noopener");
    else navigate(rowHref(row));
  };
}

function useRowKeys<Row>({
  rows,
  rowKey,
  rowHref,
  active,
  onActive,
  selected,
  onSelect,
  onPreview,
  keyboard,
}: DataTableProps<Row>) {
  const navigate = useNavigate();
  const index = rows?.findIndex((row) => rowKey(row) === active) ?? -1;
  const move = (step: number) => {
    const next = rows?.[Math.min(Math.max(index + step, 0), rows.length - 1)];
    if (next) onActive?.(rowKey(next));
  };
  const current = rows?.[index];
  useKeys(
    {
      j: () => move(1),
      k: () => move(-1),
      arrowdown: (event) => {
        if (index < 0) return;
        event.preventDefault();
        move(1);
      },
      arrowup: (event) => {
        if (index < 0) return;
        event.preventDefault();
        move(-1);
      },
      x: () => current && selected && onSelect?.(toggled(selected, rowKey(current))),
      " ": (event) => {
        if (!current || !onPreview || focusIsOnControl()) return;
        event.preventDefault();
        onPreview(current);
      },
      enter: () => {
        if (!current || focusIsOnControl()) return;
        if (rowHref) navigate(rowHref(current));
        else onPreview?.(current);
      },
      escape: () => onActive?.(null),
    },
    keyboard === true && onActive !== undefined,
  );
  const shown = useRef<RowKey | null>(null);
  useEffect(() => {
    if (active === null || active === undefined || shown.current === active) return;
    shown.current = active;
    document.querySelector(`[data-key="${CSS.escape(String(active))}"]`)?.scrollIntoView?.({ block: "nearest" });
  }, [active]);
}

function focusIsOnControl(): boolean {
  return document.activeElement?.matches("a, button, input, [tabindex='0']") ?? false;
}
