import { TeamOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { newSegmentHref } from "@/api/ruleAddress";
import { Count, Money, Percent } from "@/components/figures";
import { Card, Facts, Method, ObjectPage, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { ErrorState, NoPermission } from "@/components/states";
import { percent } from "@/format/percent";
import { DealTag } from "../deals/words";
import { buyersRule, type DealResult, notBackRule, type ReturnWindow, useResult } from "./api";
import styles from "./results.module.css";
import { Margin } from "./words";

/** What one deal brought: its people, who of them came back, and the money. */
export function DealResultPage() {
  const { t } = useTranslation("deal_results");
  const may = useMay();
  const id = Number(useParams().id);
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  return <Result key={id} id={id} />;
}

function Result({ id }: { id: number }) {
  const { t } = useTranslation("deal_results");
  const query = useResult(id);
  const result = query.data;
  if (query.error && !result) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const figure = (key: "buyers" | "new" | "members" | "credited" | "joined") => ({
    key,
    label: t(key),
    value: <Count value={result?.[key]} />,
    note: t(`note.${key}`),
  });
  return (
    <ObjectPage
      loading={!result}
      above={<Link to="/groupbuy/results">{t("title")}</Link>}
      title={result?.name ?? t("title")}
      mark={result && <DealTag state={result.state} />}
      about={result && <Link to={`/groupbuy/deals/${result.id}`}>{t("to_deal")}</Link>}
      actions={result && result.buyers > 0 && <Segments result={result} />}
      figures={[figure("buyers"), figure("new"), figure("members"), figure("credited"), figure("joined")]}
      tab="back"
      onTab={() => {}}
      tabs={[{ key: "back", label: t("back"), content: result && <Retention result={result} /> }]}
      side={result && <Paid result={result} />}
    />
  );
}

function Segments({ result }: { result: DealResult }) {
  const { t } = useTranslation("deal_results");
  const may = useMay();
  if (!may("segments.write")) return null;
  return (
    <>
      <Link to={newSegmentHref(notBackRule(result.id, 30), t("segment.not_back", { name: result.name, count: 30 }))}>
        <Button tabIndex={-1}>{t("to_not_back")}</Button>
      </Link>
      <Link to={newSegmentHref(buyersRule(result.id), t("segment.buyers", { name: result.name }))}>
        <Button type="primary" icon={<TeamOutlined />} tabIndex={-1}>
          {t("to_buyers")}
        </Button>
      </Link>
    </>
  );
}

/** The share that came back, window by window; for whom it is too early is said and not drawn. */
function Retention({ result }: { result: DealResult }) {
  const { t } = useTranslation("deal_results");
  return (
    <>
      <Card>
        <div className={styles.retention}>
          {result.windows.map((window) => (
            <Line key={window.days} window={window} currency={result.currency} />
          ))}
        </div>
      </Card>
      <Method>{t("method")}</Method>
    </>
  );
}

function Line({ window, currency }: { window: ReturnWindow; currency: string }) {
  const { t } = useTranslation("deal_results");
  return (
    <div className={styles.line}>
      <b>{t("in_days", { count: window.days })}</b>
      <span className={styles.bar} aria-hidden="true">
        <span className={styles.fill} style={{ width: `${(window.rate ?? 0) * 100}%` }} />
      </span>
      <span className={styles.told}>
        <Percent ratio={window.rate} />
      </span>
      <span className={styles.words}>
        {window.over > 0 && (
          <>
            {t("of", { returned: window.returned, count: window.over })} · {t("spent")}{" "}
            <Money minor={window.net_minor} currency={currency} />
            {window.known_share !== null && (
              <>
                {" · "}
                {t("margin")} <Margin figures={window} currency={currency} />
              </>
            )}
          </>
        )}
        {window.over > 0 && window.running > 0 && " · "}
        {window.running > 0 && t("running", { count: window.running })}
      </span>
    </div>
  );
}

function Paid({ result }: { result: DealResult }) {
  const { t } = useTranslation("deal_results");
  const { language } = useReading();
  const { margin } = result;
  const money = (minor: number) => <Money minor={minor} currency={result.currency} />;
  const taken = [
    { key: "settled", minor: margin.settled_minor },
    { key: "fees", minor: margin.fees_minor },
    { key: "goods", minor: margin.goods_minor },
  ] as const;
  return (
    <>
      <Section title={t("money")}>
        <Facts
          facts={[
            { key: "pieces", label: t("pieces"), value: <Count value={result.pieces} /> },
            { key: "sales", label: t("sales"), value: money(result.sales_minor) },
            { key: "discount", label: t("discount"), value: money(result.discount_minor) },
            { key: "commission", label: t("commission"), value: money(result.commission_minor) },
          ]}
        />
        <p className={styles.soft}>{t("discount_words")}</p>
      </Section>
      <Section title={t("deal_margin")}>
        <Facts
          facts={[
            { key: "revenue", label: t("revenue"), value: money(margin.revenue_minor) },
            ...(margin.known_minor === margin.revenue_minor
              ? []
              : [{ key: "known", label: t("known"), value: money(margin.known_minor) }]),
            ...taken.map(({ key, minor }) => ({ key, label: t(key), value: money(-minor) })),
            { key: "margin", label: <b>{t("margin")}</b>, value: <b>{money(margin.margin_minor)}</b> },
          ]}
        />
        {margin.known_share !== null && margin.known_share < 1 && (
          <p className={styles.soft}>{t("known_words", { share: percent(margin.known_share, language) })}</p>
        )}
        {margin.unknown_fees > 0 && <p className={styles.soft}>{t("unknown_fees", { count: margin.unknown_fees })}</p>}
        <p className={styles.soft}>{t("margin_words")}</p>
      </Section>
    </>
  );
}
