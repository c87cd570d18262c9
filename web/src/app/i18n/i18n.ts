import i18next, { type i18n, type Resource } from "i18next";
import { initReactI18next } from "react-i18next";
import { type Language, nearestLanguage } from "@/format/language";
import type zh from "./zh";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "app";
    resources: typeof zh;
  }
}

const STORAGE_KEY = "huike.language";

type Texts = Promise<{ default: Resource[string] }>;

const FRAME: Record<Language, () => Texts> = {
  "zh-CN": () => import("./frame.zh"),
  en: () => import("./frame.en"),
};
const PAGES: Record<Language, () => Texts> = {
  "zh-CN": () => import("./pages.zh"),
  en: () => import("./pages.en"),
};
let pagesWanted = false;

/** The language of this browser before anyone has signed in: chosen here before, else the browser's own. */
export function browserLanguage(): Language {
  return nearestLanguage(localStorage.getItem(STORAGE_KEY) ?? navigator.language);
}

/** Speaks `language` around every page; `pageTexts` brings what the pages say. */
export async function startI18n(language: Language): Promise<i18n> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: "app",
    resources: { [language]: (await FRAME[language]()).default },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
  return i18next;
}

/** A loader of routes: waits until the language spoken has the texts of all pages. */
export async function pageTexts(): Promise<null> {
  pagesWanted = true;
  const language = i18next.language as Language;
  if (!i18next.hasResourceBundle(language, "customers")) learn(language, (await PAGES[language]()).default);
  return null;
}

/** Fetches the texts if needed, then speaks that language everywhere. */
export async function speak(language: Language): Promise<void> {
  if (i18next.language === language) return;
  const texts = await Promise.all([FRAME[language](), ...(pagesWanted ? [PAGES[language]()] : [])]);
  for (const { default: bundles } of texts) learn(language, bundles);
  await i18next.changeLanguage(language);
  localStorage.setItem(STORAGE_KEY, language);
  document.documentElement.lang = language;
}

function learn(language: Language, bundles: Resource[string]): void {
  for (const [namespace, bundle] of Object.entries(bundles)) i18next.addResourceBundle(language, namespace, bundle);
}
