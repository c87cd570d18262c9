import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useNews } from "@/api/events";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Membership = Schemas["MembershipOut"];
export type Schedule = Schemas["SegmentScheduleIn"];
export type Snapshot = Schemas["SnapshotOut"];
export type Overlap = Schemas["OverlapOut"];
export type HistoryDay = Schemas["HistoryDay"];
export type FixedList = Schemas["FixedListIn"];
export type Moved = "entered" | "left";

const KEY = ["segments"] as const;

/** What the server tells of segments is looked up again at once; nothing is asked for on a clock. */
export function useSegmentNews(): void {
  const queries = useQueryClient();
  useNews(["segments"], () => {
    for (const part of ["list", "one", "members", "membership", "memberships", "history", "snapshots", "overlap"]) {
      void queries.invalidateQueries({ queryKey: [...KEY, part] });
    }
  });
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
