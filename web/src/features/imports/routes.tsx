import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/imports", lazy: async () => ({ Component: (await import("./ImportsPage")).ImportsPage }) },
  { path: "/imports/new", lazy: async () => ({ Component: (await import("./UploadPage")).UploadPage }) },
  { path: "/imports/mappings", lazy: async () => ({ Component: (await import("./MappingsPage")).MappingsPage }) },
  { path: "/imports/:id", lazy: async () => ({ Component: (await import("./ImportPage")).ImportPage }) },
];
