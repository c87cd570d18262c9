import type { RouteObject } from "react-router";

/** Reached without being signed in. */
export const invitationRoutes: RouteObject[] = [
  {
    path: "/invitation/:token",
    lazy: async () => ({ Component: (await import("./InvitationPage")).InvitationPage }),
  },
];

export const routes: RouteObject[] = [
  { path: "/account", lazy: async () => ({ Component: (await import("./AccountPage")).AccountPage }) },
];
