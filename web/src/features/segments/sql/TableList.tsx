import { LockOutlined } from "@ant-design/icons";
import { Button, Collapse, Input, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SqlColumn, SqlTable } from "./api";
import styles from "./sql.module.css";

type Meaning = (words: { zh: string; en: string }) => string;

/** The tables, their columns and what they mean; masked ones with a lock. */
export function TableList({
  tables,
  meaning,
  onInsert,
}: {
  tables: readonly SqlTable[];
  meaning: Meaning;
  onInsert: (name: string) => void;
}) {
  const { t } = useTranslation("sql");
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const holds = (name: string, words: { zh: string; en: string }) =>
    name.includes(wanted) || meaning(words).toLowerCase().includes(wanted);
  const found = tables.flatMap((table) => {
    if (!wanted || holds(table.name, table.words)) return [table];
    const columns = table.columns.filter((column) => holds(column.name, column.words));
    return columns.length > 0 ? [{ ...table, columns }] : [];
  });
  return (
    <div className={styles.tables}>
      <Input.Search
        allowClear
        aria-label={t("find_table")}
        placeholder={t("find_table")}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {found.length === 0 && <p className={styles.soft}>{t("no_table")}</p>}
      <Collapse
        ghost
        size="small"
        {...(wanted ? { activeKey: found.map(({ name }) => name) } : {})}
        items={found.map((table) => ({
          key: table.name,
          label: (
            <span className={styles.tableName}>
              <code>{table.name}</code>{" "}
              {meaning(table.words) !== table.name && <span className={styles.soft}>{meaning(table.words)}</span>}
            </span>
          ),
          children: (
            <>
              <Button size="small" type="link" onClick={() => onInsert(table.name)}>
                {t("insert")}
              </Button>
              <ul className={styles.columns}>
                {table.columns.map((column) => (
                  <ColumnLine key={column.name} column={column} meaning={meaning} />
                ))}
              </ul>
            </>
          ),
        }))}
      />
    </div>
  );
}

function ColumnLine({ column, meaning }: { column: SqlColumn; meaning: Meaning }) {
  const { t } = useTranslation("sql");
  const choices = column.choices.map(({ value, words }) => told(value, meaning(words))).join(" · ");
  return (
    <li className={styles.column}>
      <span className={styles.columnHead}>
        <code>{column.name}</code>
        {column.masked && (
          <Tooltip title={t("masked")}>
            <LockOutlined className={styles.lock} aria-label={t("masked")} role="img" />
          </Tooltip>
        )}
        <span className={styles.type}>{shortType(column.type)}</span>
      </span>
      <span className={styles.soft}>
        {meaning(column.words)}
        {column.opens && <> → {column.opens}</>}
      </span>
      {choices && <span className={styles.choices}>{choices}</span>}
    </li>
  );
}

/** A value with its meaning, where that is another word. */
function told(value: string, words: string): string {
  return value.toLowerCase() === words.toLowerCase() ? value : `${value} ${words}`;
}

const SHORT: Record<string, string> = {
  BIGINT: "int",
  INTEGER: "int",
  SMALLINT: "int",
  VARCHAR: "text",
  TIMESTAMPTZ: "time",
  BOOLEAN: "bool",
  DATE: "date",
  DOUBLE: "float",
  "VARCHAR[]": "text[]",
  "BIGINT[]": "int[]",
};

function shortType(type: string): string {
  return SHORT[type] ?? (type.startsWith("DECIMAL") ? "decimal" : type.toLowerCase());
}
