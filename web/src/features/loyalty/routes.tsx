import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "/loyalty/programme",
    lazy: async () => ({ Component: (await import("./programme/ProgrammePage")).ProgrammePage }),
  },
  {
    path: "/loyalty/programme/edit",
    lazy: async () => ({ Component: (await import("./programme/EarningEditorPage")).EarningEditorPage }),
  },
  {
    path: "/loyalty/programme/simulations/:id",
    lazy: async () => ({ Component: (await import("./programme/SimulationPage")).SimulationPage }),
  },
];
