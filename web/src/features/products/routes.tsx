import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/settings/products", lazy: async () => ({ Component: (await import("./ProductsPage")).ProductsPage }) },
];
