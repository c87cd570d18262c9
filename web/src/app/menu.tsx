import {
  AccountBookOutlined,
  ApiOutlined,
  AuditOutlined,
  BankOutlined,
  BarChartOutlined,
  BarcodeOutlined,
  CalendarOutlined,
  CheckSquareOutlined,
  ClockCircleOutlined,
  ConsoleSqlOutlined,
  CreditCardOutlined,
  CrownOutlined,
  DiffOutlined,
  FileTextOutlined,
  FilterOutlined,
  FormOutlined,
  FundOutlined,
  GiftOutlined,
  HeartOutlined,
  HomeOutlined,
  ImportOutlined,
  InboxOutlined,
  MailOutlined,
  MergeOutlined,
  MessageOutlined,
  NotificationOutlined,
  PayCircleOutlined,
  ProfileOutlined,
  QrcodeOutlined,
  SafetyCertificateOutlined,
  SafetyOutlined,
  SendOutlined,
  SettingOutlined,
  ShopOutlined,
  ShoppingOutlined,
  TagsOutlined,
  TeamOutlined,
  ThunderboltOutlined,
  UserOutlined,
  WalletOutlined,
} from "@ant-design/icons";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import type { Permission } from "@/api/me";

/** A place of the menu. `permission` hides it from those the server would refuse. */
export interface Place {
  readonly key: keyof typeof PLACE_ICONS;
  readonly to: string;
  readonly permission?: Permission;
}

export interface Area extends Place {
  readonly children?: readonly Place[];
}

const PLACE_ICONS = {
  today: <HomeOutlined />,
  customers: <UserOutlined />,
  customer_list: <UserOutlined />,
  companies: <BankOutlined />,
  privacy: <SafetyOutlined />,
  orders: <ShoppingOutlined />,
  payments: <PayCircleOutlined />,
  imports: <ImportOutlined />,
  sign_up: <QrcodeOutlined />,
  duplicates: <DiffOutlined />,
  merges: <MergeOutlined />,
  identity_rules: <SafetyCertificateOutlined />,
  segments: <FilterOutlined />,
  segment_list: <FilterOutlined />,
  analysis: <BarChartOutlined />,
  sql: <ConsoleSqlOutlined />,
  loyalty: <CrownOutlined />,
  programme: <ProfileOutlined />,
  tiers: <CrownOutlined />,
  members: <TeamOutlined />,
  code_batches: <BarcodeOutlined />,
  cards: <CreditCardOutlined />,
  desk: <WalletOutlined />,
  value_day: <CalendarOutlined />,
  adjustments: <DiffOutlined />,
  rewards: <GiftOutlined />,
  redemptions: <CheckSquareOutlined />,
  liability: <AccountBookOutlined />,
  marketing: <NotificationOutlined />,
  campaigns: <CalendarOutlined />,
  offers: <GiftOutlined />,
  templates: <FileTextOutlined />,
  mailbox: <InboxOutlined />,
  groupbuy: <ShopOutlined />,
  deals: <ShoppingOutlined />,
  groups: <TeamOutlined />,
  vouchers: <TagsOutlined />,
  redeem: <CheckSquareOutlined />,
  merchants: <ShopOutlined />,
  complaints: <MessageOutlined />,
  deal_results: <FundOutlined />,
  settlement: <AccountBookOutlined />,
  settings: <SettingOutlined />,
  people: <TeamOutlined />,
  customer_fields: <FormOutlined />,
  tags: <TagsOutlined />,
  tills: <ShopOutlined />,
  products: <ShoppingOutlined />,
  api_keys: <ApiOutlined />,
  webhooks: <SendOutlined />,
  sources: <ThunderboltOutlined />,
  interest_words: <TagsOutlined />,
  payment_providers: <CreditCardOutlined />,
  email: <MailOutlined />,
  sms: <MessageOutlined />,
  sending: <ClockCircleOutlined />,
  health: <HeartOutlined />,
  audit: <AuditOutlined />,
} as const satisfies Record<string, ReactNode>;

export function placeIcon(place: Place): ReactNode {
  return PLACE_ICONS[place.key];
}

export function placeName(place: Place, t: TFunction<"app">): string {
  return t(`menu.${place.key}`);
}

