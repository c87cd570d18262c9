import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/settings/sources", lazy: async () => ({ Component: (await import("./SourcesPage")).SourcesPage }) },
  { path: "/settings/sources/:id", lazy: async () => ({ Component: (await import("./SourcePage")).SourcePage }) },
  {
    path: "/settings/interest-words",
    lazy: async () => ({ Component: (await import("./InterestWordsPage")).InterestWordsPage }),
  },
];
