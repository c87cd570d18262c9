import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/offers", lazy: async () => ({ Component: (await import("./OffersPage")).OffersPage }) },
  { path: "/offers/new", lazy: async () => ({ Component: (await import("./OfferEditorPage")).OfferEditorPage }) },
  { path: "/offers/:id", lazy: async () => ({ Component: (await import("./OfferPage")).OfferPage }) },
  { path: "/offers/:id/edit", lazy: async () => ({ Component: (await import("./OfferEditorPage")).OfferEditorPage }) },
];
