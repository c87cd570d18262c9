import type { Language } from "@/format/language";

/** The words of a mail in one language; all but the button's link may hold variables. */
export interface Content {
  readonly subject: string;
  readonly preheader: string;
  readonly heading: string;
  readonly body: string;
  readonly button_label: string;
  readonly button_url: string;
}

export type Part = keyof Content;
export const PARTS: readonly Part[] = ["subject", "preheader", "heading", "body", "button_label", "button_url"];
export type Contents = Readonly<Partial<Record<Language, Content>>>;
export type FullContents = Readonly<Record<Language, Content>>;

export const EMPTY_CONTENT: Content = {
  subject: "",
  preheader: "",
  heading: "",
  body: "",
  button_label: "",
  button_url: "",
};

/** Every language with all its parts, so that each can be typed into. */
export function filledContents(contents: Contents): FullContents {
  return { "zh-CN": { ...EMPTY_CONTENT, ...contents["zh-CN"] }, en: { ...EMPTY_CONTENT, ...contents.en } };
}

export function isWritten(content: Content): boolean {
  return PARTS.some((part) => content[part].trim() !== "");
}

/** What is sent: a language nobody wrote in is left out. */
export function writtenContents(contents: FullContents): Contents {
  return Object.fromEntries(Object.entries(contents).filter(([, content]) => isWritten(content)));
}

/** The text with a variable put at the caret (or over the selection), and where the caret stands after it. */
export function insertVariable(text: string, key: string, start: number, end: number): { text: string; caret: number } {
  const written = `{{ ${key} }}`;
  return { text: text.slice(0, start) + written + text.slice(end), caret: start + written.length };
}

/** Which parts name a variable, so that what is missing can be shown where it stands. A part with a fallback names it safely. */
export function partsNaming(content: Content, key: string): readonly Part[] {
  const pattern = new RegExp(`\\{\\{-?\\s*${key.replaceAll(".", "\\.")}(?![\\w.])[^}]*\\}\\}`);
  return PARTS.filter((part) => {
    const match = pattern.exec(content[part]);
    return match !== null && !/\|\s*default/.test(match[0]);
  });
}

/** Of a refused field `contents.zh-CN.subject` (or `body.contents…`), the language and part; null when it is another field. */
export function placeOfFault(where: string): { language: Language; part: Part } | null {
  const match = /(?:^|\.)contents\.(zh-CN|en)\.(\w+)$/.exec(where);
  const part = PARTS.find((one) => one === match?.[2]);
  return match && part ? { language: match[1] as Language, part } : null;
}

/** Said only of someone who is given an offer. */
export function isOfOffer(key: string): boolean {
  return key.startsWith("coupon.") || key.startsWith("offer.");
}

export function speaksOfOffer(content: Content): boolean {
  return PARTS.some((part) => /\{\{-?\s*(coupon|offer)\./.test(content[part]));
}
