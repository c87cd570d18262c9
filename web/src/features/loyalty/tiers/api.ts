import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Tiers = Schemas["TiersOut"];
export type TierCount = Schemas["TierCountOut"];
export type Movement = Schemas["MovementOut"];
export type TierRef = Schemas["TierRef"];
export type MemberRow = Schemas["MemberRow"];
export type Preview = Schemas["LadderPreviewOut"];

type Condition = Schemas["Condition"];
export type Metric = Schemas["Metric"];
export type Match = NonNullable<Condition["match"]>;
/** A ladder with all it says, as the server writes it down. */
export type Ladder = Required<
  Omit<Schemas["Ladder"], "tiers" | "memberships" | "discount" | "qualify_window" | "keep_window">
> & {
  readonly qualify_window: Window;
  readonly keep_window: Window;
  readonly tiers: readonly Tier[];
  readonly memberships: readonly Schemas["PaidMembership"][];
  readonly discount: Required<Schemas["DiscountScope"]>;
};
export type Tier = Required<Omit<Schemas["Tier"], "qualify" | "keep" | "benefits">> & {
  readonly qualify: Required<Condition>;
  readonly keep: Required<Condition> | null;
  readonly benefits: Required<Schemas["Benefits"]>;
};
export type Threshold = Schemas["Threshold"];
export type Window = Required<Schemas["Window"]>;
export const METRICS: readonly Metric[] = ["net", "points", "orders"];

const KEY = ["loyalty", "tiers"] as const;

export function useTiers(enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "now"],
    enabled,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/loyalty/tiers", { signal })),
  });
}

export function useMembers(query: { tier: string; cursor: string }, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "members", query],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/loyalty/members", {
          params: { query: { tier: query.tier || null, cursor: query.cursor || null } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** What a ladder would do to all members today; null while it does not hold together. */
export function usePreview(ladder: Ladder | null) {
  return useQuery({
    queryKey: [...KEY, "preview", ladder],
    queryFn: ladder
      ? ({ signal }) =>
          answered(client.POST("/api/v1/loyalty/tiers/preview", { body: { ladder: bodyOf(ladder) }, signal }))
      : skipToken,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useProgramme() {
  return useQuery({
    queryKey: ["loyalty", "programme"],
    queryFn: async ({ signal }) => {
      const programmes = await answered(client.GET("/api/v1/loyalty/programmes", { signal }));
      return programmes.find(({ state }) => state !== "draft") ?? programmes[0] ?? null;
    },
  });
}

export type Draft = Schemas["DraftOut"];

export function useDraft(programmeId: number | null) {
  return useQuery({
    queryKey: ["loyalty", "draft", programmeId],
    queryFn:
      programmeId === null
        ? skipToken
        : ({ signal }) =>
            answered(
              client.GET("/api/v1/loyalty/programmes/{id}/draft", { params: { path: { id: programmeId } }, signal }),
            ),
    // What she types goes on from the draft she opened; another's is refused when she saves.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Puts the ladder into the draft of the terms; where `publish`, the draft becomes the terms from now on. */
export function useSaveLadder(programmeId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ draft, ladder, publish }: { draft: Draft; ladder: Ladder; publish: boolean }) => {
      const params = { path: { id: programmeId } };
      const saved = await answered(
        client.PUT("/api/v1/loyalty/programmes/{id}/draft", {
          params,
          body: { document: { ...draft.document, tiers: ladder }, expected_version: draft.version },
        }),
      );
      if (publish) {
        const programme = await answered(client.GET("/api/v1/loyalty/programmes/{id}", { params }));
        await answered(
          client.POST("/api/v1/loyalty/programmes/{id}/publish", {
            params,
            body: { expected_version: programme.version, draft_version: saved.version, note: "" },
          }),
        );
      }
      return saved;
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["loyalty"] }),
    meta: { ownErrors: true },
  });
}

/** Lists that are never written to are no lists to the generated types. */
function bodyOf(ladder: Ladder): Schemas["Ladder"] {
  return ladder as unknown as Schemas["Ladder"];
}
