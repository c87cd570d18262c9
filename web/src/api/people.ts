import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "./client";
import type { components } from "./schema";

/** A customer, as far as choosing one needs. */
export type FoundPerson = Pick<components["schemas"]["CustomerRow"], "id" | "name" | "phone" | "email">;

/** Customers by name, phone, e-mail or card; without words, the latest ones with an e-mail. */
export function usePeople(q: string, enabled: boolean) {
  return useQuery({
    queryKey: ["people", q],
    enabled,
    queryFn: async ({ signal }) => {
      const query = q === "" ? { has_email: true, limit: 20 } : { q, limit: 20 };
      const page = await answered(client.GET("/api/v1/customers", { params: { query }, signal }));
      return page.items;
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}
