import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/customers/sign-up", lazy: async () => ({ Component: (await import("./SignUpPagesPage")).SignUpPagesPage }) },
  { path: "/customers/sign-up/:id", lazy: async () => ({ Component: (await import("./DesignerPage")).DesignerPage }) },
  {
    path: "/customers/sign-up/:id/results",
    lazy: async () => ({ Component: (await import("./ResultsPage")).ResultsPage }),
  },
  { path: "/customers/sign-up/:id/call", lazy: async () => ({ Component: (await import("./CallPage")).CallPage }) },
];
