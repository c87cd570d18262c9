import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/settings/sources", lazy: async () => ({ Component: (await import("./SourcesPage")).SourcesPage }) },
  { path: "/settings/sources/:id", lazy: async () => ({ Component: (await import("./SourcePage")).SourcePage }) },
  { path: "/settings/sources/:id/shop", lazy: async () => ({ Component: (await import("./ShopPage")).ShopPage }) },
  {
    path: "/settings/interest-words",
    lazy: async () => ({ Component: (await import("./InterestWordsPage")).InterestWordsPage }),
  },
];
