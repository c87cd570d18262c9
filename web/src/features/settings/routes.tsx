import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/settings/people", lazy: async () => ({ Component: (await import("./PeoplePage")).PeoplePage }) },
  { path: "/settings/api-keys", lazy: async () => ({ Component: (await import("./ApiKeysPage")).ApiKeysPage }) },
  { path: "/settings/email", lazy: async () => ({ Component: (await import("./EmailPage")).EmailPage }) },
  { path: "/settings/sms", lazy: async () => ({ Component: (await import("./SmsPage")).SmsPage }) },
  { path: "/settings/sending", lazy: async () => ({ Component: (await import("./SendingPage")).SendingPage }) },
  { path: "/settings/health", lazy: async () => ({ Component: (await import("./HealthPage")).HealthPage }) },
  { path: "/settings/audit", lazy: async () => ({ Component: (await import("./AuditPage")).AuditPage }) },
];
