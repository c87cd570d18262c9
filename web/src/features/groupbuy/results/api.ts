import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { Rule, Where } from "@/api/rule";
import type { components } from "@/api/schema";

export type DealResult = components["schemas"]["DealResultOut"];
export type ReturnWindow = DealResult["windows"][number];

/** The windows the server measures by, in days. */
export const WINDOWS = [30, 60, 90] as const;

const KEY = ["deal-results"] as const;

export function useResults(query: { merchant: number | null; cursor: string }) {
  return useQuery({
    queryKey: [...KEY, "list", query],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/groupbuy/deal-results", {
          params: { query: { merchant_id: query.merchant, cursor: query.cursor || null } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useResult(id: number) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/groupbuy/deal-results/{id}", { params: { path: { id } }, signal })),
  });
}

/** What every deal brought, as a sheet. */
export function sheetAddress(format: "csv" | "xlsx", language: "zh" | "en"): string {
  return `/api/v1/groupbuy/deal-results/file?format=${format}&language=${language}`;
}

const FORMED = "formed";

/** Everybody whose group of this deal has formed. */
export function buyersRule(deal: number): Rule {
  const where: readonly Where[] = [{ field: "deal", op: "in", value: [deal] }];
  return {
    version: 1,
    as_of: null,
    root: {
      all: [{ group: { verb: FORMED, measure: "count", op: "gte", value: 1, where, window: { ever: true } } }],
    },
  };
}

/** Those of them who bought nothing in the days after, once these are over. */
export function notBackRule(deal: number, days: number): Rule {
  const where: readonly Where[] = [{ field: "deal", op: "in", value: [deal] }];
  return {
    version: 1,
    as_of: null,
    root: {
      all: [
        {
          sequence: {
            first: { group: { verb: FORMED, where } },
            // biome-ignore lint/suspicious/noThenProperty: the grammar's own word.
            then: { bought: {} },
            followed: false,
            within: { n: days, unit: "days" },
            window: { ever: true },
          },
        },
      ],
    },
  };
}
