import { CheckCircleFilled, DownloadOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { Count } from "@/components/figures";
import { Figures, Section } from "@/components/layout";
import { type ImportFile, type ImportResult, useDownloadRefused } from "./api";
import styles from "./imports.module.css";
import { TotalsGrid } from "./TotalsGrid";

/** What was written, what was not, and where to go from here. */
export function ResultStep({ file, result }: { file: ImportFile; result: ImportResult }) {
  const { t } = useTranslation("imports");
  const may = useMay();
  const download = useDownloadRefused(file.id);
  const side = [
    { key: "customers_created", label: t("result.customers_created"), count: result.customers_created },
    { key: "customers_updated", label: t("result.customers_updated"), count: result.customers_updated },
    { key: "products_created", label: t("result.products_created"), count: result.products_created },
    { key: "elsewhere", label: t("result.elsewhere"), count: result.identities_elsewhere },
  ].filter(({ count }) => count > 0);
  return (
    <>
      <Alert
        className={styles.gap}
        type="success"
        showIcon
        icon={<CheckCircleFilled />}
        title={t("result.title")}
        description={t("result.again")}
      />
      <Figures
        figures={[
          ...(["created", "updated", "unchanged", "refused"] as const).map((key) => ({
            key,
            label: t(`result.${key}`),
            value: <Count value={result[key]} />,
          })),
          ...side.map(({ key, label, count }) => ({ key, label, value: <Count value={count} /> })),
        ]}
      />
      {result.refused > 0 && (
        <Alert
          className={styles.gap}
          type="warning"
          showIcon
          title={t("result.refused_words", { count: result.refused })}
          action={
            <Button icon={<DownloadOutlined />} loading={download.isPending} onClick={() => download.mutate()}>
              {t("result.download")}
            </Button>
          }
        />
      )}
      <Section title={t("result.written")}>
        <TotalsGrid totals={result.totals} />
      </Section>
      <div className={styles.row}>
        <Link to="/customers">
          <Button type="primary" tabIndex={-1}>
            {t("result.see_customers")}
          </Button>
        </Link>
        {may("segments.write") && (
          <Link to="/segments/new">
            <Button tabIndex={-1}>{t("result.build_segment")}</Button>
          </Link>
        )}
        {may("imports.run") && (
          <Link to="/imports/new">
            <Button tabIndex={-1}>{t("result.import_more")}</Button>
          </Link>
        )}
      </div>
    </>
  );
}
