/** A number as it is printed: in groups of four. */
export function grouped(number: string): string {
  return number.replace(/(.{4})(?=.)/g, "$1 ");
}

/** A number as it was typed or scanned, without what only makes it readable. */
export function bare(text: string): string {
  return text.replace(/[\s-]/g, "");
}

/** How the numbers of a batch look: what is fixed, and a dot for each digit that is not. */
export function pattern(prefix: string, length: number): string {
  return grouped(prefix + "•".repeat(Math.max(0, length - prefix.length)));
}

/** Of how many numbers one would be a card, were they drawn at random: what a stranger's guess is up against. */
export function oneIn(prefix: string, length: number, count: number): number {
  return Math.floor(10 ** Math.max(0, length - prefix.length - 1) / Math.max(1, count));
}
