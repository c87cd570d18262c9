import { useEffect, useState } from "react";
import { useNews } from "./events";

/** An answer of the lake: as fresh as it says, and changed by what happens to the tables its topics are of, or by midnight. */
export interface LakeAnswer {
  readonly topics: readonly string[];
  /** The moment it is of. */
  readonly as_of: string;
  readonly fresh_at: string | null;
  readonly elapsed_ms?: number;
}

interface Renewable {
  readonly data: LakeAnswer | undefined;
  readonly isFetching: boolean;
  readonly dataUpdatedAt: number;
  readonly errorUpdatedAt: number;
  readonly refetch: () => unknown;
}

const SHORTEST_REST_MILLISECONDS = 1_000;
const RESTS_FOR_AN_ANSWER = 5;
const REST_AFTER_FAILURE_MILLISECONDS = 15_000;
const NOTHING: readonly string[] = [];
/** Told at midnight: what was asked before it is of another day. */
const DAY = "day";

/**
 * Asks again when the server tells that what an answer looked at changed since. Nothing is asked on a clock, nor of a tab
 * that is hidden: the stream ends with it, and says how things stand when it comes back. In a rush an answer that took
 * long rests long, so that open pages never ask all the time.
 */
export function useRenewal(query: Renewable): void {
  const { data, isFetching, dataUpdatedAt, errorUpdatedAt, refetch } = query;
  const [movedAt, setMovedAt] = useState(0);
  const [dayAt, setDayAt] = useState(0);
  useNews(data?.topics ?? NOTHING, (topic, news) => {
    const told = Date.parse((news as { moved_at?: string | null } | null)?.moved_at ?? "");
    if (topic === DAY) setDayAt((known) => Math.max(known, told || 0));
    else if (told > movedAt) setMovedAt(told);
  });
  const isOld =
    data !== undefined &&
    (movedAt > Date.parse(data.fresh_at ?? "1970-01-01T00:00:00Z") || dayAt > Date.parse(data.as_of));
  const rest =
    errorUpdatedAt > dataUpdatedAt
      ? REST_AFTER_FAILURE_MILLISECONDS
      : Math.max(SHORTEST_REST_MILLISECONDS, RESTS_FOR_AN_ANSWER * (data?.elapsed_ms ?? 0));
  const restsUntil = Math.max(dataUpdatedAt, errorUpdatedAt) + rest;
  useEffect(() => {
    if (!isOld || isFetching) return;
    const timer = setTimeout(() => void refetch(), Math.max(0, restsUntil - Date.now()));
    return () => clearTimeout(timer);
  }, [isOld, isFetching, restsUntil, refetch]);
}
