import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/privacy", lazy: async () => ({ Component: (await import("./RequestsPage")).RequestsPage }) },
  { path: "/privacy/new", lazy: async () => ({ Component: (await import("./NewRequestPage")).NewRequestPage }) },
  { path: "/privacy/:id", lazy: async () => ({ Component: (await import("./RequestPage")).RequestPage }) },
];
