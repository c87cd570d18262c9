import { DownloadOutlined, PrinterOutlined } from "@ant-design/icons";
import { Button, DatePicker, Dropdown } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Money, When } from "@/components/figures";
import { Section } from "@/components/layout";
import { BoneLines, ErrorState } from "@/components/states";
import { useFile, useStatement } from "./api";
import styles from "./desk.module.css";
import { whatOf } from "./words";

const DAY = "YYYY-MM-DD";

/** What happened in these days, where it began and ended; as a file, or on paper. */
export function StatementSection({ id, name }: { id: number; name: string }) {
  const { t } = useTranslation("desk");
  const [days, setDays] = useState<[string, string]>([dayjs().subtract(89, "day").format(DAY), dayjs().format(DAY)]);
  const query = useStatement(id, ...days);
  const file = useFile();
  const told = query.data;
  return (
    <Section
      title={t("statement.title")}
      about={told && `${name} · ${told.from_on} – ${told.to_on}`}
      extra={
        <span className={`${styles.row} ${styles.noPrint}`}>
          <DatePicker.RangePicker
            allowClear={false}
            value={[dayjs(days[0]), dayjs(days[1])]}
            onChange={(next) => {
              if (next?.[0] && next[1]) setDays([next[0].format(DAY), next[1].format(DAY)]);
            }}
          />
          <Dropdown
            trigger={["click"]}
            menu={{
              items: (["csv", "xlsx"] as const).map((format) => ({ key: format, label: t(`file.${format}`) })),
              onClick: ({ key }) =>
                file.mutate({
                  path: `/customers/${id}/stored-value/statement/file?from_on=${days[0]}&to_on=${days[1]}&format=${key}`,
                  name: `stored-value-${id}.${key}`,
                }),
            }}
          >
            <Button icon={<DownloadOutlined />} loading={file.isPending}>
              {t("file.button")}
            </Button>
          </Dropdown>
          <Button icon={<PrinterOutlined />} onClick={() => window.print()}>
            {t("statement.print")}
          </Button>
        </span>
      }
    >
      {query.error && !told ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !told ? (
        <BoneLines lines={4} />
      ) : (
        <div className={styles.table}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("statement.at")}</th>
                <th scope="col">{t("statement.what")}</th>
                <th scope="col">{t("statement.amount")}</th>
                <th scope="col">{t("statement.balance")}</th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <td>{told.from_on}</td>
                <td>{t("statement.opening")}</td>
                <td />
                <td>
                  <Money minor={told.opening_minor} currency={told.currency} />
                </td>
              </tr>
              {told.lines.map((line) => (
                <tr key={line.transaction_id}>
                  <td>
                    <When at={line.posted_at} exact />
                  </td>
                  <td>
                    {line.order_id === null ? (
                      t(`what.${whatOf(line.what)}`)
                    ) : (
                      <Link to={`/orders/${line.order_id}`}>{t(`what.${whatOf(line.what)}`)}</Link>
                    )}
                  </td>
                  <td>
                    <Money minor={line.amount_minor} currency={told.currency} />
                  </td>
                  <td>
                    <Money minor={line.balance_minor} currency={told.currency} />
                  </td>
                </tr>
              ))}
              <tr>
                <td>{told.to_on}</td>
                <td>{t("statement.closing")}</td>
                <td />
                <td>
                  <Money minor={told.closing_minor} currency={told.currency} />
                </td>
              </tr>
            </tbody>
          </table>
          {told.lines.length === 0 && <p className={styles.faint}>{t("statement.none")}</p>}
        </div>
      )}
    </Section>
  );
}
