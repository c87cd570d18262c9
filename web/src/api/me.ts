import { type QueryClient, useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { answered, client } from "./client";
import { asProblem } from "./problem";
import type { components } from "./schema";

/** The person signed in: who she is, what she may do, and whose shop this is. */
export type Me = components["schemas"]["MeOut"];
export type Permission = Me["permissions"][number];

export const ME_KEY = ["me"] as const;

/** Null when nobody is signed in. */
export function useMeQuery() {
  return useQuery({
    queryKey: ME_KEY,
    queryFn: readMe,
    staleTime: 60_000,
    // Asked also where the browser thinks it is offline: the clerk's page opens then all the same.
    networkMode: "always",
    refetchOnReconnect: "always",
  });
}

/** Who is here has changed: after signing in or out nothing that was read before may be shown. */
export async function whoIsHereChanged(queries: QueryClient): Promise<void> {
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== ME_KEY[0] });
  await queries.invalidateQueries({ queryKey: ME_KEY });
}

async function readMe(): Promise<Me | null> {
  try {
    return await answered(client.GET("/api/v1/me", {}));
  } catch (error) {
    const { status } = asProblem(error);
    if (status === 401) {
      localStorage.removeItem(CLERK);
      return null;
    }
    const kept = status === 0 && window.location.pathname === "/redeem" ? keptClerk() : null;
    if (kept) return kept;
    throw error;
  }
}

const CLERK = "huike.redeem.clerk";

/** Whoever is at the counter, without her name and address: enough to note redemptions while nothing answers. */
export function keepClerk(me: Me): void {
  const bare: Me = {
    ...me,
    name: "",
    email: "",
    permissions: me.permissions.filter((one) => one === "groupbuy.redeem"),
  };
  try {
    localStorage.setItem(CLERK, JSON.stringify(bare));
  } catch {
    // Storage is full or forbidden: the page opens with a network.
  }
}

function keptClerk(): Me | null {
  try {
    return JSON.parse(localStorage.getItem(CLERK) ?? "null") as Me | null;
  } catch {
    return null;
  }
}

const MeContext = createContext<Me | null>(null);

export const MeProvider = MeContext.Provider;

/** Whoever is signed in; only under the signed-in part of the app. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error("useMe needs someone signed in");
  return me;
}

/** May she do this? For hiding what would be refused; the server decides. */
export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useMe();
  return (permission) => permissions.includes(permission);
}
