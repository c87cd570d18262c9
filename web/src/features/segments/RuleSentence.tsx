import type { Rule } from "@/api/rule";
import { Sentence, type SentencePart } from "@/components/Sentence";
import { type Said, useCatalogue, useServerSentence } from "./api";
import { wordRule } from "./sentence";
import { useRuleWords } from "./useRuleWords";

/**
 * A rule in the reader's language, alike for every kind of condition. What it names by number (a store, a segment) and
 * what is only known to the server is said by the server: by the sentence at hand (`spare`), else by one that is asked for.
 */
export function RuleSentence({ rule, spare }: { rule: Rule; spare?: Said }) {
  const words = useRuleWords();
  const catalogue = useCatalogue().data;
  const parts = catalogue && !hasNumbersForNames(rule) ? wordRule(rule, catalogue, words) : null;
  const asked = useServerSentence(catalogue && parts === null && !spare ? rule : null).data;
  const sentence = spare ?? asked;
  if (parts && parts.length > 0) return <Sentence parts={parts} />;
  return sentence ? <Sentence parts={partsIn(sentence, words.language)} spaced /> : null;
}

function partsIn(said: Said, language: "zh-CN" | "en"): readonly SentencePart[] {
  const parts = language === "en" ? said.en_parts : said.zh_parts;
  // Of a rule that asks about something gone there is a sentence only.
  return parts.length > 0 ? parts : [{ kind: "words", text: language === "en" ? said.en : said.zh }];
}

const NAMED_BY_NUMBER = new Set([
  "home_store",
  "home_region",
  "source",
  "product",
  "category",
  "brand",
  "supplier",
  "store",
  "region",
]);

function hasNumbersForNames(rule: Rule): boolean {
  let found = false;
  JSON.stringify(rule, (_key, node: unknown) => {
    if (typeof node === "object" && node !== null && "field" in node && NAMED_BY_NUMBER.has(String(node.field)))
      found = true;
    return node;
  });
  return found;
}
