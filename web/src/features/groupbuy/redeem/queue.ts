/**
 * Redemptions on their way to the server. Each has its key and the instant it happened from the tap on, and stays until
 * the server has said what became of it: sent again it is the same redemption, however often, whoever lost the answer.
 */

export interface Told {
  readonly code: string;
  readonly storeId: number;
  readonly uses: number;
  /** What was sold, where the phone could look it up. */
  readonly title: string;
}

export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Taken {
  readonly redemptionId: number;
  readonly deal: string;
  readonly store: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** When the server wrote it down: from then on it may be undone for a while. */
  readonly recordedAt: string;
}

export interface Item extends Told {
  readonly key: string;
  readonly occurredAt: string;
  readonly taken: Taken | null;
  readonly refusal: Refusal | null;
  readonly undone: boolean;
}

export type Queue = readonly Item[];

/** What the server says about one line. */
export interface Heard {
  readonly key: string;
  readonly taken: Taken | null;
  readonly refusal: Refusal | null;
}

export const BATCH = 200;
/** So many ended ones are kept to be looked at; what waits is never dropped. */
export const ENDED_KEPT = 50;

export function isWaiting({ taken, refusal }: Item): boolean {
  return taken === null && refusal === null;
}

/** The queue with one more; the one that is there where the key is known, so a doubled tap is one redemption. */
export function withItem(queue: Queue, told: Told, key: string, occurredAt: string): Queue {
  if (queue.some((item) => item.key === key)) return queue;
  return trimmed([{ ...told, key, occurredAt, taken: null, refusal: null, undone: false }, ...queue]);
}

/** The next ones to tell, the oldest first. */
export function nextBatch(queue: Queue, size = BATCH): Queue {
  return queue.filter(isWaiting).reverse().slice(0, size);
}

/** The queue after the server spoke. What failed in passing goes on waiting; what has ended stays as it ended. */
export function withHeard(queue: Queue, heard: readonly Heard[]): Queue {
  const answers = new Map(heard.map((one) => [one.key, one]));
  return trimmed(
    queue.map((item) => {
      const answer = answers.get(item.key);
      if (answer === undefined || !isWaiting(item)) return item;
      if (answer.refusal !== null && isPassing(answer.refusal)) return item;
      return { ...item, taken: answer.taken, refusal: answer.refusal };
    }),
  );
}

export function withUndone(queue: Queue, redemptionId: number): Queue {
  return queue.map((item) => (item.taken?.redemptionId === redemptionId ? { ...item, undone: true } : item));
}

/** Trying again may well work: nobody answered, or the server was busy or broken. */
export function isPassing({ status }: { readonly status: number }): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/** The queue without what has ended. */
export function onlyWaiting(queue: Queue): Queue {
  return queue.filter(isWaiting);
}

function trimmed(queue: Queue): Queue {
  let ended = 0;
  return queue.filter((item) => {
    if (isWaiting(item)) return true;
    ended += 1;
    return ended <= ENDED_KEPT;
  });
}

/** What stands in storage; what cannot be read is nothing, an item that is not whole is left out. */
export function parse(text: string | null): Queue {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  return Array.isArray(stored) ? stored.filter(isItem) : [];
}

function isItem(value: unknown): value is Item {
  if (typeof value !== "object" || value === null) return false;
  const item = value as Partial<Item>;
  return (
    typeof item.key === "string" &&
    typeof item.code === "string" &&
    typeof item.storeId === "number" &&
    typeof item.uses === "number" &&
    typeof item.occurredAt === "string" &&
    item.taken !== undefined &&
    item.refusal !== undefined
  );
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOOKALIKES: Readonly<Record<string, string>> = { O: "0", I: "1", L: "1" };

/** What the code's owner meant: capital letters, nothing between them, look-alikes resolved. */
export function tidy(text: string): string {
  const letters = text.replaceAll(/[\s-]/g, "").toUpperCase().slice(0, 40);
  return letters.replaceAll(/[OIL]/g, (letter) => LOOKALIKES[letter] ?? letter);
}

/** Does the check character fit (Luhn mod 32)? Known without the network, so that a slip of typing is told at once. */
export function isWellFormed(code: string): boolean {
  const digits = [...code].map((letter) => ALPHABET.indexOf(letter));
  if (digits.length < 2 || digits.includes(-1)) return false;
  const total = digits
    .slice(0, -1)
    .reverse()
    .map((digit, at) => digit * (at % 2 === 0 ? 2 : 1))
    .reduce((sum, addend) => sum + Math.floor(addend / 32) + (addend % 32), 0);
  return (32 - (total % 32)) % 32 === digits.at(-1);
}

const CLOCK_SLACK_MILLISECONDS = 30_000;

/** How far the server's clock is ahead of the phone's, by the date of an answer; a little is nothing. */
export function clockOffset(date: string | null, now: number): number | null {
  const server = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(server)) return null;
  return Math.abs(server - now) < CLOCK_SLACK_MILLISECONDS ? 0 : server - now;
}
