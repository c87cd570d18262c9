import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";

/** A mail that would have been sent, had a mail server been set. */
export interface SandboxMail {
  readonly id: number;
  readonly to: string;
  readonly subject: string;
  readonly sent_at: string;
  readonly campaign_id: number | null;
  readonly message_id: number | null;
}

export interface SandboxMailFull extends SandboxMail {
  readonly html: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface MailPage {
  readonly items: readonly SandboxMail[];
  readonly next_cursor: string | null;
  readonly total: number | null;
}

export function useMails({ q, campaign, cursor }: { q: string; campaign: string; cursor: string }) {
  return useQuery({
    queryKey: ["sandbox-mails", q, campaign, cursor],
    queryFn: ({ signal }) =>
      answered<MailPage>(
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

export function useMail(id: number | null) {
  return useQuery({
    queryKey: ["sandbox-mail", id],
    queryFn: ({ signal }) =>
      answered<SandboxMailFull>(client.GET("/api/v1/sandbox-mails/{id}", { params: { path: { id } }, signal })),
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
