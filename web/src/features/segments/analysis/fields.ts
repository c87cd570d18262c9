import { type Address, choiceField, type Field, flagField, textField } from "@/components/address";
import { PURCHASES, WINDOWS } from "./dimension";
import { MEASURES } from "./table";

export const TABS = ["cross", "compare", "distribution", "together"] as const;
export type Tab = (typeof TABS)[number];

/** Several words in one parameter, so that none of them is told from the words it has by default. */
function manyField(fallback: readonly string[]): Field<readonly string[]> {
  return {
    fallback,
    parse: ([text = ""]) => text.split(",").filter((word) => word !== ""),
    print: (words) => [words.join(",")],
  };
}

/** The whole state of the page. */
export const FIELDS = {
  tab: choiceField(TABS, "cross"),
  /** The number of a segment; empty is everybody, or the people of `rule`. */
  who: textField(),
  rule: textField(),
  rows: textField("gender"),
  columns: textField("city"),
  third: textField(),
  slice: textField(),
  measure: choiceField(MEASURES, "people"),
  window: choiceField(WINDOWS, "ever"),
  against: textField(),
  attributes: manyField(["gender", "city", "home_store", "source_channel", "orders_count", "spent"]),
  /** All values compared, not only those that differ most. */
  all: flagField(),
  figure: textField("orders_count"),
  figures: manyField(PURCHASES),
} as const;

export type AnalysisAddress = Address<typeof FIELDS>;
