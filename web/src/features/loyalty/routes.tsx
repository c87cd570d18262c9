import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "/loyalty/programme",
    lazy: async () => ({ Component: (await import("./programme/ProgrammePage")).ProgrammePage }),
  },
  {
    path: "/loyalty/programme/edit",
    lazy: async () => ({ Component: (await import("./programme/TermsEditorPage")).TermsEditorPage }),
  },
  {
    path: "/loyalty/programme/simulations/:id",
    lazy: async () => ({ Component: (await import("./programme/SimulationPage")).SimulationPage }),
  },
  { path: "/loyalty/tiers", lazy: async () => ({ Component: (await import("./tiers/TiersPage")).TiersPage }) },
  {
    path: "/loyalty/tiers/edit",
    lazy: async () => ({ Component: (await import("./tiers/LadderEditorPage")).LadderEditorPage }),
  },
  { path: "/loyalty/members", lazy: async () => ({ Component: (await import("./tiers/MembersPage")).MembersPage }) },
  { path: "/loyalty/cards", lazy: async () => ({ Component: (await import("./cards/CardsPage")).CardsPage }) },
  { path: "/loyalty/cards/:number", lazy: async () => ({ Component: (await import("./cards/CardPage")).CardPage }) },
  { path: "/loyalty/desk", lazy: async () => ({ Component: (await import("./desk/DeskPage")).DeskPage }) },
  { path: "/loyalty/day", lazy: async () => ({ Component: (await import("./desk/DayPage")).DayPage }) },
  {
    path: "/loyalty/adjustments",
    lazy: async () => ({ Component: (await import("./desk/AdjustmentsPage")).AdjustmentsPage }),
  },
  { path: "/loyalty/rewards", lazy: async () => ({ Component: (await import("./rewards/RewardsPage")).RewardsPage }) },
  {
    path: "/loyalty/redemptions",
    lazy: async () => ({ Component: (await import("./rewards/RedemptionsPage")).RedemptionsPage }),
  },
  {
    path: "/loyalty/redemptions/:id",
    lazy: async () => ({ Component: (await import("./rewards/RedemptionPage")).RedemptionPage }),
  },
  {
    path: "/loyalty/liability",
    lazy: async () => ({ Component: (await import("./liability/LiabilityPage")).LiabilityPage }),
  },
];
