import {
  CloseOutlined,
  DownloadOutlined,
  LeftOutlined,
  RightOutlined,
  SettingOutlined,
  VerticalRightOutlined,
} from "@ant-design/icons";
import { Button, Checkbox, Drawer, Popover, Segmented, Tooltip } from "antd";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { type Address, type AnyFields, type Field, textField } from "./address";
import { type Column, DataTable, type RowKey } from "./DataTable";
import { type Filter, FilterBar } from "./filters";
import { useKeys } from "./keys";
import styles from "./ListPage.module.css";
import { PageHeader } from "./PageHeader";
import { useIsWide } from "./screen";
import { ErrorState, ZeroResults } from "./states";
import { useStored } from "./stored";
import { SavedViews, type SavedViewsProps } from "./views";

/** One page of a list, as every list of the API answers. */
export interface Page<Row> {
  readonly items: readonly Row[];
  readonly next_cursor: string | null;
  /** Left out where the server did not count. */
  readonly total?: number | null;
}

/** What the page needs of a TanStack query. */
export interface ListQuery<Row> {
  readonly data: Page<Row> | undefined;
  readonly error: unknown;
  readonly isPlaceholderData: boolean;
  readonly refetch: () => unknown;
}

export interface ListFields extends AnyFields {
  readonly q: Field<string>;
  readonly sort: Field<string>;
  readonly cursor: Field<string>;
}

/** The address fields every list has, and the list's own. */
export function listFields<const F extends AnyFields>(sort: string, own: F): F & ListFields {
  return { q: textField(), sort: textField(sort), cursor: textField(), ...own };
}

/** How far down the list she walked: the cursors of the pages before this one, and the count the first page told. */
interface Walked {
  readonly trail?: readonly string[];
  readonly total?: number | null;
}

export interface ListPageProps<Row, F extends ListFields> {
  /** Under which name the browser keeps columns and density. */
  readonly id: string;
  readonly title: string;
  readonly about?: ReactNode;
  readonly primary?: ReactNode;
  /** What else one does from here; beside the primary action. */
  readonly secondary?: ReactNode;
  readonly address: Address<F>;
  readonly query: ListQuery<Row>;
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => RowKey;
  readonly rowName?: (row: Row) => string;
  readonly rowHref?: (row: Row) => string;
  readonly searchPlaceholder?: string;
  readonly filters?: readonly Filter[];
  readonly views?: Omit<SavedViewsProps, "search">;
  /** What can be done to the selected rows; without it nothing can be selected. */
  readonly bulk?: (selected: ReadonlySet<RowKey>, done: () => void, everybody: boolean) => ReactNode;
  /** The words of choosing all matches instead of rows: "all 12,480 matches". Without it only rows can be chosen. */
  readonly everybody?: (total: number | null) => string;
  readonly onExport?: () => void;
  readonly preview?: (row: Row) => ReactNode;
  /** The preview shows a document and wants about half of the page. */
  readonly previewWide?: boolean;
  /** Shown when there is nothing at all, filters aside. */
  readonly empty: ReactNode;
  /** Counts the matches in words: "12,480 customers"; null when there are more than the server counts. */
  readonly countWords?: (total: number | null) => string;
}

/**
 * A list: views, search and filters in the address, table with chosen columns, keyset pages, selection and preview.
 * Paging goes forward by the server's cursor and back along the pages walked.
 */
