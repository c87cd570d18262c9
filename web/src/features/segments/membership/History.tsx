import { Button, Drawer, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Chart } from "@/components/Chart";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Money, None, When } from "@/components/figures";
import { Card, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState } from "@/components/states";
import { exactCount, shortCount } from "@/format/count";
import { calendarDate } from "@/format/when";
import type { Person } from "../api";
import { type HistoryDay, type Moved, type Snapshot, useHistory, useMoved, useSnapshots } from "./api";
import styles from "./membership.module.css";

const PERIODS = [30, 90, 365] as const;

/** What became of a segment: its size over time, who came and went, and when. */
export function History({ segmentId, allStores }: { segmentId: number; allStores: boolean }) {
  const [open, setOpen] = useState<{ snapshot: Snapshot; moved: Moved } | null>(null);
  return (
    <>
      {allStores && <Pictures segmentId={segmentId} />}
      <Moves segmentId={segmentId} onOpen={(snapshot, moved) => setOpen({ snapshot, moved })} />
      {open && <People segmentId={segmentId} {...open} onClose={() => setOpen(null)} />}
    </>
  );
}

function Pictures({ segmentId }: { segmentId: number }) {
  const { t } = useTranslation("memberships");
  const { language } = useReading();
  const [days, setDays] = useState<number>(90);
  const history = useHistory(segmentId, days);
  if (history.error && !history.data) {
    return <ErrorState compact error={history.error} onRetry={() => void history.refetch()} />;
  }
  if (!history.data) return <BoneLines lines={8} />;
  const told: readonly HistoryDay[] = history.data;
  const categories = told.map(({ day }) => calendarDate(day, language));
  const format = (value: number) => exactCount(value, language);
  const axis = (value: number) => shortCount(value, language);
  return (
    <Section
      title={t("history.title")}
      about={t("history.about")}
      extra={
        <Segmented
          value={days}
          onChange={setDays}
          options={PERIODS.map((period) => ({ value: period, label: t("history.days", { count: period }) }))}
        />
      }
    >
      <div className={styles.pictures}>
        <Card>
          <Chart
            title={t("history.size")}
            kind="line"
            categories={categories}
            series={[{ key: "size", name: t("history.size"), values: told.map(({ count }) => count) }]}
            format={format}
            formatAxis={axis}
            height={220}
            notEnough={t("history.not_enough")}
          />
        </Card>
        <Card>
          <Chart
            title={t("history.moves")}
            kind="bar"
            categories={categories}
            series={[
              { key: "entered", name: t("entered"), values: told.map(({ entered }) => entered) },
              { key: "left", name: t("left"), values: told.map(({ left }) => left) },
            ]}
            format={format}
            formatAxis={axis}
            height={220}
            notEnough={t("history.not_enough")}
          />
        </Card>
      </div>
    </Section>
  );
}

function Moves({ segmentId, onOpen }: { segmentId: number; onOpen: (snapshot: Snapshot, moved: Moved) => void }) {
  const { t } = useTranslation("memberships");
  const [trail, setTrail] = useState<readonly string[]>([""]);
  const cursor = trail[trail.length - 1] ?? "";
  const snapshots = useSnapshots(segmentId, cursor);
  const moved = (which: Moved) => (snapshot: Snapshot) => {
    const count = snapshot[which];
    if (!snapshot.knows_who || count === 0) return <Count value={count} />;
    return (
      <Button type="link" size="small" className={styles.opener} onClick={() => onOpen(snapshot, which)}>
        {count === null ? t("history.look") : <Count value={count} />}
      </Button>
    );
  };
  const columns: Column<Snapshot>[] = [
    { key: "when", title: t("history.when"), identity: true, cell: ({ taken_at }) => <When at={taken_at} exact /> },
    { key: "because", title: t("history.because"), onCard: true, cell: ({ because }) => t(`because.${because}`) },
    {
      key: "count",
      title: t("history.size"),
      align: "end",
      onCard: true,
      cell: ({ count }) => <Count value={count} />,
    },
    { key: "entered", title: t("entered"), align: "end", onCard: true, cell: moved("entered") },
    { key: "left", title: t("left"), align: "end", onCard: true, cell: moved("left") },
  ];
  if (snapshots.error && !snapshots.data) {
    return <ErrorState compact error={snapshots.error} onRetry={() => void snapshots.refetch()} />;
  }
  if (snapshots.data?.items.length === 0) {
    return <EmptyState title={t("history.none")} purpose={t("history.none_words")} />;
  }
  return (
    <Section title={t("history.list")} about={t("history.list_about")}>
      <DataTable
        caption={t("history.list")}
        columns={columns}
        rows={snapshots.data?.items}
        rowKey={({ id }) => id}
        stale={snapshots.isPlaceholderData}
      />
      <div className={styles.pager}>
        {trail.length > 1 && <Button onClick={() => setTrail(trail.slice(0, -1))}>{t("newer")}</Button>}
        {snapshots.data?.next_cursor && (
          <Button onClick={() => setTrail([...trail, snapshots.data?.next_cursor ?? ""])}>{t("older")}</Button>
        )}
      </div>
    </Section>
  );
}

function People({
  segmentId,
  snapshot,
  moved,
  onClose,
}: {
  segmentId: number;
  snapshot: Snapshot;
  moved: Moved;
  onClose: () => void;
}) {
  const { t } = useTranslation("memberships");
  const [cursor, setCursor] = useState<string | null>(null);
  const people = useMoved(segmentId, snapshot.id, moved, cursor);
  return (
    <Drawer
      open
      size="default"
      onClose={onClose}
      title={t(moved === "entered" ? "history.who_entered" : "history.who_left")}
      extra={<When at={snapshot.taken_at} exact />}
    >
      {people.error && !people.data ? (
        <ErrorState compact error={people.error} onRetry={() => void people.refetch()} />
      ) : !people.data ? (
        <BoneLines lines={6} />
      ) : people.data.items.length === 0 && !people.data.next_cursor ? (
        <EmptyState title={t("history.nobody_seen")} purpose={t("history.nobody_seen_words")} />
      ) : (
        <>
          <ul className={styles.people}>
            {people.data.items.map((person: Person) => (
              <li key={person.id}>
                <Link to={`/customers/${person.id}`}>{person.name || t("no_name")}</Link>
                <span>{person.city ?? <None />}</span>
                <Money minor={person.spent?.amount_minor} currency={person.spent?.currency} short />
              </li>
            ))}
          </ul>
          {people.data.next_cursor && (
            <Button onClick={() => setCursor(people.data?.next_cursor ?? null)}>{t("more_people")}</Button>
          )}
        </>
      )}
    </Drawer>
  );
}
