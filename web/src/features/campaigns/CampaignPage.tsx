import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useMay } from "@/api/me";
import { PlainPage } from "@/components/layout";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { isEditable, useCampaign } from "./api";
import { CampaignEditor } from "./CampaignEditor";
import { ResultPage } from "./ResultPage";
import { RunningPage } from "./RunningPage";

/** A campaign as it stands: being planned, under way, or with its result. */
export function CampaignPage() {
  const { t } = useTranslation("campaigns");
  const { id } = useParams();
  const may = useMay();
  const query = useCampaign(id === undefined ? null : Number(id));
  // The draft that was stored while it was being written stays the same editor, with what was typed meanwhile.
  const [createdId, setCreatedId] = useState<number | null>(null);
  const campaign = id === undefined ? null : query.data;
  if (!may("campaigns.read") || (id === undefined && !may("campaigns.write")))
    return <NoPermission what={t("title")} />;
  if (query.error && !campaign) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (campaign === undefined) {
    return (
      <PlainPage title={t("title")}>
        <BoneLines lines={8} />
      </PlainPage>
    );
  }
  if (campaign === null || isEditable(campaign)) {
    const key = campaign === null || campaign.id === createdId ? "new" : campaign.id;
    return <CampaignEditor key={key} campaign={campaign} onCreated={setCreatedId} />;
  }
  if (campaign.state === "sent" || campaign.state === "stopped") return <ResultPage campaign={campaign} />;
  return <RunningPage campaign={campaign} />;
}
