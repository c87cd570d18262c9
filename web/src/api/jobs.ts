import { skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "./client";
import { useNews, useWithoutNews } from "./events";
import type { components } from "./schema";

/** Long work somebody asked for. `kind` names its sentence; `title_params` fills it. */
export type Job = components["schemas"]["JobOut"];

const JOBS_KEY = ["jobs"] as const;

/** Asked again this often where no news get through. */
const POLL_MILLISECONDS = 5_000;

export function isLive({ state }: Pick<Job, "state">): boolean {
  return state === "queued" || state === "running";
}

/** One job, kept up to date until it ends. */
export function useJob(id: number | null) {
  const queries = useQueryClient();
  const poll = useWithoutNews(POLL_MILLISECONDS);
  const query = useQuery({
    queryKey: [...JOBS_KEY, id],
    queryFn:
      id === null
        ? skipToken
        : ({ signal }) => answered(client.GET("/api/v1/jobs/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && !isLive(state.data) ? false : poll),
  });
  const watching = id !== null && (query.data === undefined || isLive(query.data));
  useNews(watching ? [`job:${id}`] : [], (_topic, news) => {
    queries.setQueryData<Job>([...JOBS_KEY, id], (known) => known && { ...known, ...(news as Partial<Job>) });
    const state = (news as Partial<Job> | null)?.state;
    // The end carries more than progress does (result, error): read it whole.
    if (!state || !isLive({ state })) void queries.invalidateQueries({ queryKey: JOBS_KEY });
  });
  return query;
}

/** The latest jobs, newest first. */
export function useJobs() {
  const queries = useQueryClient();
  const poll = useWithoutNews(POLL_MILLISECONDS);
  const query = useQuery({
    queryKey: [...JOBS_KEY, "latest"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/jobs", { params: { query: { limit: 10 } }, signal })),
    refetchInterval: ({ state }) => poll && (state.data?.items.some(isLive) ? poll : 60_000),
  });
  useNews(["jobs"], () => {
    void queries.invalidateQueries({ queryKey: JOBS_KEY });
  });
  return query;
}

/** Call after starting long work, so that the top bar shows it at once. */
export function useJobStarted(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: JOBS_KEY });
}

export function useCancelJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered(client.POST("/api/v1/jobs/{id}/cancel", { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: JOBS_KEY }),
  });
}

/** The change of many files that a job did, while it can be undone; null where it cannot. */
export function undoableChange(job: Job, now: Date): number | null {
  const { undo_until: until, change_id: change } = job.result;
  const inTime = typeof until === "string" && new Date(until) > now;
  return !isLive(job) && inTime && typeof change === "number" ? change : null;
}

/** Puts back what a change of many files did, as a job of its own. */
export function useUndo() {
  const started = useJobStarted();
  return useMutation({
    mutationFn: (change: number) =>
      answered(client.POST("/api/v1/customers/bulk-changes/{id}/undo", { params: { path: { id: change } } })),
    onSuccess: started,
  });
}
