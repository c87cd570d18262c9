import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "/sign-up",
    lazy: async () => ({ Component: (await import("./SignUpPagesPage")).SignUpPagesPage }),
  },
  { path: "/sign-up/:id", lazy: async () => ({ Component: (await import("./DesignerPage")).DesignerPage }) },
  {
    path: "/sign-up/:id/results",
    lazy: async () => ({ Component: (await import("./ResultsPage")).ResultsPage }),
  },
  { path: "/sign-up/:id/call", lazy: async () => ({ Component: (await import("./CallPage")).CallPage }) },
];
