import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { passing } from "@/testing/passing";
import { TestStream } from "@/testing/TestStream";
import { type LakeAnswer, useRenewal } from "./renewal";

const AS_OF = "2026-11-30T08:00:01Z";
const BEFORE = "2026-11-30T08:00:00Z";
const LATER = "2026-11-30T08:00:05.250000+00:00";

let answer: LakeAnswer;
const ask = vi.fn(async () => answer);

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-30T08:01:00Z"), shouldAdvanceTime: false });
  vi.stubGlobal("EventSource", TestStream);
  TestStream.opened = [];
  ask.mockClear();
  answer = { topics: ["lake:customers", "lake:orders"], as_of: AS_OF, fresh_at: BEFORE, elapsed_ms: 400 };
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function shown() {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  const { result, unmount } = renderHook(
    () => {
      const query = useQuery({ queryKey: ["count"], queryFn: ask });
      useRenewal(query);
      return query;
    },
    { wrapper },
  );
  await passing(10);
  return { result, unmount, stream: () => TestStream.opened.at(-1) as TestStream };
}

/** The stream closes with the page. */
async function leave(unmount: () => void): Promise<void> {
  unmount();
  await passing(10);
}

async function told(stream: TestStream, topic: string, movedAt: string | null): Promise<void> {
  await act(async () => stream.tell(topic, { moved_at: movedAt }));
}

test("a count is asked again when what it looked at changed, and only then", async () => {
  const { unmount, stream } = await shown();
  expect(decodeURIComponent(stream().url)).toBe("/api/v1/events?topics=lake:customers,lake:orders");
  await told(stream(), "lake:orders", null);
  await told(stream(), "lake:customers", BEFORE);
  await passing(60_000);
  expect(ask).toHaveBeenCalledTimes(1);

  answer = { ...answer, fresh_at: LATER };
  await told(stream(), "lake:orders", LATER);
  await told(stream(), "lake:customers", LATER);
  await passing(10);
  expect(ask).toHaveBeenCalledTimes(2);
  // It knows now: the same news again is no news.
  await told(stream(), "lake:orders", LATER);
  await passing(60_000);
  expect(ask).toHaveBeenCalledTimes(2);
  await leave(unmount);
});

test("however fast the lake moves, an answer rests five times as long as it took", async () => {
  const { unmount, stream } = await shown();
  for (let second = 1; second <= 10; second += 1) {
    await told(stream(), "lake:orders", `2026-11-30T08:00:${String(10 + second)}Z`);
    await passing(1_000);
  }
  // At 2, 4, 6, 8 and 10 seconds, besides the first.
  expect(ask.mock.calls.length).toBeGreaterThanOrEqual(5);
  expect(ask.mock.calls.length).toBeLessThanOrEqual(6);
  await leave(unmount);
});

test("a question that fails is not asked again at once", async () => {
  const { unmount, stream } = await shown();
  ask.mockRejectedValueOnce(new Error("the lake is away"));
  await told(stream(), "lake:orders", LATER);
  await passing(3_000);
  expect(ask).toHaveBeenCalledTimes(2);
  await passing(10_000);
  expect(ask).toHaveBeenCalledTimes(2);
  await passing(5_000);
  expect(ask.mock.calls.length).toBeGreaterThanOrEqual(3);
  await leave(unmount);
});

test("at midnight a count is asked again though nothing moved, and once only", async () => {
  answer = { ...answer, topics: ["lake:orders", "day"] };
  const { unmount, stream } = await shown();
  await told(stream(), "day", "2026-11-29T16:00:00Z");
  await passing(60_000);
  expect(ask).toHaveBeenCalledTimes(1);

  // Asked again it is of the new day; the lake has seen nothing since.
  answer = { ...answer, as_of: "2026-11-30T16:00:01Z" };
  await told(stream(), "day", "2026-11-30T16:00:00Z");
  await passing(10);
  expect(ask).toHaveBeenCalledTimes(2);
  await told(stream(), "day", "2026-11-30T16:00:00Z");
  await passing(60_000);
  expect(ask).toHaveBeenCalledTimes(2);
  await leave(unmount);
});
