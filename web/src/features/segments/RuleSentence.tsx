import { Sentence } from "@/components/Sentence";
import { useCatalogue, useServerSentence } from "./api";
import type { Rule } from "./rule";
import { wordRule } from "./sentence";
import { useRuleWords } from "./useRuleWords";

/**
 * A rule in the reader's language. What it names by number (a store, a segment) and what we have no words for is said by
 * the server: by the sentence at hand (`spare`), else by one that is asked for.
 */
export function RuleSentence({ rule, spare }: { rule: Rule; spare?: { readonly zh: string; readonly en: string } }) {
  const words = useRuleWords();
  const catalogue = useCatalogue().data;
  const parts = catalogue && !hasNumbersForNames(rule) ? wordRule(rule, catalogue, words) : null;
  const asked = useServerSentence(catalogue && parts === null && !spare ? rule : null).data;
  const sentence = spare ?? asked;
  if (parts && parts.length > 0) return <Sentence parts={parts} />;
  if (sentence)
    return <Sentence parts={[{ kind: "words", text: words.language === "en" ? sentence.en : sentence.zh }]} />;
  return null;
}

const NAMED_BY_NUMBER = new Set(["home_store", "home_region", "source", "product", "category", "brand", "supplier", "store", "region"]);

function hasNumbersForNames(rule: Rule): boolean {
  let found = false;
  JSON.stringify(rule, (_key, node: unknown) => {
    if (typeof node === "object" && node !== null && "field" in node && NAMED_BY_NUMBER.has(String(node.field)))
      found = true;
    return node;
  });
  return found;
}
