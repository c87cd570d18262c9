import { App, Button, Steps } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useStoreNames } from "@/api/goods";
import { useMay } from "@/api/me";
import { asProblem } from "@/api/problem";
import { ChangedMeanwhile } from "@/components/ChangedMeanwhile";
import { useCodeWords } from "@/components/codes";
import { AFTER_SAVING, EditorPage, PlainPage } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { useIsPhone } from "@/components/screen";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { type Deal, useDeal, useDealStep, useSaveDeal } from "./api";
import styles from "./deals.module.css";
import { documentFrom, type Faults, FRESH, faultsOf, placeOf, type Typed, typedFrom } from "./form";
import { Look } from "./Look";
import { Preview } from "./Preview";
import { PriceFields } from "./PriceFields";
import { VoucherFields } from "./VoucherFields";
import { WhatFields } from "./WhatFields";
import { DealTag } from "./words";

/** Makes a deal or changes its terms, in four steps, with the page buyers will see beside it. */
export function DealEditorPage() {
  const { t } = useTranslation("deals");
  const { id } = useParams();
  const may = useMay();
  const query = useDeal(id === undefined ? null : Number(id));
  if (!may("groupbuy.write")) return <NoPermission what={t("title")} />;
  if (query.error && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (id !== undefined && !query.data) {
    return (
      <PlainPage title={t("title")}>
        <BoneLines lines={8} />
      </PlainPage>
    );
  }
  return <Editor key={id ?? "new"} seen={query.data ?? null} />;
}

const WAYS = ["what", "price", "voucher", "look"] as const;

/** The step at which a place of the form is filled in. */
function wayOf(place: string): number {
  if (/^(validity|uses|refund_unused|on_expiry|commission_bp)/.test(place)) return 2;
  if (/^(ladder|list_price|group_hours|pay_minutes|starts_at|ends_at|stock|most_per)/.test(place)) return 1;
  return 0;
}

function Editor({ seen }: { seen: Deal | null }) {
  const { t } = useTranslation("deals");
  const { message } = App.useApp();
  const navigate = useNavigate();
  const { timezone, currency: home } = useReading();
  const isPhone = useIsPhone();
  const say = useCodeWords("problems");
  const { t: problems } = useTranslation("problems");
  // What she began with: a refetch meanwhile does not move it, so that a colleague's change is noticed on saving.
  const [deal, setDeal] = useState(seen);
  const [typed, setTyped] = useState<Typed>(() => (seen ? typedFrom(seen, timezone) : FRESH));
  const [merchant, setMerchant] = useState(seen?.merchant.name ?? "");
  const [way, setWay] = useState(0);
  const [checked, setChecked] = useState(false);
  const saved = useRef(typed);
  const latest = useDeal(deal?.id ?? null);
  const save = useSaveDeal();
  const step = useDealStep();
  const stores = useStoreNames().data ?? [];
  const currency = deal?.currency ?? home;
  const terms = documentFrom(typed, timezone);
  const own = faultsOf(typed);
  const refused = save.error ? asProblem(save.error) : null;
  const isChanged = refused?.code === "deal.changed_meanwhile";
  const told: Faults = Object.fromEntries(
    (refused?.fields ?? []).map((fault) => [
      placeOf(fault, typed.ladder),
      say(fault.code, fault.params) ?? problems("field_refused"),
    ]),
  );
  const words = Object.fromEntries(Object.entries(own).map(([place, word]) => [place, t(`fault.${word as "needed"}`)]));
  const faults: Faults = { ...told, ...(checked ? words : {}) };
  const change = (next: Partial<Typed>) => {
    setTyped((before) => ({ ...before, ...next }));
    if (save.error && !isChanged) save.reset();
  };

  const keep = (expected: number | null): Promise<Deal> => {
    const common = { name: typed.name.trim(), stock: typed.stock ?? 0, product_id: typed.productId, terms };
    return deal === null
      ? save.mutateAsync({ id: null, body: { ...common, merchant_id: typed.merchantId ?? 0, currency } })
      : save.mutateAsync({ id: deal.id, body: { ...common, version: expected ?? deal.version } });
  };
  const store = async (publish: boolean, expected: number | null = null) => {
    setChecked(true);
    const [first] = Object.keys(own);
    if (first !== undefined) {
      setWay(wayOf(first));
      return;
    }
    let kept: Deal;
    try {
      kept = await keep(expected);
    } catch (error) {
      const [fault] = asProblem(error).fields;
      if (fault) setWay(wayOf(placeOf(fault, typed.ladder)));
      return;
    }
    saved.current = typed;
    setDeal(kept);
    try {
      if (publish) await step.mutateAsync({ id: kept.id, step: "publish" });
      void message.success(t(publish ? "action.done.publish" : "editor.saved"));
    } catch {
      // It is kept as a draft; why it is not sold yet is told at the top of the screen.
    }
    navigate(`/groupbuy/deals/${kept.id}`, { state: AFTER_SAVING });
  };
  const takeLatest = async () => {
    const { data } = await latest.refetch();
    if (!data) return;
    const fresh = typedFrom(data, timezone);
    saved.current = fresh;
    setDeal(data);
    setTyped(fresh);
    save.reset();
  };
  const overwrite = async () => {
    const { data } = await latest.refetch();
    if (data) await store(false, data.version);
  };

  const part = { typed, change, faults, currency, deal };
  const isDraft = deal === null || deal.state === "draft";
  const busy = save.isPending || step.isPending;
  const count = Object.keys(faults).length;
  const look = (
    <Preview
      terms={terms}
      currency={currency}
      merchant={merchant}
      stores={new Map(stores.map((s) => [s.id, s.name]))}
    />
  );
  return (
    <EditorPage
      title={deal?.name ?? t("editor.new")}
      mark={deal && <DealTag state={deal.state} />}
      above={<Link to={deal ? `/groupbuy/deals/${deal.id}` : "/groupbuy/deals"}>{deal ? deal.name : t("title")}</Link>}
      unsaved={typed !== saved.current}
      actions={
        <Button loading={busy} type={isDraft ? "default" : "primary"} onClick={() => void store(false)}>
          {t(isDraft ? "editor.save" : "editor.save_changes")}
        </Button>
      }
      result={look}
    >
      {deal && !isDraft && <p className={styles.notice}>{t("editor.live")}</p>}
      {isChanged ? (
        <ChangedMeanwhile
          name={deal?.name ?? ""}
          busy={busy}
          onTakeLatest={() => void takeLatest()}
          onOverwrite={() => void overwrite()}
        />
      ) : (
        refused && refused.fields.length === 0 && <Refused error={refused} />
      )}
      {count > 0 && (
        <p className={styles.summary} role="alert">
          {t("editor.faulty", { count })}
        </p>
      )}
      <div className={styles.ways}>
        <Steps
          size="small"
          responsive={false}
          current={way}
          onChange={setWay}
          items={WAYS.map((one, at) => ({
            title: isPhone && at !== way ? "" : t(`editor.steps.${one}`),
            status: Object.keys(faults).some((place) => wayOf(place) === at) && at < 3 ? "error" : undefined,
          }))}
        />
      </div>
      {way === 0 && <WhatFields {...part} onMerchant={setMerchant} />}
      {way === 1 && <PriceFields {...part} />}
      {way === 2 && <VoucherFields {...part} />}
      {way === 3 && <Look typed={typed} deal={deal} />}
      <div className={styles.walk}>
        <Button disabled={way === 0} onClick={() => setWay(way - 1)}>
          {t("editor.back")}
        </Button>
        {way < WAYS.length - 1 ? (
          <Button type="primary" ghost onClick={() => setWay(way + 1)}>
            {t("editor.next")}
          </Button>
        ) : isDraft ? (
          <Button type="primary" loading={busy} onClick={() => void store(true)}>
            {t("editor.publish")}
          </Button>
        ) : (
          <Button type="primary" loading={busy} onClick={() => void store(false)}>
            {t("editor.save_changes")}
          </Button>
        )}
      </div>
    </EditorPage>
  );
}
