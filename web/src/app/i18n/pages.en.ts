import campaigns from "@/features/campaigns/text/en";
import companies from "@/features/companies/text/en";
import customers from "@/features/customers/text/en";
import file from "@/features/customers/text/file.en";
import timeline from "@/features/customers/text/timeline.en";
import deals from "@/features/groupbuy/deals/text/en";
import groups from "@/features/groupbuy/groups/text/en";
import merchants from "@/features/groupbuy/merchants/text/en";
import redeem from "@/features/groupbuy/redeem/text/en";
import deal_results from "@/features/groupbuy/results/text/en";
import settlement from "@/features/groupbuy/settlement/text/en";
import vouchers from "@/features/groupbuy/vouchers/text/en";
import identity from "@/features/identity/text/en";
import imports from "@/features/imports/text/en";
import reasons from "@/features/imports/text/reasons.en";
import cards from "@/features/loyalty/cards/text/en";
import desk from "@/features/loyalty/desk/text/en";
import liability from "@/features/loyalty/liability/text/en";
import points from "@/features/loyalty/points/text/en";
import programme from "@/features/loyalty/programme/text/en";
import terms from "@/features/loyalty/programme/text/terms.en";
import rewards from "@/features/loyalty/rewards/text/en";
import tiers from "@/features/loyalty/tiers/text/en";
import mailbox from "@/features/mailbox/text/en";
import coupons from "@/features/offers/coupons/text/en";
import offer_editor from "@/features/offers/editor/text/en";
import offers from "@/features/offers/text/en";
import orders from "@/features/orders/text/en";
import payments from "@/features/payments/text/en";
import privacy from "@/features/privacy/text/en";
import products from "@/features/products/text/en";
import analysis from "@/features/segments/analysis/text/en";
import sql from "@/features/segments/sql/text/en";
import segments from "@/features/segments/text/en";
import memberships from "@/features/segments/text/membership.en";
import audit from "@/features/settings/text/audit.en";
import settings from "@/features/settings/text/en";
import signups from "@/features/signups/text/en";
import sources from "@/features/sources/text/en";
import templates from "@/features/templates/text/en";
import tills from "@/features/tills/text/en";
import webhooks from "@/features/webhooks/text/en";
import events from "@/features/webhooks/text/events.en";

/** What the other pages say in English: one chunk, fetched beside the first of them. */
export default {
  segments,
  memberships,
  analysis,
  sql,
  offers,
  offer_editor,
  coupons,
  tiers,
  desk,
  points,
  liability,
  rewards,
  campaigns,
  templates,
  tills,
  customers,
  identity,
  companies,
  file,
  imports,
  cards,
  mailbox,
  programme,
  terms,
  orders,
  payments,
  privacy,
  settings,
  signups,
  products,
  merchants,
  deals,
  groups,
  vouchers,
  redeem,
  deal_results,
  settlement,
  sources,
  audit,
  reasons,
  timeline,
  webhooks,
  events,
} as const;
