/** The two languages the product speaks. The tag is also what `Intl` and the `lang` attribute are given. */
export type Language = "zh-CN" | "en";

export const LANGUAGES: readonly Language[] = ["zh-CN", "en"];

/** The nearest language we speak to a browser's or a server's tag: any Chinese is Simplified Chinese, anything else English. */
export function nearestLanguage(tag: string | null | undefined): Language {
  return tag?.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}
