import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/customers/merge", lazy: async () => ({ Component: (await import("./MergePage")).MergePage }) },
  { path: "/customers/merges", lazy: async () => ({ Component: (await import("./MergesPage")).MergesPage }) },
  {
    path: "/customers/duplicates",
    lazy: async () => ({ Component: (await import("./DuplicatesPage")).DuplicatesPage }),
  },
  {
    path: "/customers/duplicates/review",
    lazy: async () => ({ Component: (await import("./ReviewPage")).ReviewPage }),
  },
  {
    path: "/settings/identity-rules",
    lazy: async () => ({ Component: (await import("./IdentityRulesPage")).IdentityRulesPage }),
  },
];
