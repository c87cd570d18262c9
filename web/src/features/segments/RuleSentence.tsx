import type { Rule } from "@/api/rule";
import { useReading } from "@/components/reading";
import { Sentence } from "@/components/Sentence";
import { Bone } from "@/components/states";
import { type Said, useSaid } from "./api";

/**
 * A rule, or one of its conditions by its path, in the reader's language and always in the server's words, so that a rule
 * reads alike wherever it stands. `spare` is the sentence where it came along with the rule.
 */
export function RuleSentence({ rule, path, spare }: { rule: Rule; path?: string; spare?: Said }) {
  const { language } = useReading();
  const asked = useSaid(spare ? null : rule, path === undefined);
  const said = spare ?? (path === undefined ? asked.data : asked.data?.nodes.find((node) => node.path === path));
  if (!said) return asked.isPending ? <Bone width={160} height={16} /> : null;
  return <Sentence parts={partsIn(said, language)} />;
}

function partsIn(said: Said, language: "zh-CN" | "en"): Said["zh_parts"] {
  const parts = language === "en" ? said.en_parts : said.zh_parts;
  // Of a rule that asks about something gone there is a sentence only.
  return parts.length > 0 ? parts : [{ kind: "words", text: language === "en" ? said.en : said.zh }];
}
