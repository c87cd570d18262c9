import type { RouteObject } from "react-router";

const page = async () => ({ Component: (await import("./CampaignPage")).CampaignPage });

export const routes: RouteObject[] = [
  { path: "/campaigns", lazy: async () => ({ Component: (await import("./CampaignsPage")).CampaignsPage }) },
  // One page for both: a draft that has just been stored goes on being edited at its new address.
  { path: "/campaigns/new", lazy: page },
  { path: "/campaigns/:id", lazy: page },
  { path: "/campaigns/:id/people", lazy: async () => ({ Component: (await import("./PeoplePage")).PeoplePage }) },
];
