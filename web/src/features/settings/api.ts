import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useFollowed, useNews, useWithoutNews } from "@/api/events";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Person = Schemas["UserOut"];
export type PersonDraft = Schemas["UserIn"];
export type Role = Person["role"];
export type ApiKey = Schemas["ApiKeyOut"];
export type ApiKeyDraft = Schemas["ApiKeyIn"];
export type AuditEntry = Schemas["AuditOut"];
export type Health = Schemas["HealthOut"];
export type EmailChannel = Schemas["EmailChannel"];
export type SmsChannel = Schemas["SmsChannel"];
export type EmailChannelDraft = Schemas["EmailChannelIn"];

export const ROLES: readonly Role[] = ["owner", "marketing", "loyalty", "service", "sales", "clerk", "analyst"];

const PEOPLE = ["people"] as const;
const KEYS = ["api-keys"] as const;
const EMAIL = ["channel", "email"] as const;
const SMS = ["channel", "sms"] as const;
const HEALTH = ["health"] as const;
/** Every step of every job is news. */
const FAILED_REST_MILLISECONDS = 5_000;

export function usePeople(cursor: string) {
  return useQuery({
    queryKey: [...PEOPLE, cursor],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/users", { params: { query: { cursor: cursor || undefined } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Stores to choose from; asked only when someone is about to choose. */
export function useStores(enabled: boolean) {
  return useQuery({
    queryKey: ["stores"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/stores", { params: { query: { limit: 200 } }, signal })),
    enabled,
    staleTime: 300_000,
  });
}

export function useInvite() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: PersonDraft) => answered(client.POST("/api/v1/users", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: PEOPLE }),
    meta: { ownErrors: true },
  });
}

export function useNewInvitation() {
  return useMutation({
    mutationFn: (id: number) => answered(client.POST("/api/v1/users/{id}/invitation", { params: { path: { id } } })),
  });
}

export function useChangePerson() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: { id: number } & Schemas["UserChange"]) =>
      answered(client.PATCH("/api/v1/users/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: PEOPLE }),
    meta: { ownErrors: true },
  });
}

export function useSwitchPerson() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, active }: { id: number; active: boolean }) =>
      answered(
        active
          ? client.POST("/api/v1/users/{id}/activate", { params: { path: { id } } })
          : client.POST("/api/v1/users/{id}/deactivate", { params: { path: { id } } }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: PEOPLE }),
  });
}

export function useApiKeys(cursor: string) {
  return useQuery({
    queryKey: [...KEYS, cursor],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/api-keys", { params: { query: { cursor: cursor || undefined } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useCreateApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ApiKeyDraft) => answered(client.POST("/api/v1/api-keys", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEYS }),
    meta: { ownErrors: true },
  });
}

export function useRevokeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered(client.POST("/api/v1/api-keys/{id}/revoke", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEYS }),
  });
}

export interface AuditFilter {
  readonly action: string;
  readonly subject_kind: string;
  readonly actor_id: string;
  readonly cursor: string;
}

export function useAudit({ action, subject_kind, actor_id, cursor }: AuditFilter) {
  return useQuery({
    queryKey: ["audit", action, subject_kind, actor_id, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/audit", {
          params: {
            query: {
              action: action || undefined,
              subject_kind: subject_kind || undefined,
              actor_id: actor_id ? Number(actor_id) : undefined,
              cursor: cursor || undefined,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** The news are the state itself: the server looks once for all who watch. */
export function useHealth() {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: HEALTH,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/health/details", { signal })),
    refetchInterval: useWithoutNews(10_000),
  });
  useNews(query.data ? ["health"] : [], (_topic, news) => queries.setQueryData(HEALTH, news as Health));
  return query;
}

/** The jobs among the latest that failed. */
export function useFailedJobs() {
  const queryKey = ["jobs", "failed"];
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const page = await answered(
        client.GET("/api/v1/jobs", { params: { query: { active: false, limit: 100 } }, signal }),
      );
      return page.items.filter(({ state }) => state === "failed");
    },
    refetchInterval: useFollowed(queryKey, ["jobs"], FAILED_REST_MILLISECONDS),
  });
}

export function useEmailChannel() {
  return useQuery({
    queryKey: EMAIL,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/channels/email", { signal })),
  });
}

export function useSaveEmailChannel() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: EmailChannelDraft) => answered(client.PUT("/api/v1/channels/email", { body })),
    onSuccess: (saved) => queries.setQueryData(EMAIL, saved),
    meta: { ownErrors: true },
  });
}

export type SendingRules = Schemas["SendingRulesBody"];

const SENDING = ["sending-rules"] as const;

export function useSendingRules() {
  return useQuery({
    queryKey: SENDING,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/sending-rules", { signal })),
  });
}

export function useSaveSendingRules() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: SendingRules) => answered(client.PUT("/api/v1/sending-rules", { body })),
    onSuccess: (saved) => queries.setQueryData(SENDING, saved),
    meta: { ownErrors: true },
  });
}

export function useBackToSandbox() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answered(client.DELETE("/api/v1/channels/email", {})),
    onSuccess: () => queries.invalidateQueries({ queryKey: EMAIL }),
  });
}

export function useTestEmail() {
  return useMutation({
    mutationFn: (to: string) => answered(client.POST("/api/v1/channels/email/test", { body: { to } })),
    meta: { ownErrors: true },
  });
}

export function useSmsChannel() {
  return useQuery({
    queryKey: SMS,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/channels/sms", { signal })),
  });
}

export function useSaveSmsChannel() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["SmsChannelIn"]) => answered(client.PUT("/api/v1/channels/sms", { body })),
    onSuccess: (saved) => queries.setQueryData(SMS, saved),
    meta: { ownErrors: true },
  });
}

export function useSmsToSandbox() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answered(client.DELETE("/api/v1/channels/sms", {})),
    onSuccess: () => queries.invalidateQueries({ queryKey: SMS }),
  });
}

export function useTestSms() {
  return useMutation({
    mutationFn: (to: string) => answered(client.POST("/api/v1/channels/sms/test", { body: { to } })),
    meta: { ownErrors: true },
  });
}
