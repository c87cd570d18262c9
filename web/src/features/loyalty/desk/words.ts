const WHATS = [
  "top_up",
  "bonus",
  "spent",
  "given_back",
  "paid_out",
  "kept",
  "forfeited",
  "expire",
  "adjusted",
  "hold",
  "release",
] as const;

/** What a line of a statement is called; what the server may tell one day and this page does not know is "other". */
export function whatOf(what: string): (typeof WHATS)[number] | "other" {
  return WHATS.find((one) => one === what) ?? "other";
}
