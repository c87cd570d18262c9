import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useFollowed } from "@/api/events";
import type { components } from "@/api/schema";

/** A mail that would have been sent, had a mail server been set. */
export type SandboxMail = components["schemas"]["SandboxMailRow"];

export function useMails({ q, campaign, cursor }: { q: string; campaign: string; cursor: string }) {
  const queryKey = ["sandbox-mails", q, campaign, cursor];
  return useQuery({
    queryKey,
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
    refetchInterval: useFollowed(queryKey, ["mailbox"]),
  });
}

export function useMail(id: number) {
  return useQuery({
    queryKey: ["sandbox-mail", id],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/sandbox-mails/{id}", { params: { path: { id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