export function ListPage<Row, F extends ListFields>(props: ListPageProps<Row, F>) {
  const { title, about, primary, secondary, address, query, filters = [], views, empty, preview, rowKey } = props;
  const [selected, setSelected] = useState<ReadonlySet<RowKey>>(new Set());
  // All that match, wherever they stand; another filter asks anew.
  const [everybody, setEverybody] = useState(false);
  const [active, setActive] = useState<RowKey | null>(null);
  const [previewed, setPreviewed] = useState<RowKey | null>(null);
  const [chosen, setChosen] = useStored<readonly string[] | null>(`${props.id}.columns`, null);
  const [dense, setDense] = useStored(`${props.id}.dense`, false);
  const columns = useMemo(() => shownColumns(props.columns, chosen), [props.columns, chosen]);
  const wide = useIsWide();

  const values = address.values as { q: string; sort: string; cursor: string };
  const change = (changes: object, options?: { replace?: boolean }) =>
    address.change({ ...changes, cursor: "" } as never, options);

  // A page of other rows: what was marked on the last one is no longer in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is the reason to run, not an input.
  useEffect(() => {
    setActive(null);
    setPreviewed(null);
    setEverybody(false);
  }, [address.search]);
  useKeys({ escape: () => (previewed === null ? setActive(null) : setPreviewed(null)) });

  const page = query.data;
  const rows = page?.items;
  const walked = useLocation().state as Walked | null;
  const total = page?.total ?? walked?.total ?? null;
  const narrowed = values.q !== "" || filters.some((filter) => filter.summary !== null);
  const nothing = rows?.length === 0 && values.cursor === "";
  const previewRow = previewed === null ? undefined : rows?.find((row) => rowKey(row) === previewed);

  return (
    <div className={styles.page}>
      <PageHeader
        title={title}
        about={about}
        actions={
          <>
            {secondary}
            {primary}
          </>
        }
      />
      {views && <SavedViews {...views} search={address.search} />}
      {nothing && !narrowed && !query.error ? (
        empty
      ) : (
        <>
          <FilterBar
            search={
              props.searchPlaceholder
                ? {
                    value: values.q,
                    placeholder: props.searchPlaceholder,
                    onChange: (q) => change({ q }, { replace: true }),
                  }
                : undefined
            }
            filters={filters}
            onClear={address.clear}
          >
            <ColumnChoice
              columns={props.columns}
              shown={columns}
              onChoose={setChosen}
              dense={dense}
              onDense={setDense}
            />
            {props.onExport && <ExportButton onExport={props.onExport} />}
          </FilterBar>
          {query.error && !page ? (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          ) : nothing ? (
            <ZeroResults relax={relaxations(filters, values.q, () => change({ q: "" }))} onClear={address.clear} />
          ) : (
            <div className={styles.body}>
              <div className={styles.main}>
                <DataTable
                  caption={title}
                  columns={columns}
                  rows={rows}
                  rowKey={rowKey}
                  rowName={props.rowName}
                  rowHref={props.rowHref}
                  sort={values.sort}
                  onSort={(sort) => change({ sort })}
                  selected={props.bulk && selected}
                  onSelect={props.bulk && setSelected}
                  dense={dense}
                  stale={query.isPlaceholderData}
                  active={active}
                  onActive={(key) => {
                    setActive(key);
                    if (previewed !== null && key !== null) setPreviewed(key);
                  }}
                  onPreview={
                    preview &&
                    ((row) => {
                      setActive(rowKey(row));
                      setPreviewed((open) => (open === rowKey(row) ? null : rowKey(row)));
                    })
                  }
                  keyboard
                />
                <Pager
                  page={page}
                  href={(cursor) => address.with({ cursor } as never)}
                  cursor={values.cursor}
                  countWords={props.countWords}
                />
              </div>
              {preview && previewRow !== undefined && (
                <Preview beside={wide} roomy={props.previewWide ?? false} onClose={() => setPreviewed(null)}>
                  {preview(previewRow)}
                </Preview>
              )}
            </div>
          )}
        </>
      )}
      {props.bulk && selected.size > 0 && (
        <BulkBar
          count={selected.size}
          everybody={everybody ? props.everybody?.(total) : undefined}
          onClear={() => {
            setSelected(new Set());
            setEverybody(false);
          }}
        >
          {props.everybody && !everybody && total !== selected.size && (
            <Button type="link" onClick={() => setEverybody(true)}>
              {props.everybody(total)}
            </Button>
          )}
          {props.bulk(
            selected,
            () => {
              setSelected(new Set());
              setEverybody(false);
            },
            everybody,
          )}
        </BulkBar>
      )}
    </div>
  );
}

/** The columns to show, in the list's own order. */
export function shownColumns<Row>(
  columns: readonly Column<Row>[],
  chosen: readonly string[] | null,
): readonly Column<Row>[] {
  return columns.filter((column) => column.identity || (chosen ? chosen.includes(column.key) : !column.hidden));
}

function relaxations(filters: readonly Filter[], q: string, dropSearch: () => void) {
  const active = filters.filter((filter) => filter.summary !== null);
  const relax = active.map(({ key, label, drop }) => ({ key, label, drop }));
  return q === "" ? relax : [{ key: "q", label: `“${q}”`, drop: dropSearch }, ...relax];
}

