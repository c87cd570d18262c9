import {
  keepPreviousData,
  type QueryClient,
  skipToken,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useNews } from "@/api/events";
import type { components } from "@/api/schema";
import type { Segment, SegmentState } from "../api";

type Schemas = components["schemas"];

export type Membership = Schemas["MembershipOut"];
export type Schedule = Schemas["SegmentScheduleIn"];
export type Snapshot = Schemas["SnapshotOut"];
export type Overlap = Schemas["OverlapOut"];
export type HistoryDay = Schemas["HistoryDay"];
export type FixedList = Schemas["FixedListIn"];
export type Moved = "entered" | "left";

const KEY = ["segments"] as const;

/** What the server tells of a segment: how it stands, how far asking is (0 to 1), how many are in its new list. */
interface SegmentNews {
  readonly id?: number;
  readonly state?: SegmentState;
  readonly count?: number;
  readonly done?: number;
}

/** What the server tells of segments is shown at once, and looked up again; nothing is asked for on a clock. */
export function useSegmentNews(): void {
  const queries = useQueryClient();
  useNews(["segments"], (_topic, told) => {
    const news = (told ?? {}) as SegmentNews;
    if (news.id !== undefined) queries.setQueryData(progressKey(news.id), news.done ?? null);
    // How far asking is changes nothing else.
    if (news.done !== undefined) return;
    show(queries, news);
    for (const part of ["list", "one", "members", "membership", "memberships", "history", "snapshots", "overlap"]) {
      void queries.invalidateQueries({ queryKey: [...KEY, part] });
    }
  });
}

function show(queries: QueryClient, { id, state, count }: SegmentNews): void {
  const renewed = <T extends { id: number }>(row: T): T =>
    row.id === id ? { ...row, ...(state && { state }), ...(count !== undefined && { count }) } : row;
  queries.setQueryData<Segment>([...KEY, "one", id], (known) => known && renewed(known));
  queries.setQueryData<Membership>([...KEY, "membership", id], (known) => known && renewed(known));
  queries.setQueriesData<{ items: { id: number }[] }>(
    { queryKey: [...KEY, "list"] },
    (known) => known && { ...known, items: known.items.map(renewed) },
  );
}

function progressKey(id: number) {
  return [...KEY, "progress", id] as const;
}

/** How far asking is, from 0 to 1; null while nothing is asked, or cannot be told. */
export function useProgress(id: number): number | null {
  return useQuery<number | null>({ queryKey: progressKey(id), queryFn: skipToken }).data ?? null;
}

export function useMemberships(ids: readonly number[]) {
  return useQuery({
    queryKey: [...KEY, "memberships", ...ids],
    queryFn:
      ids.length === 0
        ? skipToken
        : ({ signal }) =>
            answered(client.GET("/api/v1/segments/memberships", { params: { query: { id: [...ids] } }, signal })),
    select: (found) => new Map(found.map((membership) => [membership.id, membership])),
    placeholderData: keepPreviousData,
  });
}

export function useMembership(id: number) {
  return useQuery({
    queryKey: [...KEY, "membership", id],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/segments/{segment_id}/membership", { params: { path: { segment_id: id } }, signal }),
      ),
  });
}

export function useHistory(id: number, days: number) {
  return useQuery({
    queryKey: [...KEY, "history", id, days],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/segments/{segment_id}/history", {
          params: { path: { segment_id: id }, query: { days } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useSnapshots(id: number, cursor: string) {
  return useQuery({
    queryKey: [...KEY, "snapshots", id, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/segments/{segment_id}/snapshots", {
          params: { path: { segment_id: id }, query: { cursor: cursor || null, limit: 20 } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useMoved(id: number, snapshotId: number, moved: Moved, cursor: string | null) {
  return useQuery({
    queryKey: [...KEY, "moved", id, snapshotId, moved, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/segments/{segment_id}/snapshots/{snapshot_id}/customers", {
          params: { path: { segment_id: id, snapshot_id: snapshotId }, query: { moved, cursor } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useOverlap(ids: readonly number[]) {
  return useQuery({
    queryKey: [...KEY, "overlap", ...ids],
    queryFn:
      ids.length === 0
        ? skipToken
        : ({ signal }) =>
            answered(client.GET("/api/v1/segments/overlap", { params: { query: { id: [...ids] } }, signal })),
    retry: false,
  });
}

export function useSchedule(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schedule) =>
      answered(client.PUT("/api/v1/segments/{segment_id}/schedule", { params: { path: { segment_id: id } }, body })),
    onSuccess: (membership) => {
      queries.setQueryData([...KEY, "membership", id], membership);
      void queries.invalidateQueries({ queryKey: [...KEY, "memberships"] });
    },
  });
}

export function useMakeFixedList() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: FixedList) => answered(client.POST("/api/v1/segments/fixed", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
