import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/customers", lazy: async () => ({ Component: (await import("./CustomersPage")).CustomersPage }) },
  { path: "/customers/:id", lazy: async () => ({ Component: (await import("./CustomerPage")).CustomerPage }) },
  {
    path: "/settings/customer-fields",
    lazy: async () => ({ Component: (await import("./own/FieldsPage")).FieldsPage }),
  },
  { path: "/settings/tags", lazy: async () => ({ Component: (await import("./own/TagsPage")).TagsPage }) },
];
