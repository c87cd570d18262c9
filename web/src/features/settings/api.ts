import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";

export interface Paged<Row> {
  readonly items: readonly Row[];
  readonly next_cursor: string | null;
  readonly total: number | null;
}

export const ROLES = ["owner", "marketing", "loyalty", "service", "sales", "clerk", "analyst"] as const;
export type Role = (typeof ROLES)[number];

export interface Person {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly state: "invited" | "active" | "deactivated";
  readonly all_stores: boolean;
  readonly store_ids: readonly number[];
  readonly region_ids: readonly number[];
  readonly totp_enabled: boolean;
  readonly last_login_at: string | null;
  readonly created_at: string;
}

export interface PersonDraft {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly all_stores: boolean;
  readonly store_ids: readonly number[];
}

export interface Store {
  readonly id: number;
  readonly name: string;
}

export interface ApiKey {
  readonly id: number;
  readonly name: string;
  readonly prefix: string;
  readonly permissions: readonly string[];
  readonly store_id: number | null;
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

export interface ApiKeyDraft {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly store_id: number | null;
  readonly expires_at: string | null;
}

export interface AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly actor_kind: string;
  readonly actor_id: number | null;
  readonly actor_label: string;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject_id: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Health {
  readonly database: { readonly ok: boolean; readonly version: string };
  readonly worker: {
    readonly ok: boolean;
    readonly loops: readonly {
      readonly name: string;
      readonly beat_at: string;
      readonly failed_at: string | null;
      readonly last_error: string;
      readonly silent: boolean;
    }[];
  };
  readonly outbox: readonly {
    readonly handler: string;
    readonly behind: number;
    readonly failures: number;
    readonly last_error: string;
    readonly retry_at: string | null;
  }[];
  readonly jobs: { readonly queued: number; readonly running: number; readonly failed: number };
}

export interface EmailChannel {
  readonly mode: "smtp" | "sandbox";
  readonly host: string;
  readonly port: number;
  readonly security: "none" | "starttls" | "tls";
  readonly username: string;
  readonly from_name: string;
  readonly from_address: string;
  readonly reply_to: string;
  readonly has_password: boolean;
  readonly rate_per_second: number;
}

export interface EmailChannelDraft extends Omit<EmailChannel, "mode" | "has_password"> {
  /** Null keeps the stored one. */
  readonly password: string | null;
}

const PEOPLE = ["people"] as const;
const KEYS = ["api-keys"] as const;
const EMAIL = ["channel", "email"] as const;

export function usePeople(cursor: string) {
  return useQuery({
    queryKey: [...PEOPLE, cursor],
    queryFn: ({ signal }) =>
      answered<Paged<Person>>(
        client.GET("/api/v1/users", { params: { query: { cursor: cursor || undefined } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Stores to choose from; asked only when someone is about to choose. */
export function useStores(enabled: boolean) {
  return useQuery({
    queryKey: ["stores"],
    queryFn: ({ signal }) =>
      answered<Paged<Store>>(client.GET("/api/v1/stores", { params: { query: { limit: 200 } }, signal })),
    enabled,
    staleTime: 300_000,
  });
}

export function useInvite() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: PersonDraft) =>
      answered<{ user: Person; invitation_url: string }>(client.POST("/api/v1/users", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: PEOPLE }),
    meta: { ownErrors: true },
  });
}

export function useNewInvitation() {
  return useMutation({
    mutationFn: (id: number) =>
      answered<{ invitation_url: string }>(client.POST("/api/v1/users/{id}/invitation", { params: { path: { id } } })),
  });
}

export function useChangePerson() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: { id: number } & Partial<Omit<PersonDraft, "email">>) =>
      answered<Person>(client.PATCH("/api/v1/users/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: PEOPLE }),
    meta: { ownErrors: true },
  });
}

export function useSwitchPerson() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, active }: { id: number; active: boolean }) =>
      answered<Person>(
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
      answered<Paged<ApiKey>>(
        client.GET("/api/v1/api-keys", { params: { query: { cursor: cursor || undefined } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useCreateApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ApiKeyDraft) =>
      answered<{ key: string; api_key: ApiKey }>(client.POST("/api/v1/api-keys", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEYS }),
    meta: { ownErrors: true },
  });
}

export function useRevokeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      answered<ApiKey>(client.POST("/api/v1/api-keys/{id}/revoke", { params: { path: { id } } })),
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
      answered<Paged<AuditEntry>>(
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

export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => answered<Health>(client.GET("/api/v1/health/details", { signal })),
    refetchInterval: 10_000,
  });
}

export function useEmailChannel() {
  return useQuery({
    queryKey: EMAIL,
    queryFn: ({ signal }) => answered<EmailChannel>(client.GET("/api/v1/channels/email", { signal })),
  });
}

export function useSaveEmailChannel() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: EmailChannelDraft) => answered<EmailChannel>(client.PUT("/api/v1/channels/email", { body })),
    onSuccess: (saved) => queries.setQueryData(EMAIL, saved),
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
    mutationFn: (to: string) =>
      answered<{ ok: boolean; detail: string }>(client.POST("/api/v1/channels/email/test", { body: { to } })),
    meta: { ownErrors: true },
  });
}
