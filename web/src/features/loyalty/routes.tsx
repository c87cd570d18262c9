import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/loyalty/cards", lazy: async () => ({ Component: (await import("./cards/CardsPage")).CardsPage }) },
  { path: "/loyalty/cards/:number", lazy: async () => ({ Component: (await import("./cards/CardPage")).CardPage }) },
];