/** The menu, by job. An area with children opens on the first of them that she may see. */
export const MENU: readonly Area[] = [
  { key: "today", to: "/" },
  {
    key: "customers",
    to: "/customers",
    children: [
      { key: "customer_list", to: "/customers", permission: "customers.read" },
      { key: "companies", to: "/companies", permission: "customers.read" },
      { key: "orders", to: "/orders", permission: "orders.read" },
      { key: "payments", to: "/payments", permission: "payments.read" },
      { key: "imports", to: "/imports", permission: "imports.read" },
      { key: "sign_up", to: "/sign-up", permission: "signups.read" },
      { key: "duplicates", to: "/customers/duplicates", permission: "customers.merge" },
      { key: "merges", to: "/customers/merges", permission: "customers.merge" },
      { key: "privacy", to: "/privacy", permission: "privacy.read" },
    ],
  },
  {
    key: "segments",
    to: "/segments",
    children: [
      { key: "segment_list", to: "/segments", permission: "segments.read" },
      { key: "analysis", to: "/segments/analysis", permission: "segments.read" },
      { key: "sql", to: "/segments/sql", permission: "insights.query" },
    ],
  },
  {
    key: "marketing",
    to: "/campaigns",
    children: [
      { key: "campaigns", to: "/campaigns", permission: "campaigns.read" },
      { key: "offers", to: "/offers", permission: "offers.read" },
      { key: "code_batches", to: "/offers/batches", permission: "offers.read" },
      { key: "templates", to: "/templates", permission: "templates.read" },
      { key: "mailbox", to: "/sandbox-mailbox", permission: "messages.read" },
    ],
  },
  {
    key: "loyalty",
    to: "/loyalty/programme",
    children: [
      { key: "programme", to: "/loyalty/programme", permission: "loyalty.read" },
      { key: "tiers", to: "/loyalty/tiers", permission: "loyalty.read" },
      { key: "members", to: "/loyalty/members", permission: "loyalty.read" },
      { key: "cards", to: "/loyalty/cards", permission: "loyalty.read" },
      { key: "rewards", to: "/loyalty/rewards", permission: "loyalty.read" },
      { key: "redemptions", to: "/loyalty/redemptions", permission: "loyalty.read" },
      { key: "desk", to: "/loyalty/desk", permission: "loyalty.serve" },
      { key: "value_day", to: "/loyalty/day", permission: "loyalty.read" },
      { key: "adjustments", to: "/loyalty/adjustments", permission: "loyalty.read" },
      { key: "liability", to: "/loyalty/liability", permission: "loyalty.read" },
    ],
  },
  {
    key: "groupbuy",
    to: "/groupbuy/deals",
    children: [
      { key: "deals", to: "/groupbuy/deals", permission: "groupbuy.read" },
      { key: "groups", to: "/groupbuy/groups", permission: "groupbuy.read" },
      { key: "vouchers", to: "/groupbuy/vouchers", permission: "groupbuy.read" },
      { key: "redeem", to: "/redeem", permission: "groupbuy.redeem" },
      { key: "merchants", to: "/groupbuy/merchants", permission: "groupbuy.read" },
      { key: "complaints", to: "/groupbuy/complaints", permission: "groupbuy.read" },
      { key: "deal_results", to: "/groupbuy/results", permission: "groupbuy.read" },
      { key: "settlement", to: "/groupbuy/settlement", permission: "groupbuy.read" },
    ],
  },
  {
    key: "settings",
    to: "/settings/people",
    children: [
      { key: "people", to: "/settings/people", permission: "staff.read" },
      { key: "customer_fields", to: "/settings/customer-fields", permission: "customers.configure" },
      { key: "tags", to: "/settings/tags", permission: "customers.configure" },
      { key: "tills", to: "/settings/tills", permission: "loyalty.read" },
      { key: "products", to: "/settings/products", permission: "catalog.write" },
      { key: "api_keys", to: "/settings/api-keys", permission: "keys.manage" },
      { key: "webhooks", to: "/settings/webhooks", permission: "webhooks.manage" },
      { key: "sources", to: "/settings/sources", permission: "behaviour.read" },
      { key: "interest_words", to: "/settings/interest-words", permission: "behaviour.read" },
      { key: "identity_rules", to: "/settings/identity-rules", permission: "customers.merge" },
      { key: "payment_providers", to: "/settings/payment-providers", permission: "payments.write" },
      { key: "email", to: "/settings/email", permission: "channels.manage" },
      { key: "sms", to: "/settings/sms", permission: "channels.manage" },
      { key: "sending", to: "/settings/sending", permission: "channels.manage" },
      { key: "health", to: "/settings/health", permission: "health.read" },
      { key: "audit", to: "/settings/audit", permission: "audit.read" },
    ],
  },
];

/** The menu as this person sees it: places she may not see are gone, and areas with nothing left too. */
export function visibleMenu(may: (permission: Permission) => boolean): readonly Area[] {
  return MENU.flatMap((area) => {
    if (!area.children) return !area.permission || may(area.permission) ? [area] : [];
    const children = area.children.filter(({ permission }) => !permission || may(permission));
    const [first] = children;
    return first ? [{ ...area, to: first.to, children }] : [];
  });
}

/** Which of these places the path belongs to: the nearest above it, so that a list is not meant by what has its own place. */
export function placeAt(path: string, places: readonly Place[]): Place | undefined {
  return places.filter(({ to }) => isAt(path, to)).sort((a, b) => b.to.length - a.to.length)[0];
}

/** Is this place where the path is? `/customers/12` belongs to `/customers`; only today is exactly `/`. */
export function isAt(path: string, to: string): boolean {
  return to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
}
