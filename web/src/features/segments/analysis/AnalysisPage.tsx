import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import { PlainPage } from "@/components/layout";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { useCatalogue } from "../api";
import { CompareTab } from "./CompareTab";
import { CrossTab } from "./CrossTab";
import { DistributionTab } from "./DistributionTab";
import { FIELDS, TABS, type Tab } from "./fields";
import { TogetherTab } from "./TogetherTab";
import { useWho } from "./useWho";

const CONTENT = {
  cross: CrossTab,
  compare: CompareTab,
  distribution: DistributionTab,
  together: TogetherTab,
} as const satisfies Record<Tab, unknown>;

/** Questions of many dimensions about people: the whole of each question stands in the address. */
export function AnalysisPage() {
  const { t } = useTranslation("analysis");
  const may = useMay();
  const address = useAddress(FIELDS);
  const catalogue = useCatalogue();
  const who = useWho(address);
  if (!may("segments.read")) return <NoPermission what={t("title")} />;
  const { tab } = address.values;
  const Content = CONTENT[tab];
  return (
    <PlainPage title={t("title")} about={t(`about.${tab}`)} above={<Link to="/segments">{t("segments")}</Link>}>
      <Tabs
        activeKey={tab}
        onChange={(next) => address.change({ tab: next as Tab })}
        items={TABS.map((key) => ({ key, label: t(`tab.${key}`) }))}
      />
      {catalogue.data ? (
        <Content address={address} catalogue={catalogue.data} who={who} />
      ) : catalogue.error ? (
        <ErrorState error={catalogue.error} onRetry={() => void catalogue.refetch()} />
      ) : (
        <BoneLines lines={8} />
      )}
    </PlainPage>
  );
}
