import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { answered, client, newIdempotencyKey } from "@/api/client";
import { useNewsAtMost, useWithoutNews } from "@/api/events";
import { useJobStarted } from "@/api/jobs";
import { problemFrom } from "@/api/problem";
import type { components } from "@/api/schema";
import { downloadBlob } from "@/components/csv";

type Schemas = components["schemas"];

export type ImportRow = Schemas["ImportRow"];
export type ImportFile = Schemas["ImportOut"];
export type ImportKind = ImportRow["kind"];
export type ImportState = ImportRow["state"];
export type ImportField = Schemas["ImportsFieldOut"];
export type ImportCheck = Schemas["CheckOut"];
export type ImportResult = Schemas["ImportsResultOut"];
export type RefusalReason = Schemas["ReasonOut"];
export type FileFormat = Schemas["FormatOut"];
export type Questions = Schemas["Questions"];
export type Answers = Schemas["Answers"];
/** For each field, the column it is read from. */
export type Mapping = Answers["mapping"];
export type Totals = ImportCheck["totals"];

const IMPORTS = ["imports"] as const;
/** Asked again this often while something is worked on, where no news get through. */
const POLL_MILLISECONDS = 5_000;
const REST_MILLISECONDS = 1_000;

export function isWorking({ state }: Pick<ImportRow, "state">): boolean {
  return state === "checking" || state === "running";
}

export function useImports(cursor: string) {
  const queries = useQueryClient();
  // Files also come by themselves, and from colleagues.
  const poll = useWithoutNews(POLL_MILLISECONDS);
  useNewsAtMost(["jobs"], REST_MILLISECONDS, () => {
    void queries.invalidateQueries({ queryKey: [...IMPORTS, "list"] });
  });
  return useQuery({
    queryKey: [...IMPORTS, "list", cursor],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/imports", { params: { query: { cursor: cursor || undefined } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(isWorking) ? poll : false),
  });
}

/** Its job's news say when the work has ended. */
export function useImport(id: number) {
  const poll = useWithoutNews(POLL_MILLISECONDS);
  return useQuery({
    queryKey: [...IMPORTS, id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/imports/{import_id}", { params: { path: { import_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isWorking(state.data) ? poll : false),
  });
}

/** Reads the import anew: its job has ended. */
export function useImportEnded(id: number): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: [...IMPORTS, id] });
}

export type SavedMapping = Schemas["SavedMappingOut"];
export type MappingFile = Schemas["MappingFile"];
const MAPPINGS = ["import-mappings"] as const;

export function useSavedMappings() {
  return useQuery({
    queryKey: MAPPINGS,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/imports/mappings", { signal })),
  });
}

/** Puts a saved mapping's answers, or a platform's, before her instead of what was proposed. */
export function usePropose(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["ProposeIn"]) =>
      answered(client.POST("/api/v1/imports/{import_id}/propose", { params: { path: { import_id: id } }, body })),
    onSuccess: (file) => queries.setQueryData([...IMPORTS, id], file),
  });
}

export function useSaveMapping(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; answers: Answers }) =>
      answered(client.POST("/api/v1/imports/mappings", { body: { ...body, import_id: id } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: MAPPINGS }),
    meta: { ownErrors: true },
  });
}

export function useChangeMapping() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: Schemas["ChangeMappingIn"] & { id: number }) =>
      answered(client.PATCH("/api/v1/imports/mappings/{mapping_id}", { params: { path: { mapping_id: id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: MAPPINGS }),
  });
}

export function useCopyMapping() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: { id: number; name: string }) =>
      answered(
        client.POST("/api/v1/imports/mappings/{mapping_id}/copy", {
          params: { path: { mapping_id: id } },
          body: { name },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: MAPPINGS }),
  });
}

export function useDeleteMapping() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      answered(client.DELETE("/api/v1/imports/mappings/{mapping_id}", { params: { path: { mapping_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: MAPPINGS }),
  });
}

/** Makes a saved mapping of the file that another Huike wrote. */
export function useReadMappingFile() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: MappingFile) => answered(client.POST("/api/v1/imports/mappings/file", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: MAPPINGS }),
  });
}

export function useReread(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { encoding?: string; delimiter?: string; has_header?: boolean }) =>
      answered(client.POST("/api/v1/imports/{import_id}/reread", { params: { path: { import_id: id } }, body })),
    onSuccess: (file) => queries.setQueryData([...IMPORTS, id], file),
  });
}

export function useCheck(id: number) {
  const queries = useQueryClient();
  const started = useJobStarted();
  return useMutation({
    mutationFn: (body: Answers) =>
      answered(client.POST("/api/v1/imports/{import_id}/check", { params: { path: { import_id: id } }, body })),
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
      answered(
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

/** The refused rows with their reasons, worded in the language of the screen rather than of the browser. */
export function useDownloadRefused(id: number) {
  const { i18n } = useTranslation();
  return useMutation({
    mutationFn: async () => {
      const response = await fetch(`/api/v1/imports/${id}/refused`, { headers: { "Accept-Language": i18n.language } });
      if (!response.ok) throw problemFrom(response, await response.json().catch(() => null));
      downloadBlob(`refused-${id}.csv`, await response.blob());
    },
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
