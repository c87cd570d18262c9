import { BlockOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { listField, useAddress } from "@/components/address";
import { Count, When } from "@/components/figures";
import { Card, PlainPage, Section } from "@/components/layout";
import { Bone, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { useSegments } from "../api";
import { type Overlap, useOverlap, useSegmentNews } from "./api";
import { FreezeDialog } from "./FreezeDialog";
import { Matrix } from "./Matrix";
import styles from "./membership.module.css";
import { Venn } from "./Venn";
import { regionsOf } from "./venn";

const FIELDS = { id: listField(), region: listField() };
const MOST = 10;
const IN_PICTURE = 3;
const WAYS = ["union", "intersection", "difference"] as const;

/** What segments have in common and what not, and keeping any part of it as a list. */
export function CombinePage() {
  const { t } = useTranslation("memberships");
  const may = useMay();
  const address = useAddress(FIELDS);
  useSegmentNews();
  const ids = address.values.id.filter((text) => /^[1-9]\d{0,15}$/.test(text)).map(Number);
  const overlap = useOverlap(ids);
  if (!may("segments.read")) return <NoPermission what={t("combine.title")} />;
  const choose = (chosen: readonly number[]) => address.change({ id: chosen.slice(0, MOST).map(String), region: [] });
  return (
    <PlainPage
      title={t("combine.title")}
      about={t("combine.about")}
      above={<Link to="/segments">{t("combine.library")}</Link>}
    >
      <Chooser ids={ids} overlap={overlap.data} onChoose={choose} />
      {ids.length === 0 ? (
        <EmptyState
          icon={<BlockOutlined />}
          title={t("combine.empty")}
          purpose={t("combine.empty_words")}
          example={t("combine.example")}
        />
      ) : overlap.error ? (
        <ErrorState compact error={overlap.error} onRetry={() => void overlap.refetch()} />
      ) : !overlap.data ? (
        <Bone height={300} />
      ) : (
        <>
          {ids.length <= IN_PICTURE && (
            <Picture
              overlap={overlap.data}
              chosen={address.values.region}
              onChoose={(region) => address.change({ region }, { replace: true })}
            />
          )}
          {ids.length > 1 && (
            <Section title={t("matrix.title")} about={t("matrix.about")}>
              <Card flush>
                <Matrix overlap={overlap.data} onPick={(one, other) => choose([one, other])} />
              </Card>
            </Section>
          )}
        </>
      )}
    </PlainPage>
  );
}

function Chooser({
  ids,
  overlap,
  onChoose,
}: {
  ids: readonly number[];
  overlap: Overlap | undefined;
  onChoose: (ids: readonly number[]) => void;
}) {
  const { t } = useTranslation("memberships");
  const [q, setQ] = useState("");
  const found = useSegments({ q, cursor: "" });
  const names = new Map<number, string>();
  for (const { id, name } of overlap?.segments ?? []) names.set(id, name);
  for (const { id, name, refreshed_at } of found.data?.items ?? []) if (refreshed_at) names.set(id, name);
  return (
    <Select
      mode="multiple"
      className={styles.chooser}
      aria-label={t("combine.choose")}
      placeholder={t("combine.choose")}
      maxCount={MOST}
      value={[...ids]}
      onChange={onChoose}
      showSearch={{ filterOption: false, onSearch: setQ }}
      options={[...names].map(([value, label]) => ({ value, label }))}
    />
  );
}

function Picture({
  overlap,
  chosen: keys,
  onChoose,
}: {
  overlap: Overlap;
  chosen: readonly string[];
  onChoose: (regions: string[]) => void;
}) {
  const { t } = useTranslation("memberships");
  const mayWrite = useMay()("segments.write");
  const [freezing, setFreezing] = useState(false);
  const { segments, regions } = overlap;
  const place = new Map(segments.map(({ id }, index) => [id, index]));
  const counts = new Map(
    regions.map(({ inside, count }) => [
      inside
        .map((id) => place.get(id))
        .sort()
        .join(""),
      count,
    ]),
  );
  const chosen = new Set(keys.filter((key) => counts.has(key)));
  const total = [...chosen].reduce((sum, key) => sum + (counts.get(key) ?? 0), 0);
  const toggle = (region: string) =>
    onChoose(chosen.has(region) ? [...chosen].filter((key) => key !== region) : [...chosen, region]);
  return (
    <div className={styles.picture}>
      <Card>
        <div className={styles.combine}>
          <Venn names={segments.map(({ name }) => name)} counts={counts} chosen={chosen} onToggle={toggle} />
          <div className={styles.side}>
            <ul className={styles.legend}>
              {segments.map(({ id, name, size, refreshed_at }, index) => (
                <li key={id}>
                  <span className={styles.dot} data-place={index} aria-hidden="true" />
                  <Link to={`/segments/${id}`}>{name}</Link>
                  <Count value={size} />
                  <small>
                    <When at={refreshed_at} />
                  </small>
                </li>
              ))}
            </ul>
            <div className={styles.ways}>
              {WAYS.slice(0, segments.length > 1 ? 3 : 1).map((how) => (
                <Button key={how} size="small" onClick={() => onChoose([...regionsOf(segments.length, how)])}>
                  {t(`combine.${segments.length > 1 ? how : "everyone"}`, { name: segments[0]?.name ?? "" })}
                </Button>
              ))}
              {chosen.size > 0 && (
                <Button size="small" type="text" onClick={() => onChoose([])}>
                  {t("combine.clear")}
                </Button>
              )}
            </div>
            <p className={styles.total} aria-live="polite">
              {chosen.size === 0 ? (
                t("combine.nothing_chosen")
              ) : (
                <>
                  <strong>
                    <Count value={total} />
                  </strong>{" "}
                  {t("combine.chosen")}
                </>
              )}
            </p>
            {mayWrite && (
              <Button type="primary" disabled={chosen.size === 0} onClick={() => setFreezing(true)}>
                {t("combine.save")}
              </Button>
            )}
          </div>
        </div>
        {freezing && (
          <FreezeDialog
            suggestion={segments.map(({ name }) => name).join(" × ")}
            count={total}
            made={{
              segment_ids: segments.map(({ id }) => id),
              how: "regions",
              regions: [...chosen].map((key) => [...key].map((index) => segments[Number(index)]?.id ?? 0)),
            }}
            onClose={() => setFreezing(false)}
          />
        )}
      </Card>
    </div>
  );
}
