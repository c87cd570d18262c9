import { Sentence } from "@/components/Sentence";
import { useCatalogue } from "./api";
import type { Rule } from "./rule";
import { wordRule } from "./sentence";
import { useRuleWords } from "./useRuleWords";

/** A rule in the reader's language; one we have no words for is said by the server. */
export function RuleSentence({ rule, spare }: { rule: Rule; spare?: { readonly zh: string; readonly en: string } }) {
  const words = useRuleWords();
  const catalogue = useCatalogue().data;
  // Stores and products are numbers in a rule; the server's sentence has their names.
  const parts = catalogue && !hasNumbersForNames(rule) ? wordRule(rule, catalogue, words) : null;
  const said = spare && (words.language === "en" ? spare.en : spare.zh);
  if (parts && parts.length > 0) return <Sentence parts={parts} />;
  if (said) return <Sentence parts={[{ kind: "words", text: said }]} />;
  return parts || !catalogue ? null : <Sentence parts={wordRule(rule, catalogue, words) ?? []} />;
}

const NAMED_BY_NUMBER = new Set(["home_store", "source", "product", "category", "brand", "supplier", "store"]);

function hasNumbersForNames(rule: Rule): boolean {
  let found = false;
  JSON.stringify(rule, (_key, node: unknown) => {
    if (typeof node === "object" && node !== null && "field" in node && NAMED_BY_NUMBER.has(String(node.field)))
      found = true;
    return node;
  });
  return found;
}
