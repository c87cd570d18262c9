import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/companies", lazy: async () => ({ Component: (await import("./CompaniesPage")).CompaniesPage }) },
  { path: "/companies/:id", lazy: async () => ({ Component: (await import("./CompanyPage")).CompanyPage }) },
];
