import { CopyOutlined, DownloadOutlined, TeamOutlined } from "@ant-design/icons";
import { Alert, App, Button, Dropdown, Form, Input, Modal, Pagination, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { copyText } from "@/components/copy";
import { When } from "@/components/figures";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { exactCount } from "@/format/count";
import { type Cell, isFigure, PAGE_ROWS, peopleIn, shownCell, tabbed } from "./answer";
import { type FileFormat, type SqlAnswer, useListPeople, useWriteFile } from "./api";
import styles from "./sql.module.css";

/** An answer: how many rows, how long, of when; its rows; and ways to take it along. */
export function Result({ answer, sql, limit }: { answer: SqlAnswer; sql: string; limit: number }) {
  const { t } = useTranslation("sql");
  const { language } = useReading();
  return (
    <section className={styles.result} aria-label={t("result.title")}>
      <div className={styles.resultHead}>
        <p className={styles.facts}>
          <strong>{t("result.rows", { rows: exactCount(answer.row_count, language) })}</strong>
          {" · "}
          {t("result.seconds", { seconds: (answer.elapsed_ms / 1000).toFixed(2) })}
          {" · "}
          {t("result.until")} <When at={answer.fresh_at} />
        </p>
        <Takes answer={answer} sql={sql} />
      </div>
      {answer.cut && (
        <Alert
          type="warning"
          showIcon
          title={
            answer.cut === "rows" ? t("result.cut_rows", { rows: exactCount(limit, language) }) : t("result.cut_bytes")
          }
        />
      )}
      {answer.rows.length === 0 ? (
        <p className={styles.soft}>{t("result.none")}</p>
      ) : (
        <Rows answer={answer} caption={t("result.table")} />
      )}
    </section>
  );
}

function Rows({ answer, caption }: { answer: SqlAnswer; caption: string }) {
  const { t } = useTranslation("sql");
  const [page, setPage] = useState(1);
  const from = (page - 1) * PAGE_ROWS;
  const shown = answer.rows.slice(from, from + PAGE_ROWS) as Cell[][];
  const figures = answer.columns.map(({ type }) => isFigure(type));
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className={styles.box} tabIndex={0} aria-label={caption}>
        <table className={styles.table}>
          <thead>
            <tr>
              {answer.columns.map(({ name, type }, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one name; they never change places.
                <th key={at} scope="col" data-figure={figures[at] || undefined} title={type}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of an answer have no names and never change places.
              <tr key={from + place}>
                {row.map((cell, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as the columns.
                  <td key={at} data-figure={figures[at] || undefined}>
                    {cell === null ? (
                      <span className={styles.null}>{t("result.null")}</span>
                    ) : (
                      <CellText text={shownCell(cell, answer.columns[at]?.type ?? "")} />
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {answer.rows.length > PAGE_ROWS && (
        <Pagination
          className={styles.pages}
          size="small"
          current={page}
          pageSize={PAGE_ROWS}
          total={answer.rows.length}
          showSizeChanger={false}
          onChange={setPage}
        />
      )}
    </>
  );
}

const LONG = 120;

function CellText({ text }: { text: string }) {
  if (text.length <= LONG) return text;
  return <span title={text.slice(0, 2_000)}>{`${text.slice(0, LONG)}…`}</span>;
}

function Takes({ answer, sql }: { answer: SqlAnswer; sql: string }) {
  const { t } = useTranslation("sql");
  const may = useMay();
  const { message } = App.useApp();
  const [listing, setListing] = useState(false);
  const write = useWriteFile();
  const people = peopleIn(answer);
  const copy = async () => {
    await copyText(tabbed(answer));
    message.success(t("result.copied"));
  };
  const toFile = (format: FileFormat) =>
    write.mutate({ sql, format }, { onSuccess: () => message.success(t("result.file_started")) });
  return (
    <div className={styles.takes}>
      {people !== null && people.length > 0 && may("segments.write") && (
        <Tooltip title={answer.cut ? t("people.cut") : undefined}>
          <Button size="small" icon={<TeamOutlined />} disabled={answer.cut !== null} onClick={() => setListing(true)}>
            {t("people.open")}
          </Button>
        </Tooltip>
      )}
      <Button size="small" icon={<CopyOutlined />} onClick={() => void copy()} disabled={answer.rows.length === 0}>
        {t("result.copy")}
      </Button>
      <Dropdown
        menu={{
          items: [
            { key: "xlsx", label: t("result.xlsx") },
            { key: "csv", label: t("result.csv") },
          ],
          onClick: ({ key }) => toFile(key as FileFormat),
        }}
      >
        <Button size="small" icon={<DownloadOutlined />} loading={write.isPending}>
          {t("result.file")}
        </Button>
      </Dropdown>
      {listing && people && <ListDialog people={people} onClose={() => setListing(false)} />}
    </div>
  );
}

/** The people of an answer as a fixed list, which then opens. */
function ListDialog({ people, onClose }: { people: number[]; onClose: () => void }) {
  const { t } = useTranslation("sql");
  const { language } = useReading();
  const navigate = useNavigate();
  const [form] = Form.useForm<{ name: string }>();
  const list = useListPeople();
  const keep = async () => {
    const { name } = await form.validateFields();
    list.mutate({ name, customer_ids: people }, { onSuccess: (segment) => void navigate(`/segments/${segment.id}`) });
  };
  return (
    <Modal
      open
      title={t("people.title")}
      okText={t("people.keep", { people: exactCount(people.length, language) })}
      confirmLoading={list.isPending}
      onOk={() => void keep()}
      onCancel={onClose}
    >
      <Refused error={list.error} />
      <p className={styles.soft}>{t("people.words")}</p>
      <Form form={form} layout="vertical">
        <Form.Item
          name="name"
          label={t("people.name")}
          rules={[{ required: true, whitespace: true, message: t("people.name_missing") }]}
        >
          <Input maxLength={120} autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  );
}
