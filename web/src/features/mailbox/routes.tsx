import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "/sandbox-mailbox", lazy: async () => ({ Component: (await import("./MailboxPage")).MailboxPage }) },
];
