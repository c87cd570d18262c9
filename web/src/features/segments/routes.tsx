import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/segments", lazy: async () => ({ Component: (await import("./SegmentsPage")).SegmentsPage }) },
  {
    path: "/segments/combine",
    lazy: async () => ({ Component: (await import("./membership/CombinePage")).CombinePage }),
  },
  { path: "/segments/new", lazy: async () => ({ Component: (await import("./SegmentEditorPage")).SegmentEditorPage }) },
  {
    path: "/segments/analysis",
    lazy: async () => ({ Component: (await import("./analysis/AnalysisPage")).AnalysisPage }),
  },
  { path: "/segments/sql", lazy: async () => ({ Component: (await import("./sql/SqlPage")).SqlPage }) },
  { path: "/segments/:id", lazy: async () => ({ Component: (await import("./SegmentPage")).SegmentPage }) },
  {
    path: "/segments/:id/edit",
    lazy: async () => ({ Component: (await import("./SegmentEditorPage")).SegmentEditorPage }),
  },
];
