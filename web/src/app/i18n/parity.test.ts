import { expect, test } from "vitest";
import en from "./en";
import zh from "./zh";

/** Every text of a language by its full key. English knows singular and plural, Chinese does not. */
function textsOf(value: unknown, path: string): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  return Object.entries(value as object).flatMap(([key, child]) =>
    textsOf(child, path === "" ? key : `${path}.${key}`),
  );
}

function withoutPlural(key: string): string {
  return key.replace(/_(one|other)$/, "");
}

function variablesOf(text: string): string[] {
  return [...text.matchAll(/{{\s*(\w+)/g)].map(([, name = ""]) => name).sort();
}

/** Said with other figures in each language: 九折 is "10% off". */
const SAID_APART = new Set(["offers.terms.percent", "offers.terms.buy_get_less", "offer_editor.what.percent_reads"]);

/** "member is true" is said by the field's name alone. */
const SILENT = new Set(["segments.op.bool.eq"]);

const chinese = textsOf(zh, "");
const english = textsOf(en, "");

test("both languages say the same things", () => {
  const keys = (texts: [string, string][]) => [...new Set(texts.map(([key]) => withoutPlural(key)))].sort();
  expect(keys(english)).toEqual(keys(chinese));
});

test("both languages fill the same variables into each text", () => {
  const inChinese = new Map(chinese.map(([key, text]) => [withoutPlural(key), variablesOf(text)]));
  const different = english
    .filter(([key]) => !key.endsWith("_one") && !SAID_APART.has(key))
    .filter(([key, text]) => variablesOf(text).join() !== inChinese.get(withoutPlural(key))?.join())
    .map(([key]) => key);
  expect(different).toEqual([]);
});

test("Chinese is set in Chinese punctuation", () => {
  expect(chinese.filter(([, text]) => /\p{Script=Han}[,:?;!(]/u.test(text))).toEqual([]);
});

test("no text is empty, and no Chinese text is left in English or the other way round", () => {
  const han = /\p{Script=Han}/u;
  const exempt = new Set(["app.language.zh-CN", "app.language.en", "signups.language.zh"]);
  expect([...chinese, ...english].filter(([key, text]) => text.trim() === "" && !SILENT.has(key))).toEqual([]);
  expect(english.filter(([key, text]) => han.test(text) && !exempt.has(key))).toEqual([]);
});
