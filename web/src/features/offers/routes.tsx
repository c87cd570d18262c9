import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/offers", lazy: async () => ({ Component: (await import("./OffersPage")).OffersPage }) },
  { path: "/offers/new", lazy: async () => ({ Component: (await import("./OfferEditorPage")).OfferEditorPage }) },
  { path: "/offers/batches", lazy: async () => ({ Component: (await import("./coupons/BatchesPage")).BatchesPage }) },
  { path: "/offers/batches/:id", lazy: async () => ({ Component: (await import("./coupons/BatchPage")).BatchPage }) },
  { path: "/coupons/:code", lazy: async () => ({ Component: (await import("./coupons/CouponPage")).CouponPage }) },
  { path: "/offers/:id", lazy: async () => ({ Component: (await import("./OfferPage")).OfferPage }) },
  { path: "/offers/:id/edit", lazy: async () => ({ Component: (await import("./OfferEditorPage")).OfferEditorPage }) },
];
