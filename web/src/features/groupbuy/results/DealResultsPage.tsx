import { DownloadOutlined, FundOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, Money, None } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { DealTag } from "../deals/words";
import { type DealResult, sheetAddress, useResults, WINDOWS } from "./api";
import { Back, Margin } from "./words";

const FIELDS = listFields("-created_at", { merchant: textField() });

/** What each deal brought: whom, who came back, at what margin and cost. */
export function DealResultsPage() {
  const { t } = useTranslation("deal_results");
  const may = useMay();
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  return <Results />;
}

function Results() {
  const { t } = useTranslation("deal_results");
  const address = useAddress(FIELDS);
  const { merchant, cursor } = address.values;
  const results = useResults({ merchant: Number(merchant) || null, cursor });
  const counted = (key: "buyers" | "new" | "members" | "credited" | "joined", more: Partial<Column<DealResult>> = {}) =>
    ({
      key,
      title: t(key),
      align: "end",
      cell: (one) => <Count value={one[key]} />,
      ...more,
    }) satisfies Column<DealResult>;
  const paid = (key: "sales" | "discount" | "commission", more: Partial<Column<DealResult>> = {}) =>
    ({
      key,
      title: t(key),
      align: "end",
      cell: (one) => <Money minor={one[`${key}_minor`]} currency={one.currency} />,
      ...more,
    }) satisfies Column<DealResult>;
  const columns: Column<DealResult>[] = [
    { key: "name", title: t("deal"), identity: true, cell: ({ name }) => name },
    { key: "state", title: t("state"), width: 90, cell: ({ state }) => <DealTag state={state} /> },
    { key: "merchant", title: t("merchant"), hidden: true, cell: (one) => one.merchant.name },
    counted("buyers", { onCard: true }),
    counted("new", { onCard: true }),
    counted("members"),
    counted("credited", { hidden: true }),
    counted("joined", { onCard: true }),
    ...WINDOWS.map((days, place): Column<DealResult> => {
      const title = t("back_in", { count: days });
      return {
        key: `back_${days}`,
        title,
        align: "end",
        onCard: days === 30,
        cell: ({ windows }) => <Back window={windows[place]} />,
      };
    }),
    {
      key: "net",
      title: t("net_90"),
      align: "end",
      cell: ({ windows, currency }) => {
        const last = windows.at(-1);
        return last?.over ? <Money minor={last.net_minor} currency={currency} /> : <None />;
      },
    },
    {
      key: "margin_90",
      title: t("margin_90"),
      align: "end",
      cell: ({ windows, currency }) => {
        const last = windows.at(-1);
        return last?.over && last.known_share !== null ? <Margin figures={last} currency={currency} /> : <None />;
      },
    },
    {
      key: "deal_margin",
      title: t("deal_margin"),
      align: "end",
      cell: ({ margin, currency }) =>
        margin.known_share === null && margin.fees_minor === 0 ? (
          <None />
        ) : (
          <Margin figures={margin} currency={currency} />
        ),
    },
    paid("sales", { hidden: true }),
    paid("discount", { hidden: true }),
    paid("commission"),
  ];
  return (
    <ListPage
      id="deal-results"
      title={t("title")}
      about={t("about")}
      secondary={<Download />}
      address={address}
      query={results}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ name }) => name}
      rowHref={({ id }) => `/groupbuy/results/${id}`}
      countWords={(total) => (total === null ? "" : t("count", { count: total }))}
      empty={
        <EmptyState
          icon={<FundOutlined />}
          title={t("empty.title")}
          purpose={t("empty.purpose")}
          example={t("empty.example")}
        />
      }
    />
  );
}

function Download() {
  const { t, i18n } = useTranslation("deal_results");
  const language = i18n.language.startsWith("zh") ? "zh" : "en";
  return (
    <Dropdown
      menu={{
        items: (["xlsx", "csv"] as const).map((format) => ({
          key: format,
          label: <a href={sheetAddress(format, language)}>{t(`file.${format}`)}</a>,
        })),
      }}
    >
      <Button icon={<DownloadOutlined />}>{t("file.button")}</Button>
    </Dropdown>
  );
}
