import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "./client";

/** A customer, as far as choosing one needs. */
export interface FoundPerson {
  readonly id: number;
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
}

/** Customers by name, phone, e-mail or card; without words, the latest ones with an e-mail. */
export function usePeople(q: string, enabled: boolean) {
  return useQuery({
    queryKey: ["people", q],
    enabled,
    queryFn: async ({ signal }) => {
      const query = q === "" ? { has_email: true, limit: 20 } : { q, limit: 20 };
      const page = await answered<{ items: FoundPerson[] }>(
        client.GET("/api/v1/customers", { params: { query }, signal }),
      );
      return page.items;
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}
