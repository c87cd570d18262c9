import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { createMemoryRouter, type RouteObject, RouterProvider } from "react-router";
import { type Me, MeProvider } from "@/api/me";
import { pageTexts, startI18n } from "@/app/i18n/i18n";
import { ThemeProvider } from "@/app/theme/ThemeProvider";
import { ReadingProvider } from "@/components/reading";
import type { Language } from "@/format/language";

/** Li Na, who plans the marketing of a chain in Shanghai. Tests change what they are about. */
export const LI_NA: Me = {
  id: 7,
  name: "李娜",
  email: "lina@example.com",
  language: "zh-CN",
  role: "marketing",
  permissions: ["me.read", "customers.read", "customers.write", "imports.run", "imports.read", "insights.read"],
  scope: { all_stores: true, store_ids: [] },
  operator: { brand_name: "青禾", timezone: "Asia/Shanghai", currency: "CNY", language: "zh-CN" },
  totp_enabled: false,
};

/** Renders pages at an address, for someone signed in, and returns the router to read the address from. */
export async function show(
  routes: RouteObject[],
  { at = "/", me = LI_NA, language = "zh-CN" }: { at?: string; me?: Me; language?: Language } = {},
) {
  await startI18n(language);
  await pageTexts();
  const router = createMemoryRouter(routes, { initialEntries: [at] });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const shown = render(
    <QueryClientProvider client={queries}>
      <ReadingProvider value={{ language, timezone: me.operator.timezone, currency: me.operator.currency }}>
        <MeProvider value={me}>
          <ThemeProvider language={language}>
            <RouterProvider router={router} />
          </ThemeProvider>
        </MeProvider>
      </ReadingProvider>
    </QueryClientProvider>,
  );
  return { ...shown, router };
}

/** One component at `/`. */
export function showOnly(element: ReactNode, options?: Parameters<typeof show>[1]) {
  return show([{ path: "*", element }], options);
}