/** Turns the pages of a list: forward by the server's cursor, back along the pages walked. */
export function Pager<Row>({
  page,
  href,
  cursor,
  countWords,
}: {
  page: Page<Row> | undefined;
  /** The address of this list at a cursor; empty for the first page. */
  href: (cursor: string) => string;
  cursor: string;
  countWords?: (total: number | null) => string;
}) {
  const { t } = useTranslation("kit");
  const navigate = useNavigate();
  const walked = useLocation().state as Walked | null;
  const trail = walked?.trail ?? [];
  const total = page?.total ?? walked?.total ?? null;
  const go = (cursor: string, trail: readonly string[]) =>
    navigate(href(cursor), { state: { trail, total } satisfies Walked });
  const next = page?.next_cursor;
  // A page deep down, reached by a link, does not know the count: nothing is said then.
  const countKnown = page !== undefined && (total !== null || cursor === "" || walked !== null);
  return (
    <footer className={styles.pager}>
      <span className={styles.count}>{countKnown && countWords?.(total)}</span>
      {(cursor !== "" || next) && (
        <div className={styles.turn}>
          {cursor !== "" && trail.length === 0 && (
            <Button icon={<VerticalRightOutlined />} onClick={() => go("", [])}>
              {t("pager.first")}
            </Button>
          )}
          <Button
            icon={<LeftOutlined />}
            aria-label={t("pager.previous")}
            disabled={trail.length === 0}
            onClick={() => go(trail.at(-1) ?? "", trail.slice(0, -1))}
          />
          <Button
            icon={<RightOutlined />}
            aria-label={t("pager.next")}
            disabled={!next}
            onClick={() => next && go(next, [...trail, cursor])}
          />
        </div>
      )}
    </footer>
  );
}

export function ColumnChoice<Row>({
  columns,
  shown,
  onChoose,
  dense,
  onDense,
}: {
  columns: readonly Column<Row>[];
  shown: readonly Column<Row>[];
  onChoose: (keys: readonly string[] | null) => void;
  dense: boolean;
  onDense: (dense: boolean) => void;
}) {
  const { t } = useTranslation("kit");
  const content = (
    <div className={styles.choice}>
      <Segmented
        block
        size="small"
        value={dense ? "dense" : "roomy"}
        options={[
          { value: "roomy", label: t("columns.roomy") },
          { value: "dense", label: t("columns.dense") },
        ]}
        onChange={(value) => onDense(value === "dense")}
      />
      <Checkbox.Group
        className={styles.choiceList}
        value={shown.map((column) => column.key)}
        options={columns.map((column) => ({ value: column.key, label: column.title, disabled: column.identity }))}
        onChange={(keys) => onChoose(keys as string[])}
      />
      <Button size="small" type="text" onClick={() => onChoose(null)}>
        {t("columns.reset")}
      </Button>
    </div>
  );
  return (
    <Popover content={content} trigger="click" placement="bottomRight" arrow={false} title={t("columns.title")}>
      <Button type="text" icon={<SettingOutlined />} aria-label={t("columns.title")} />
    </Popover>
  );
}

function ExportButton({ onExport }: { onExport: () => void }) {
  const { t } = useTranslation("kit");
  return (
    <Tooltip title={t("export.hint")}>
      <Button type="text" icon={<DownloadOutlined />} aria-label={t("export.label")} onClick={onExport} />
    </Tooltip>
  );
}

/** What can be done to the selection, at the foot of the screen, within reach of a thumb. */
export function BulkBar({
  count,
  everybody,
  onClear,
  children,
}: {
  count: number;
  /** Said in place of the count of rows where all matches are meant. */
  everybody?: string;
  onClear: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation("kit");
  return (
    <section className={styles.bulk} aria-label={t("bulk.label")}>
      <span className={styles.bulkCount}>{everybody ?? t("bulk.selected", { count })}</span>
      {children}
      <Button type="text" onClick={onClear}>
        {t("bulk.clear")}
      </Button>
    </section>
  );
}

function Preview({
  beside,
  roomy,
  onClose,
  children,
}: {
  beside: boolean;
  roomy: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation("kit");
  if (beside) {
    return (
      <aside className={styles.preview} data-roomy={roomy || undefined} aria-label={t("preview.label")}>
        <Button
          type="text"
          size="small"
          className={styles.previewClose}
          icon={<CloseOutlined />}
          aria-label={t("close")}
          onClick={onClose}
        />
        {children}
      </aside>
    );
  }
  return (
    <Drawer
      open
      onClose={onClose}
      size={roomy ? 640 : 420}
      styles={{ body: { padding: 20 } }}
      title={t("preview.label")}
    >
      {children}
    </Drawer>
  );
}
