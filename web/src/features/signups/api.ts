import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { CSRF_HEADER, csrfToken } from "@/api/csrf";
import { problemFrom } from "@/api/problem";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type SignUpPage = Schemas["SignUpPageOut"];
export type SignUpRow = Schemas["SignUpPageRow"];
/** A design as the server gives it: every member there. */
export type Design = Required<Schemas["Design"]>;
export type AskedConsent = Schemas["AskedConsent"];
export type Place = Schemas["PlaceOut"];
export type Joining = Schemas["JoiningOut"];
export type Proposal = Schemas["ProposalOut"];
export type PageLanguage = "zh" | "en";

export const PAGE_LANGUAGES: readonly PageLanguage[] = ["zh", "en"];

const KEY = ["sign-up"] as const;

export function useSignUpPages(cursor: string) {
  return useQuery({
    queryKey: [...KEY, "list", cursor],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/sign-up-pages", { params: { query: { cursor: cursor || undefined } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useSignUpPage(id: number) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/sign-up-pages/{page_id}", { params: { path: { page_id: id } }, signal })),
  });
}

export function useCreateSignUpPage() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; slug: string }) => answered(client.POST("/api/v1/sign-up-pages", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
    meta: { ownErrors: true },
  });
}

export function useSaveDraft(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; slug: string; design: Design }) =>
      answered(client.PUT("/api/v1/sign-up-pages/{page_id}/draft", { params: { path: { page_id: id } }, body })),
    onSuccess: (page) => queries.setQueryData([...KEY, "one", id], page),
    meta: { ownErrors: true },
  });
}

export type Move = "publish" | "close" | "reopen";

export function useMovePage(id: number) {
  const queries = useQueryClient();
  const params = { params: { path: { page_id: id } } };
  return useMutation({
    mutationFn: (move: Move) =>
      answered(
        move === "publish"
          ? client.POST("/api/v1/sign-up-pages/{page_id}/publish", params)
          : move === "close"
            ? client.POST("/api/v1/sign-up-pages/{page_id}/close", params)
            : client.POST("/api/v1/sign-up-pages/{page_id}/reopen", params),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
    meta: { ownErrors: true },
  });
}

export function useDeletePage(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answered(client.DELETE("/api/v1/sign-up-pages/{page_id}", { params: { path: { page_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "list"] }),
  });
}

export function usePreview(design: Design, language: PageLanguage) {
  return useQuery({
    queryKey: [...KEY, "preview", language, design],
    queryFn: ({ signal }) =>
      answered(client.POST("/api/v1/sign-up-pages/preview", { body: { design, language }, signal })),
    placeholderData: keepPreviousData,
    meta: { ownErrors: true },
  });
}

export function useUploadLogo() {
  return useMutation({
    mutationFn: async (file: File) => {
      const body = new FormData();
      body.append("file", file);
      const answer = await fetch("/api/v1/sign-up-logos", {
        method: "POST",
        headers: { [CSRF_HEADER]: csrfToken(), Accept: "application/json" },
        body,
      });
      const told: unknown = await answer.json().catch(() => null);
      if (!answer.ok) throw problemFrom(answer, told);
      return told as Schemas["LogoOut"];
    },
    meta: { ownErrors: true },
  });
}

export function usePlaces(id: number) {
  return useQuery({
    queryKey: [...KEY, "places", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/sign-up-pages/{page_id}/places", { params: { path: { page_id: id } }, signal })),
  });
}

export function useAddPlace(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["PlaceIn"]) =>
      answered(client.POST("/api/v1/sign-up-pages/{page_id}/places", { params: { path: { page_id: id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "places", id] }),
    meta: { ownErrors: true },
  });
}

export function useArchivePlace(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (place_id: number) =>
      answered(
        client.DELETE("/api/v1/sign-up-pages/{page_id}/places/{place_id}", {
          params: { path: { page_id: id, place_id } },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "places", id] }),
  });
}

export function useJoinings(id: number, cursor: string) {
  return useQuery({
    queryKey: [...KEY, "joinings", id, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/sign-up-pages/{page_id}/joinings", {
          params: { path: { page_id: id }, query: { cursor: cursor || undefined } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useDecide() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, accept }: { id: number; accept: boolean }) => {
      const params = { params: { path: { proposal_id: id } } };
      return answered(
        accept
          ? client.POST("/api/v1/sign-up-proposals/{proposal_id}/accept", params)
          : client.POST("/api/v1/sign-up-proposals/{proposal_id}/dismiss", params),
      );
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "joinings"] }),
  });
}

export function useBeginCall(id: number) {
  return useMutation({
    mutationFn: (body: Schemas["CallIn"]) =>
      answered(client.POST("/api/v1/sign-up-pages/{page_id}/calls", { params: { path: { page_id: id } }, body })),
    meta: { ownErrors: true },
  });
}

export function useConfirmCall(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ token, code }: { token: string; code: string }) =>
      answered(
        client.POST("/api/v1/sign-up-pages/{page_id}/calls/{token}/confirm", {
          params: { path: { page_id: id, token } },
          body: { code },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
    meta: { ownErrors: true },
  });
}

export function useSendAgain(id: number) {
  return useMutation({
    mutationFn: (token: string) =>
      answered(
        client.POST("/api/v1/sign-up-pages/{page_id}/calls/{token}/send-again", {
          params: { path: { page_id: id, token } },
        }),
      ),
    meta: { ownErrors: true },
  });
}

export function useStoreChoices() {
  return useQuery({
    queryKey: ["stores", "choices"],
    queryFn: async ({ signal }) => {
      const page = await answered(client.GET("/api/v1/stores", { params: { query: { limit: 200 } }, signal }));
      return page.items.map(({ id, name }) => ({ value: id, label: name }));
    },
    staleTime: 300_000,
  });
}

export function useOwnFieldChoices() {
  return useQuery({
    queryKey: ["own-fields", "choices"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/customer-fields", { signal })),
    staleTime: 60_000,
  });
}

export function useClerkChoices(enabled: boolean) {
  return useQuery({
    queryKey: ["staff", "choices"],
    enabled,
    queryFn: async ({ signal }) => {
      const page = await answered(client.GET("/api/v1/users", { params: { query: { limit: 200 } }, signal }));
      return page.items.map(({ id, name }) => ({ value: id, label: name }));
    },
    staleTime: 300_000,
  });
}
