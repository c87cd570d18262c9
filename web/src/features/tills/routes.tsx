import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/settings/tills", lazy: async () => ({ Component: (await import("./TillsPage")).TillsPage }) },
];
