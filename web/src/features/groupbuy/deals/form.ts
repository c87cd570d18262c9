import { isoDay, wallTimeToInstant } from "@/format/when";
import type { Deal, DealDocument } from "./api";

/** The wizard's pure rules: what is typed ↔ the document the API keeps, and what is missing before it is sent. */

export interface TypedStep {
  readonly size: number | null;
  readonly priceMinor: number | null;
  /** With so many a group forms at its deadline; null where it takes all of them. */
  readonly formsAt: number | null;
}

export interface TypedItem {
  readonly nameZh: string;
  readonly nameEn: string;
  readonly quantity: number | null;
  readonly valueMinor: number | null;
}

export interface TypedHours {
  readonly weekdays: readonly number[];
  /** `HH:mm` of the operator's zone. */
  readonly opens: string;
  readonly closes: string;
}

/** A deal while it is typed: empty fields are null. */
export interface Typed {
  readonly merchantId: number | null;
  readonly productId: number | null;
  readonly name: string;
  readonly titleZh: string;
  readonly titleEn: string;
  readonly aboutZh: string;
  readonly aboutEn: string;
  readonly pictures: readonly string[];
  readonly items: readonly TypedItem[];
  readonly listMinor: number | null;
  readonly ladder: readonly TypedStep[];
  readonly groupHours: number | null;
  readonly payMinutes: number | null;
  /** `YYYY-MM-DD HH:mm` on the operator's clock. */
  readonly starts: string | null;
  readonly ends: string | null;
  readonly stock: number | null;
  readonly perOrder: number | null;
  readonly perPerson: number | null;
  readonly uses: number | null;
  readonly afterDays: number | null;
  readonly last: "days" | "date";
  readonly validDays: number | null;
  readonly validUntil: string | null;
  readonly storeIds: readonly number[];
  readonly hours: readonly TypedHours[];
  readonly blackout: readonly string[];
  readonly refundUnused: boolean;
  readonly onExpiry: "refund" | "keep";
  /** Null: as agreed with the merchant. */
  readonly commissionPercent: number | null;
}

export const FRESH_STEP: TypedStep = { size: null, priceMinor: null, formsAt: null };
export const FRESH_ITEM: TypedItem = { nameZh: "", nameEn: "", quantity: 1, valueMinor: null };
export const FRESH_HOURS: TypedHours = { weekdays: [1, 2, 3, 4, 5], opens: "10:00", closes: "22:00" };

export const FRESH: Typed = {
  merchantId: null,
  productId: null,
  name: "",
  titleZh: "",
  titleEn: "",
  aboutZh: "",
  aboutEn: "",
  pictures: [],
  items: [],
  listMinor: null,
  ladder: [{ ...FRESH_STEP, size: 2 }],
  groupHours: 24,
  payMinutes: 15,
  starts: null,
  ends: null,
  stock: 100,
  perOrder: 1,
  perPerson: null,
  uses: 1,
  afterDays: 0,
  last: "days",
  validDays: 60,
  validUntil: null,
  storeIds: [],
  hours: [],
  blackout: [],
  refundUnused: true,
  onExpiry: "refund",
  commissionPercent: null,
};

