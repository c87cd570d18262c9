import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { Node, Rule } from "@/api/rule";
import type { components } from "@/api/schema";
import { learnLabel } from "../useRuleWords";
import { type Asked, type WindowName, windowOf } from "./dimension";
import type { CrossTable } from "./table";

type Schemas = components["schemas"];

export type ComparedValue = Omit<Schemas["ComparedValueOut"], "condition"> & { readonly condition: Node };
export type Compared = Omit<Schemas["CompareOut"], "attributes"> & {
  readonly attributes: readonly (Omit<Schemas["AttributeOut"], "values"> & {
    readonly values: readonly ComparedValue[];
  })[];
};
export type Bin = Omit<Schemas["BinOut"], "condition"> & { readonly condition: Node };
export type Distribution = Omit<Schemas["DistributionOut"], "bins"> & { readonly bins: readonly Bin[] };
export type Correlation = Schemas["CorrelationOut"];

const KEY = ["segments", "analysis"] as const;
/** The same question asked again within a minute (a tab and back) is not asked of the server. */
const STALE = 60_000;

function documentOf(rule: Rule | null): Record<string, unknown> | null {
  return rule === null ? null : { ...rule };
}

interface Purchases {
  readonly rule: Rule | null;
  readonly window: WindowName;
}

export interface CrossAsked extends Purchases {
  readonly dimensions: readonly Asked[];
}

export function useCross(asked: CrossAsked | null) {
  return useQuery({
    queryKey: [...KEY, "cross", asked],
    queryFn:
      asked === null
        ? skipToken
        : async ({ signal }) => {
            const body = {
              rule: documentOf(asked.rule),
              dimensions: asked.dimensions.map((one) => ({ edges: [], ...one })),
              window: { ...windowOf(asked.window) },
            };
            const table = (await answered(
              client.POST("/api/v1/segments/analysis/cross", { body, signal }),
            )) as unknown as CrossTable;
            table.axes.forEach((axis, place) => {
              learnLabels(table.dimensions[place]?.field, axis);
            });
            return table;
          },
    placeholderData: keepPreviousData,
    staleTime: STALE,
    retry: false,
  });
}

export interface CompareAsked {
  readonly first: Rule;
  readonly second: Rule | null;
  readonly dimensions: readonly Asked[];
}

export function useCompare(asked: CompareAsked | null) {
  return useQuery({
    queryKey: [...KEY, "compare", asked],
    queryFn:
      asked === null
        ? skipToken
        : async ({ signal }) => {
            const body = {
              first: { ...asked.first },
              second: documentOf(asked.second),
              dimensions: asked.dimensions.map((one) => ({ edges: [], ...one })),
            };
            const told = (await answered(
              client.POST("/api/v1/segments/analysis/compare", { body, signal }),
            )) as unknown as Compared;
            for (const { dimension, values } of told.attributes) learnLabels(dimension.field, values);
            return told;
          },
    placeholderData: keepPreviousData,
    staleTime: STALE,
    retry: false,
  });
}

export function useDistribution(rule: Rule | null, figure: Asked | null) {
  return useQuery({
    queryKey: [...KEY, "distribution", rule, figure],
    queryFn:
      figure === null
        ? skipToken
        : async ({ signal }) => {
            const body = { rule: documentOf(rule), dimension: { edges: [], ...figure } };
            return (await answered(
              client.POST("/api/v1/segments/analysis/distribution", { body, signal }),
            )) as unknown as Distribution;
          },
    placeholderData: keepPreviousData,
    staleTime: STALE,
    retry: false,
  });
}

export function useCorrelation({ rule, window }: Purchases, figures: readonly string[] | null) {
  return useQuery({
    queryKey: [...KEY, "correlation", rule, window, figures],
    queryFn:
      figures === null
        ? skipToken
        : ({ signal }) =>
            answered(
              client.POST("/api/v1/segments/analysis/correlation", {
                body: { rule: documentOf(rule), window: { ...windowOf(window) }, figures: [...figures] },
                signal,
              }),
            ),
    placeholderData: keepPreviousData,
    staleTime: STALE,
    retry: false,
  });
}

/** Names of stores and colleagues, so that the sentence of the segment they open has them too. */
function learnLabels(
  field: string | undefined,
  values: readonly { readonly key?: string | number | boolean | null; readonly label?: string | null }[],
): void {
  if (field === undefined) return;
  for (const { key, label } of values)
    if (label && (typeof key === "string" || typeof key === "number")) learnLabel(field, key, label);
}
