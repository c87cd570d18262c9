import { createBrowserRouter, type DataRouter, type RouteObject } from "react-router";
import { routes as campaigns } from "@/features/campaigns/routes";
import { routes as companies } from "@/features/companies/routes";
import { routes as customers } from "@/features/customers/routes";
import { routes as groupbuy } from "@/features/groupbuy/routes";
import { routes as identity } from "@/features/identity/routes";
import { routes as imports } from "@/features/imports/routes";
import { routes as loyalty } from "@/features/loyalty/routes";
import { routes as mailbox } from "@/features/mailbox/routes";
import { routes as offers } from "@/features/offers/routes";
import { routes as orders } from "@/features/orders/routes";
import { routes as payments } from "@/features/payments/routes";
import { routes as privacy } from "@/features/privacy/routes";
import { routes as products } from "@/features/products/routes";
import { routes as segments } from "@/features/segments/routes";
import { invitationRoutes, routes as session } from "@/features/session/routes";
import { routes as settings } from "@/features/settings/routes";
import { routes as signups } from "@/features/signups/routes";
import { routes as sources } from "@/features/sources/routes";
import { routes as templates } from "@/features/templates/routes";
import { routes as tills } from "@/features/tills/routes";
import { routes as today } from "@/features/today/routes";
import { routes as webhooks } from "@/features/webhooks/routes";
import { pageTexts } from "./i18n/i18n";
import { PageBones } from "./shell/Frame";
import { NotFound, PageFault } from "./shell/faults";
import { SignedIn } from "./shell/SignedIn";

/** Pages beyond the first, which speak with texts of their own. Each feature brings its own, fetched when first visited. */
const pageRoutes: RouteObject[] = [
  ...identity,
  ...signups,
  ...groupbuy,
  ...customers,
  ...companies,
  ...orders,
  ...payments,
  ...imports,
  ...privacy,
  ...campaigns,
  ...segments,
  ...offers,
  ...loyalty,
  ...templates,
  ...mailbox,
  ...settings,
  ...tills,
  ...products,
  ...sources,
  ...webhooks,
];

export const appRoutes: RouteObject[] = [
  {
    errorElement: <PageFault />,
    hydrateFallbackElement: <PageBones />,
    children: [
      ...invitationRoutes,
      {
        element: <SignedIn />,
        children: [
          { errorElement: <PageFault />, children: [...today, ...session] },
          { errorElement: <PageFault />, loader: pageTexts, shouldRevalidate: () => false, children: pageRoutes },
          { path: "*", element: <NotFound /> },
        ],
      },
    ],
  },
];

export function makeRouter(): DataRouter {
  return createBrowserRouter(appRoutes);
}
