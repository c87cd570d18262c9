import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useJobStarted } from "@/api/jobs";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Programme = Schemas["ProgrammeOut"];
export type TermsVersion = Schemas["VersionRow"];
export type Difference = Schemas["DifferenceOut"];
export type Pause = Schemas["PauseOut"];
export type Draft = Schemas["DraftOut"];
export type Multiplier = Required<Schemas["Multiplier"]>;
/** The rule of earning with nothing left to a default. */
export type Earning = Required<Omit<Schemas["Earning"], "multipliers" | "caps" | "exclusions">> & {
  readonly multipliers: readonly Multiplier[];
  readonly caps: Required<Schemas["Caps"]>;
  readonly exclusions: Required<Schemas["Exclusions"]>;
};
export type Earned = Schemas["EarnedOut"];
export type ExampleIn = Omit<Schemas["ExampleIn"], "earning"> & { readonly earning: Earning };
export type Simulation = Schemas["SimulationOut"];
export type SimulatedPart = Schemas["SimulatedPart"];

export type Joining = Required<Schemas["Joining"]>;
export type Lapse = Required<Schemas["Lapse"]>;
export type Spending = Required<Schemas["Spending"]>;
export type Returns = Required<Schemas["Returns"]>;
export type Plan = Required<Schemas["Plan"]>;
export type Law = Required<Schemas["Law"]>;
export type StoredValue = Required<Omit<Schemas["StoredValue"], "plans" | "law">> & {
  readonly plans: readonly Plan[];
  readonly law: Law;
};
export type CountCard = Required<Schemas["CountCard"]>;
export type Adjusting = Required<Schemas["Adjusting"]>;
export type SpendExample = Schemas["SpendExampleOut"];

/** The whole document of a version. The ladder is edited on a page of its own; here only its names are needed. */
export interface Terms {
  readonly joining: Joining;
  readonly earning: Earning;
  readonly lapse: Lapse;
  readonly spending: Spending;
  readonly returns: Returns;
  readonly stored_value: StoredValue;
  readonly count_cards: { readonly cards: readonly CountCard[] };
  readonly adjusting: Adjusting;
  readonly tiers: { readonly tiers: readonly { readonly key: string; readonly name: string }[] };
}

const KEY = ["programmes"] as const;

/** The programme that runs, else the newest one; null where there is none. */
export function useProgramme(enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "list"],
    enabled,
    queryFn: async ({ signal }) => {
      const all = await answered(client.GET("/api/v1/loyalty/programmes", { signal }));
      return all.find(({ state }) => state !== "draft") ?? all[0] ?? null;
    },
  });
}

export function useCreateProgramme() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; points_name: string }) =>
      answered(client.POST("/api/v1/loyalty/programmes", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useMoveProgramme(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (step: "pause" | "resume") => {
      const params = { path: { id } };
      return step === "pause"
        ? answered(client.POST("/api/v1/loyalty/programmes/{id}/pause", { params }))
        : answered(client.POST("/api/v1/loyalty/programmes/{id}/resume", { params }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useVersions(id: number) {
  return useQuery({
    queryKey: [...KEY, id, "versions"],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/loyalty/programmes/{id}/versions", { params: { path: { id } }, signal })),
  });
}

export function useVersion(id: number, version: number | null) {
  return useQuery({
    queryKey: [...KEY, id, "version", version],
    queryFn:
      version === null
        ? skipToken
        : ({ signal }) =>
            answered(
              client.GET("/api/v1/loyalty/programmes/{id}/versions/{version}", {
                params: { path: { id, version } },
                signal,
              }),
            ),
  });
}

/** What changed from one version to another; to the draft where there is no other. */
export function useDifferences(id: number, from: number, to: number | null, enabled = true) {
  return useQuery({
    queryKey: [...KEY, id, "differences", from, to],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/loyalty/programmes/{id}/differences", {
          params: { path: { id }, query: { from_version: from, to_version: to } },
          signal,
        }),
      ),
    staleTime: to === null ? 0 : 300_000,
  });
}

export function useDraft(id: number | null) {
  return useQuery({
    queryKey: [...KEY, id, "draft"],
    queryFn:
      id === null
        ? skipToken
        : ({ signal }) =>
            answered(client.GET("/api/v1/loyalty/programmes/{id}/draft", { params: { path: { id } }, signal })),
    // What is typed is the truth of an open editor.
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
}

export function useSaveDraft(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { document: Record<string, unknown>; expected_version: number }) =>
      answered(client.PUT("/api/v1/loyalty/programmes/{id}/draft", { params: { path: { id } }, body })),
    onSuccess: (draft) => {
      queries.setQueryData([...KEY, id, "draft"], draft);
      void queries.invalidateQueries({ queryKey: [...KEY, id, "differences"] });
    },
  });
}

export function useDiscardDraft(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (expected_version: number) =>
      answered(
        client.DELETE("/api/v1/loyalty/programmes/{id}/draft", {
          params: { path: { id }, query: { expected_version } },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function usePublish(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: {
      expected_version: number;
      draft_version: number;
      effective_at: string | null;
      note: string;
    }) => answered(client.POST("/api/v1/loyalty/programmes/{id}/publish", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** What an imagined purchase earns, asked anew as the rule is typed. */
export function useExample(body: ExampleIn | null) {
  return useQuery({
    queryKey: [...KEY, "example", body],
    queryFn:
      body === null
        ? skipToken
        : ({ signal }) =>
            answered(client.POST("/api/v1/loyalty/earning/example", { body: body as Schemas["ExampleIn"], signal })),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  });
}

/** What points would pay, when they are over, and what a return costs, asked anew as the terms are typed. */
export function useSpendExample(body: Schemas["SpendExampleIn"]) {
  return useQuery({
    queryKey: [...KEY, "spend-example", body],
    queryFn: ({ signal }) => answered(client.POST("/api/v1/loyalty/points/example", { body, signal })),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  });
}

/** When the programme was paused, the latest first. */
export function usePauses(id: number) {
  return useQuery({
    queryKey: [...KEY, id, "pauses"],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/loyalty/programmes/{id}/pauses", { params: { path: { id } }, signal })),
  });
}

export function useSimulate(id: number) {
  const started = useJobStarted();
  return useMutation({
    mutationFn: (body: Schemas["SimulationIn"]) =>
      answered(client.POST("/api/v1/loyalty/programmes/{id}/simulations", { params: { path: { id } }, body })),
    onSuccess: started,
  });
}

export function useSimulation(jobId: number, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "simulation", jobId],
    enabled,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/loyalty/simulations/{job_id}", { params: { path: { job_id: jobId } }, signal })),
    staleTime: 300_000,
  });
}