/** What is kept, as it stands in the form. */
export function typedFrom(deal: Deal, timezone: string): Typed {
  const { terms } = deal;
  const { validity } = terms;
  return {
    merchantId: deal.merchant.id,
    productId: deal.product?.id ?? null,
    name: deal.name,
    titleZh: terms.title_zh,
    titleEn: terms.title_en ?? "",
    aboutZh: terms.about_zh ?? "",
    aboutEn: terms.about_en ?? "",
    pictures: terms.pictures ?? [],
    items: (terms.package ?? []).map((item) => ({
      nameZh: item.name_zh,
      nameEn: item.name_en ?? "",
      quantity: item.quantity ?? 1,
      valueMinor: item.value_minor ?? null,
    })),
    listMinor: terms.list_price_minor,
    ladder: terms.ladder.map(({ size, price_minor, forms_at }) => ({
      size,
      priceMinor: price_minor,
      formsAt: forms_at ?? null,
    })),
    groupHours: terms.group_hours ?? 24,
    payMinutes: terms.pay_minutes ?? 15,
    starts: wallClock(terms.starts_at, timezone),
    ends: wallClock(terms.ends_at, timezone),
    stock: deal.stock,
    perOrder: terms.most_per_order ?? 1,
    perPerson: terms.most_per_person ?? null,
    uses: terms.uses ?? 1,
    afterDays: validity.valid_after_days ?? 0,
    last: validity.valid_until ? "date" : "days",
    validDays: validity.valid_days ?? null,
    validUntil: validity.valid_until ?? null,
    storeIds: validity.store_ids ?? [],
    hours: (validity.hours ?? []).map(({ weekdays, opens_at, closes_at }) => ({
      weekdays,
      opens: opens_at.slice(0, 5),
      closes: closes_at.slice(0, 5),
    })),
    blackout: validity.blackout_days ?? [],
    refundUnused: terms.refund_unused ?? true,
    onExpiry: terms.on_expiry ?? "refund",
    commissionPercent: terms.commission_bp == null ? null : terms.commission_bp / 100,
  };
}

/** The document of what is typed; only to be asked for once nothing `isMissing`. Steps stand by size. */
export function documentFrom(typed: Typed, timezone: string): DealDocument {
  return {
    title_zh: typed.titleZh.trim(),
    title_en: typed.titleEn.trim(),
    about_zh: typed.aboutZh.trim(),
    about_en: typed.aboutEn.trim(),
    pictures: [...typed.pictures],
    package: typed.items.map(({ nameZh, nameEn, quantity, valueMinor }) => ({
      name_zh: nameZh.trim(),
      name_en: nameEn.trim(),
      quantity: quantity ?? 1,
      value_minor: valueMinor,
    })),
    list_price_minor: typed.listMinor ?? 0,
    ladder: bySize(typed.ladder).map(({ size, priceMinor, formsAt }) => ({
      size: size ?? 0,
      price_minor: priceMinor ?? 0,
      forms_at: formsAt,
    })),
    group_hours: typed.groupHours ?? 0,
    pay_minutes: typed.payMinutes ?? 0,
    starts_at: instant(typed.starts, timezone),
    ends_at: instant(typed.ends, timezone),
    most_per_order: typed.perOrder ?? 0,
    most_per_person: typed.perPerson,
    uses: typed.uses ?? 0,
    validity: {
      valid_after_days: typed.afterDays ?? 0,
      valid_days: typed.last === "days" ? typed.validDays : null,
      valid_until: typed.last === "date" ? typed.validUntil : null,
      store_ids: [...typed.storeIds],
      hours: typed.hours.map(({ weekdays, opens, closes }) => ({
        weekdays: [...weekdays].sort((one, other) => one - other),
        opens_at: opens,
        closes_at: closes,
      })),
      blackout_days: [...typed.blackout].sort(),
    },
    refund_unused: typed.refundUnused,
    on_expiry: typed.onExpiry,
    commission_bp: typed.commissionPercent === null ? null : Math.round(typed.commissionPercent * 100),
  };
}

export function bySize<S extends { readonly size: number | null }>(ladder: readonly S[]): readonly S[] {
  return [...ladder].sort((one, other) => (one.size ?? Infinity) - (other.size ?? Infinity));
}

/** A place of the form and what is wrong there. Places are those of the document, so the server's faults stand beside. */
export type Faults = Readonly<Record<string, string>>;

