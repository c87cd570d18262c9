import { describe, expect, test } from "vitest";
import {
  BATCH,
  clockOffset,
  ENDED_KEPT,
  type Heard,
  isWaiting,
  isWellFormed,
  nextBatch,
  onlyWaiting,
  parse,
  type Queue,
  tidy,
  withHeard,
  withItem,
  withUndone,
} from "./queue";

const TOLD = { code: "K7QM2V9XH3TAB", storeId: 4, uses: 1, title: "双人下午茶" };
const TAKEN = {
  redemptionId: 9,
  deal: "双人下午茶",
  store: "静安店",
  amountMinor: 6_400,
  currency: "CNY",
  recordedAt: "2026-12-01T04:00:01Z",
};
const CODES = ["GP1XF3A7QYFR6", "6F0DTHBRA48WP", "8800DDAAJMCD2", "BCRK1QTA9G4N7"];
const AT = "2026-12-01T04:00:00.000Z";

const taken = (key: string): Heard => ({ key, taken: TAKEN, refusal: null });
const refused = (key: string, status = 409): Heard => ({
  key,
  taken: null,
  refusal: { code: "voucher.used", status, params: { store: "静安店" } },
});
const of = (...keys: string[]): Queue => keys.reduce<Queue>((queue, key) => withItem(queue, TOLD, key, AT), []);

describe("a queue of redemptions", () => {
  test("takes a doubled tap once, with the instant of the first", () => {
    const queue = withItem(of("a"), { ...TOLD, uses: 2 }, "a", "2026-12-01T05:00:00.000Z");
    expect(queue).toHaveLength(1);
    expect(queue[0]).toMatchObject({ uses: 1, occurredAt: AT });
  });

  test("tells the oldest first, no more than the server hears at once", () => {
    const queue = of(...Array.from({ length: BATCH + 5 }, (_, at) => String(at)));
    const keys = nextBatch(queue).map(({ key }) => key);
    expect(keys).toHaveLength(BATCH);
    expect([keys[0], keys.at(-1)]).toEqual(["0", String(BATCH - 1)]);
  });

  test("keeps what became of each, and tells it no more", () => {
    const queue = withHeard(of("a", "b", "c"), [taken("a"), refused("b")]);
    expect(nextBatch(queue).map(({ key }) => key)).toEqual(["c"]);
    expect(queue.find(({ key }) => key === "a")?.taken?.amountMinor).toBe(6_400);
    expect(queue.find(({ key }) => key === "b")?.refusal?.code).toBe("voucher.used");
  });

  test.each([0, 429, 500, 503])("waits on where it failed in passing (%d)", (status) => {
    expect(withHeard(of("a"), [refused("a", status)]).every(isWaiting)).toBe(true);
  });

  test("does not change what has ended, and hears nothing it did not tell", () => {
    const ended = withHeard(of("a"), [taken("a")]);
    expect(withHeard(ended, [refused("a"), refused("x")])).toEqual(ended);
  });

  test("drops old ended ones and never one that waits", () => {
    const keys = Array.from({ length: ENDED_KEPT + 10 }, (_, at) => String(at));
    const queue = withHeard(
      of("waits", ...keys),
      keys.map((key) => taken(key)),
    );
    expect(queue).toHaveLength(ENDED_KEPT + 1);
    expect(onlyWaiting(queue).map(({ key }) => key)).toEqual(["waits"]);
  });

  test("marks the one that was undone", () => {
    expect(withUndone(withHeard(of("a"), [taken("a")]), 9)[0]?.undone).toBe(true);
  });
});

describe("what is stored", () => {
  test("is read back as it was", () => {
    const queue = withHeard(of("a", "b"), [taken("a")]);
    expect(parse(JSON.stringify(queue))).toEqual(queue);
  });

  test.each([null, "", "{", "{}", '[{"key":1}]', "[null]"])("is nothing where it cannot be read (%s)", (text) => {
    expect(parse(text)).toEqual([]);
  });
});

test("a code is kept without what people write between its letters", () => {
  expect(tidy(" k7qm-2v9x oil b ")).toBe("K7QM2V9X011B");
});

test("a code's check character is the server's", () => {
  // Made by the server's own `make_code`.
  for (const code of CODES) expect(isWellFormed(code)).toBe(true);
  const [code = ""] = CODES;
  expect(isWellFormed(`${code.slice(0, -2)}${code.at(-2) === "A" ? "B" : "A"}${code.at(-1)}`)).toBe(false);
  expect(isWellFormed("")).toBe(false);
});

test("a phone's clock that is far off is set right by the server's date", () => {
  const now = Date.parse("2026-12-01T04:00:00Z");
  expect(clockOffset("Tue, 01 Dec 2026 04:10:00 GMT", now)).toBe(600_000);
  expect(clockOffset("Tue, 01 Dec 2026 04:00:02 GMT", now)).toBe(0);
  expect(clockOffset(null, now)).toBeNull();
});
