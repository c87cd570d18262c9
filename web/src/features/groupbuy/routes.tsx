import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "/groupbuy/merchants",
    lazy: async () => ({ Component: (await import("./merchants/MerchantsPage")).MerchantsPage }),
  },
  {
    path: "/groupbuy/merchants/:id",
    lazy: async () => ({ Component: (await import("./merchants/MerchantPage")).MerchantPage }),
  },
  {
    path: "/groupbuy/complaints",
    lazy: async () => ({ Component: (await import("./merchants/ComplaintsPage")).ComplaintsPage }),
  },
  {
    path: "/groupbuy/settlement",
    lazy: async () => ({ Component: (await import("./settlement/StatementsPage")).StatementsPage }),
  },
  {
    path: "/groupbuy/settlement/:id",
    lazy: async () => ({ Component: (await import("./settlement/StatementPage")).StatementPage }),
  },
];
