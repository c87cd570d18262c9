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

const TEXTS: Record<Language, () => Promise<{ default: Resource[string] }>> = {
  "zh-CN": () => import("./zh"),
  en: () => import("./en"),
};

/** The language of this browser before anyone has signed in: chosen here before, else the browser's own. */
export function browserLanguage(): Language {
  return nearestLanguage(localStorage.getItem(STORAGE_KEY) ?? navigator.language);
}

export async function startI18n(language: Language): Promise<i18n> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: "app",
    resources: { [language]: (await TEXTS[language]()).default },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
  return i18next;
}

/** Fetches the texts if needed, then speaks that language everywhere. */
export async function speak(language: Language): Promise<void> {
  if (i18next.language === language) return;
  const texts = (await TEXTS[language]()).default;
  for (const [namespace, bundle] of Object.entries(texts)) i18next.addResourceBundle(language, namespace, bundle);
  await i18next.changeLanguage(language);
  localStorage.setItem(STORAGE_KEY, language);
  document.documentElement.lang = language;
}
