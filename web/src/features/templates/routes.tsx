import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/templates", lazy: async () => ({ Component: (await import("./TemplatesPage")).TemplatesPage }) },
  {
    path: "/templates/new",
    lazy: async () => ({ Component: (await import("./TemplateEditorPage")).TemplateEditorPage }),
  },
  {
    path: "/templates/:id",
    lazy: async () => ({ Component: (await import("./TemplateEditorPage")).TemplateEditorPage }),
  },
];
