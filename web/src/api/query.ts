import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ME_KEY } from "./me";
import { asProblem } from "./problem";

const RETRIES = 2;

declare module "@tanstack/react-query" {
  interface Register {
    mutationMeta: {
      /** The page shows this mutation's refusal in its own place; otherwise it is told at the top of the screen. */
      readonly ownErrors?: boolean;
    };
  }
}

/**
 * The cache of everything read. A 401 anywhere sends the whole app back to the question of who is here; a refused
 * change that no page shows itself goes to `onRefused`.
 */
export function makeQueryClient(onRefused: (error: unknown) => void): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.queryKey[0] !== ME_KEY[0]) noticeSignOut(error);
      },
    }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _onMutateResult, mutation) => {
        noticeSignOut(error);
        if (!mutation.meta?.ownErrors) onRefused(error);
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (count, error) => count < RETRIES && asProblem(error).isPassing,
      },
      mutations: { retry: false },
    },
  });
  function noticeSignOut(error: unknown): void {
    if (asProblem(error).status === 401) void client.invalidateQueries({ queryKey: ME_KEY });
  }
  return client;
}
