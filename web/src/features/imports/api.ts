import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "@/api/client";
import { type Job, useJobStarted } from "@/api/jobs";

export type ImportKind = "orders" | "customers";
export type ImportState = "proposed" | "checking" | "checked" | "running" | "done" | "failed" | "cancelled";
export type DateOrder = "auto" | "year_first" | "day_first" | "month_first";
export type SalesChannel = "pos" | "web" | "app" | "wechat" | "marketplace" | "group_buy" | "phone" | "company";
export type Mapping = Readonly<Record<string, string | null>>;

export interface ImportColumn {
  readonly name: string;
  readonly sample: readonly string[];
  readonly type: "number" | "instant" | "email" | "text" | "empty";
}

export interface ImportField {
  readonly key: string;
  readonly required: boolean;
}

export interface FileFormat {
  readonly type: "csv" | "jsonl" | "xlsx" | "parquet";
  readonly compression: "none" | "gzip";
  readonly encoding: string | null;
  readonly delimiter: string | null;
  readonly has_header: boolean;
}

export interface Questions {
  readonly source: { readonly key: string; readonly name: string; readonly channel: SalesChannel };
  readonly currency: string;
  readonly timezone: string;
  readonly duplicate_lines: "keep" | "drop";
  readonly cancellation_prefix: string;
  readonly date_order: DateOrder;
  readonly decimal: "." | ",";
  readonly phone_region: string;
}

export interface Answers extends Questions {
  readonly mapping: Mapping;
}

export interface RefusalReason {
  readonly code: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly count: number;
  readonly example_row: number;
}

export type Totals = Readonly<Record<string, number | string | null>>;

export interface ImportCheck {
  readonly rows: number;
  readonly ok_rows: number;
  readonly refused_rows: number;
  readonly blank_rows: number;
  readonly dropped_rows: number;
  readonly date_order: "iso" | "year_first" | "day_first" | "month_first" | null;
  readonly date_order_certain: boolean;
  readonly reasons: readonly RefusalReason[];
  readonly totals: Totals;
  readonly preview: readonly Readonly<Record<string, unknown>>[];
}

export interface ImportResult {
  readonly totals: Totals;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly customers_created: number;
  readonly customers_updated: number;
  readonly products_created: number;
  readonly identities_elsewhere: number;
}

export interface ImportRow {
  readonly id: number;
  readonly kind: ImportKind;
  readonly filename: string;
  readonly bytes: number;
  readonly state: ImportState;
  readonly job_id: number | null;
  readonly created_at: string;
  readonly finished_at: string | null;
  readonly result: ImportResult | null;
  readonly error: { readonly code: string; readonly params: Readonly<Record<string, unknown>> } | null;
}

export interface ImportFile extends ImportRow {
  readonly format: FileFormat;
  readonly columns: readonly ImportColumn[];
  readonly mapping_proposed: Mapping;
  readonly fields: readonly ImportField[];
  readonly questions: Questions;
  readonly answers: Answers | null;
  readonly check: ImportCheck | null;
}

interface ImportPageAnswer {
  readonly items: readonly ImportRow[];
  readonly next_cursor: string | null;
  readonly total: number | null;
}

const IMPORTS = ["imports"] as const;

export function isWorking({ state }: Pick<ImportRow, "state">): boolean {
  return state === "checking" || state === "running";
}

export function useImports(cursor: string) {
  return useQuery({
    queryKey: [...IMPORTS, "list", cursor],
    queryFn: ({ signal }) =>
      answered<ImportPageAnswer>(
        client.GET("/api/v1/imports", { params: { query: { cursor: cursor || undefined } }, signal }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(isWorking) ? 3_000 : false),
  });
}

export function useImport(id: number) {
  return useQuery({
    queryKey: [...IMPORTS, id],
    queryFn: ({ signal }) =>
      answered<ImportFile>(client.GET("/api/v1/imports/{import_id}", { params: { path: { import_id: id } }, signal })),
    // The event stream says when the work has ended; this is for when it does not get through.
    refetchInterval: ({ state }) => (state.data && isWorking(state.data) ? 5_000 : false),
  });
}

/** Reads the import anew: its job has ended. */
export function useImportEnded(id: number): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: [...IMPORTS, id] });
}

export function useReread(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { encoding?: string; delimiter?: string; has_header?: boolean }) =>
      answered<ImportFile>(
        client.POST("/api/v1/imports/{import_id}/reread", { params: { path: { import_id: id } }, body }),
      ),
    onSuccess: (file) => queries.setQueryData([...IMPORTS, id], file),
  });
}

export function useCheck(id: number) {
  const queries = useQueryClient();
  const started = useJobStarted();
  return useMutation({
    mutationFn: (body: Answers) =>
      answered<Job>(client.POST("/api/v1/imports/{import_id}/check", { params: { path: { import_id: id } }, body })),
    onSuccess: () => {
      started();
      return queries.invalidateQueries({ queryKey: [...IMPORTS, id] });
    },
    meta: { ownErrors: true },
  });
}

export function useStart(id: number) {
  const queries = useQueryClient();
  const started = useJobStarted();
  // One key for as long as this page stands: a second click, or a retry after a lost answer, starts nothing twice.
  const key = useRef(newIdempotencyKey());
  return useMutation({
    mutationFn: (refused: "keep_good" | "refuse_all") =>
      answered<Job>(
        client.POST("/api/v1/imports/{import_id}/start", {
          params: { path: { import_id: id }, header: { "Idempotency-Key": `${key.current}-${refused}` } },
          body: { refused },
        }),
      ),
    onSuccess: () => {
      started();
      return queries.invalidateQueries({ queryKey: IMPORTS });
    },
    meta: { ownErrors: true },
  });
}

export function useRemoveImport() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      answered(client.DELETE("/api/v1/imports/{import_id}", { params: { path: { import_id: id } } })),
    onSuccess: (_answer, id) => {
      queries.removeQueries({ queryKey: [...IMPORTS, id] });
      return queries.invalidateQueries({ queryKey: IMPORTS });
    },
  });
}
