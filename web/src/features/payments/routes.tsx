import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/payments", lazy: async () => ({ Component: (await import("./PaymentsPage")).PaymentsPage }) },
  { path: "/payments/:id", lazy: async () => ({ Component: (await import("./PaymentPage")).PaymentPage }) },
  {
    path: "/settings/payment-providers",
    lazy: async () => ({ Component: (await import("./ProvidersPage")).ProvidersPage }),
  },
];
