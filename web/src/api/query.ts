import {
  type InvalidateOptions,
  type InvalidateQueryFilters,
  MutationCache,
  type Query,
  QueryCache,
  QueryClient,
} from "@tanstack/react-query";
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
 * Asks again after a first answer that was under way when what it shows moved. TanStack Query cancels a later fetch for
 * a new one but joins the first, and its answer, read before the move, would count as fresh and stay.
 */
class Queries extends QueryClient {
  private readonly toAskAgain = new WeakSet<object>();

  override invalidateQueries: QueryClient["invalidateQueries"] = (
    filters?: InvalidateQueryFilters,
    options?: InvalidateOptions,
  ) => {
    const firsts = this.getQueryCache().findAll(filters).filter(awaitsFirstAnswer);
    const settled = super.invalidateQueries(filters, options);
    for (const first of firsts) {
      if (this.toAskAgain.has(first)) continue;
      this.toAskAgain.add(first);
      first.promise
        ?.then(() => super.invalidateQueries({ ...filters, queryKey: first.queryKey, exact: true }))
        .catch(() => {})
        .finally(() => this.toAskAgain.delete(first));
    }
    return settled;
  };
}

function awaitsFirstAnswer({ state }: Query): boolean {
  return state.data === undefined && state.fetchStatus !== "idle";
}

/**
 * The cache of everything read. A 401 anywhere sends the whole app back to the question of who is here; a refused
 * change that no page shows itself goes to `onRefused`.
 */
export function makeQueryClient(onRefused: (error: unknown) => void): QueryClient {
  const client: QueryClient = new Queries({
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
      // What she does is done or refused now, also where the browser thinks it is offline: TanStack would keep it waiting
      // without a word, and do it whenever there is a network again.
      mutations: { retry: false, networkMode: "always" },
    },
  });
  function noticeSignOut(error: unknown): void {
    if (asProblem(error).status === 401) void client.invalidateQueries({ queryKey: ME_KEY });
  }
  return client;
}
