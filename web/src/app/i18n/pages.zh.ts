import campaigns from "@/features/campaigns/text/zh";
import companies from "@/features/companies/text/zh";
import file from "@/features/customers/text/file.zh";
import timeline from "@/features/customers/text/timeline.zh";
import customers from "@/features/customers/text/zh";
import deals from "@/features/groupbuy/deals/text/zh";
import groups from "@/features/groupbuy/groups/text/zh";
import merchants from "@/features/groupbuy/merchants/text/zh";
import redeem from "@/features/groupbuy/redeem/text/zh";
import deal_results from "@/features/groupbuy/results/text/zh";
import settlement from "@/features/groupbuy/settlement/text/zh";
import vouchers from "@/features/groupbuy/vouchers/text/zh";
import identity from "@/features/identity/text/zh";
import reasons from "@/features/imports/text/reasons.zh";
import imports from "@/features/imports/text/zh";
import cards from "@/features/loyalty/cards/text/zh";
import desk from "@/features/loyalty/desk/text/zh";
import liability from "@/features/loyalty/liability/text/zh";
import points from "@/features/loyalty/points/text/zh";
import terms from "@/features/loyalty/programme/text/terms.zh";
import programme from "@/features/loyalty/programme/text/zh";
import rewards from "@/features/loyalty/rewards/text/zh";
import tiers from "@/features/loyalty/tiers/text/zh";
import mailbox from "@/features/mailbox/text/zh";
import coupons from "@/features/offers/coupons/text/zh";
import offer_editor from "@/features/offers/editor/text/zh";
import offers from "@/features/offers/text/zh";
import orders from "@/features/orders/text/zh";
import payments from "@/features/payments/text/zh";
import privacy from "@/features/privacy/text/zh";
import products from "@/features/products/text/zh";
import analysis from "@/features/segments/analysis/text/zh";
import sql from "@/features/segments/sql/text/zh";
import memberships from "@/features/segments/text/membership.zh";
import segments from "@/features/segments/text/zh";
import audit from "@/features/settings/text/audit.zh";
import settings from "@/features/settings/text/zh";
import signups from "@/features/signups/text/zh";
import sources from "@/features/sources/text/zh";
import templates from "@/features/templates/text/zh";
import tills from "@/features/tills/text/zh";
import events from "@/features/webhooks/text/events.zh";
import webhooks from "@/features/webhooks/text/zh";

/** What the other pages say in Chinese: one chunk, fetched beside the first of them. */
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
