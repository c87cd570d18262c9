import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "/groupbuy/deals",
    lazy: async () => ({ Component: (await import("./deals/DealsPage")).DealsPage }),
  },
  {
    path: "/groupbuy/deals/new",
    lazy: async () => ({ Component: (await import("./deals/DealEditorPage")).DealEditorPage }),
  },
  {
    path: "/groupbuy/deals/:id",
    lazy: async () => ({ Component: (await import("./deals/DealPage")).DealPage }),
  },
  {
    path: "/groupbuy/deals/:id/edit",
    lazy: async () => ({ Component: (await import("./deals/DealEditorPage")).DealEditorPage }),
  },
  {
    path: "/groupbuy/groups",
    lazy: async () => ({ Component: (await import("./groups/GroupsPage")).GroupsPage }),
  },
  {
    path: "/groupbuy/groups/:id",
    lazy: async () => ({ Component: (await import("./groups/GroupPage")).GroupPage }),
  },
  {
    path: "/groupbuy/vouchers",
    lazy: async () => ({ Component: (await import("./vouchers/VouchersPage")).VouchersPage }),
  },
  {
    path: "/groupbuy/vouchers/:id",
    lazy: async () => ({ Component: (await import("./vouchers/VoucherPage")).VoucherPage }),
  },
  {
    path: "/redeem",
    lazy: async () => ({ Component: (await import("./redeem/RedeemPage")).RedeemPage }),
  },
  {
    path: "/groupbuy/merchants",
    lazy: async () => ({ Component: (await import("./merchants/MerchantsPage")).MerchantsPage }),
  },
  {
    path: "/groupbuy/merchants/rules",
    lazy: async () => ({ Component: (await import("./merchants/RulesPage")).RulesPage }),
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
    path: "/groupbuy/results",
    lazy: async () => ({ Component: (await import("./results/DealResultsPage")).DealResultsPage }),
  },
  {
    path: "/groupbuy/results/:id",
    lazy: async () => ({ Component: (await import("./results/DealResultPage")).DealResultPage }),
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