/** What cannot be sent as it is, by its place; the words are keys of `fault`. */
export function faultsOf(typed: Typed): Faults {
  const faults: Record<string, string> = {};
  const need = (place: string, isThere: boolean, word = "needed") => {
    if (!isThere && !(place in faults)) faults[place] = word;
  };
  need("merchant_id", typed.merchantId !== null);
  need("name", typed.name.trim() !== "");
  need("title_zh", typed.titleZh.trim() !== "");
  need("list_price_minor", typed.listMinor !== null && typed.listMinor > 0);
  typed.items.forEach(({ nameZh }, at) => {
    need(`package.${at}`, nameZh.trim() !== "", "item_name");
  });
  ladderFaults(typed.ladder, typed.listMinor).forEach((word, at) => {
    need(`ladder.${at}`, word === null, word ?? "");
  });
  need("ladder", typed.ladder.length > 0, "one_step");
  need("group_hours", typed.groupHours !== null);
  need("pay_minutes", typed.payMinutes !== null);
  need("starts_at", typed.starts !== null && typed.ends !== null);
  need("starts_at", typed.starts === null || typed.ends === null || typed.starts < typed.ends, "window");
  need("stock", typed.stock !== null);
  need("most_per_order", typed.perOrder !== null);
  need(
    "most_per_person",
    typed.perPerson === null || typed.perOrder === null || typed.perPerson >= typed.perOrder,
    "limits",
  );
  need("uses", typed.uses !== null);
  need("validity.valid_days", typed.last === "days" ? typed.validDays !== null : typed.validUntil !== null);
  need("validity.valid_days", typed.last === "date" || (typed.validDays ?? 0) >= (typed.afterDays ?? 0), "never_valid");
  typed.hours.forEach(({ weekdays }, at) => {
    need(`validity.hours.${at}`, weekdays.length > 0, "weekdays");
  });
  return faults;
}

/** What is wrong with each step, in the order in which they are typed; null where nothing is. */
export function ladderFaults(ladder: readonly TypedStep[], listMinor: number | null): readonly (string | null)[] {
  return ladder.map(({ size, priceMinor, formsAt }, at) => {
    if (size === null || priceMinor === null || priceMinor <= 0) return "step";
    if (formsAt !== null && formsAt > size) return "forms_above_size";
    if (ladder.some((other, there) => there < at && other.size === size)) return "size_twice";
    if (listMinor !== null && priceMinor > listMinor) return "dearer_than_alone";
    const smaller = ladder.filter((other) => other.size !== null && other.size < size);
    if (smaller.some((other) => other.priceMinor !== null && other.priceMinor < priceMinor)) return "rises";
    return null;
  });
}

/** The server's place of a step by its order in the document, back to where it stands in the form. */
export function placeInForm(where: string, ladder: readonly TypedStep[]): string {
  const [, at, rest = ""] = /^ladder\.(\d+)(.*)$/.exec(where) ?? [];
  if (at === undefined) return where;
  const step = bySize(ladder)[Number(at)];
  return step === undefined ? where : `ladder.${ladder.indexOf(step)}${rest}`;
}

/** Codes of the whole document, told without a place or at its root, stand at the part they are about. */
const PLACES: Readonly<Record<string, string>> = {
  "deal.ladder_order": "ladder",
  "deal.ladder_rises": "ladder",
  "deal.dearer_in_a_group": "ladder",
  "deal.window": "starts_at",
  "deal.limits": "most_per_person",
  "deal.one_last_day": "validity.valid_days",
  "deal.never_valid": "validity.valid_days",
};

export function placeOf(fault: { where: string; code: string }, ladder: readonly TypedStep[]): string {
  return PLACES[fault.code] ?? placeInForm(fault.where.replace(/^(body\.)?(terms\.)?/, ""), ladder);
}

/** The fault at a place, or at anything below it. */
export function faultAt<F>(faults: Readonly<Record<string, F>>, place: string): F | null {
  const found = Object.keys(faults).find((one) => one === place || one.startsWith(`${place}.`));
  return found === undefined ? null : (faults[found] ?? null);
}

function wallClock(at: string, timezone: string): string {
  const moment = new Date(at);
  const time = new Intl.DateTimeFormat("sv-SE", {
    timeZone: timezone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(moment);
  return `${isoDay(moment, timezone)} ${time}`;
}

function instant(wall: string | null, timezone: string): string {
  return wall === null ? "" : wallTimeToInstant(`${wall.replace(" ", "T")}:00`, timezone);
}
