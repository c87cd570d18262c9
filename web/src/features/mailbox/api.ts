import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

/** A mail that would have been sent, had a mail server been set. */
export type SandboxMail = components["schemas"]["SandboxMailRow"];

export function useMails({ q, campaign, cursor }: { q: string; campaign: string; cursor: string }) {
  return useQuery({
    queryKey: ["sandbox-mails", q, campaign, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/sandbox-mails", {
          params: {
            query: {
              q: q || undefined,
              campaign_id: campaign ? Number(campaign) : undefined,
              cursor: cursor || undefined,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
}

export function useMail(id: number) {
  return useQuery({
    queryKey: ["sandbox-mail", id],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/sandbox-mails/{id}", { params: { path: { id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
