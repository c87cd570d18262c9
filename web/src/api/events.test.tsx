import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { passing, quiet } from "@/testing/passing";
import { TestStream } from "@/testing/TestStream";
import { useFollowed } from "./events";

const ask = vi.fn(async () => 1);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", TestStream);
  TestStream.opened = [];
  ask.mockClear();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function shown(topics: readonly string[]) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  const key = ["deliveries", 3];
  return renderHook(() => useQuery({ queryKey: key, queryFn: ask, refetchInterval: useFollowed(key, topics) }), {
    wrapper,
  });
}

test("what is followed is asked again on news, once a second at most, and never on a clock", async () => {
  const { unmount } = shown(["webhook:3"]);
  await passing(10);
  const stream = TestStream.opened.at(-1) as TestStream;
  expect(decodeURIComponent(stream.url)).toBe("/api/v1/events?topics=webhook:3");
  await act(async () => stream.tell("webhook:3"));
  await passing(1_100);
  const before = ask.mock.calls.length;
  for (let news = 0; news < 20; news += 1) {
    await act(async () => stream.tell("webhook:3"));
    await passing(100);
  }
  await passing(1_000);
  // Over two seconds: at once, after one, after two, and once more.
  expect(ask.mock.calls.length - before).toBeGreaterThanOrEqual(2);
  expect(ask.mock.calls.length - before).toBeLessThanOrEqual(4);
  const after = ask.mock.calls.length;
  await quiet(stream, 10);
  expect(ask).toHaveBeenCalledTimes(after);
  unmount();
  await passing(10);
});

test("where no news get through a clock stands in, until they do", async () => {
  const { unmount } = shown(["mailbox"]);
  await passing(35_000);
  expect(ask).toHaveBeenCalledTimes(4);
  const stream = TestStream.opened.at(-1) as TestStream;
  // A stream that comes back begins with how things stand, which is looked at.
  await act(async () => stream.tell("mailbox"));
  await quiet(stream, 1);
  expect(ask).toHaveBeenCalledTimes(5);
  // It breaks off: the browser connects anew by itself, and meanwhile the clock runs.
  await act(async () => stream.onerror?.());
  await passing(25_000);
  expect(ask).toHaveBeenCalledTimes(7);
  unmount();
  await passing(10);
});

test("a stream that died without a word is opened anew, and the clock stands in meanwhile", async () => {
  const { unmount } = shown(["mailbox"]);
  await passing(10);
  const first = TestStream.opened.at(-1) as TestStream;
  await act(async () => first.tell("mailbox"));
  await quiet(first, 60);
  expect(TestStream.opened.at(-1)).toBe(first);
  const before = ask.mock.calls.length;
  await passing(39_000);
  expect(ask).toHaveBeenCalledTimes(before);
  await passing(12_000);
  const second = TestStream.opened.at(-1) as TestStream;
  expect([first.readyState, second === first]).toEqual([TestStream.CLOSED, false]);
  expect(ask).toHaveBeenCalledTimes(before + 1);
  // One that never says anything is not waited for either; what comes back begins with how things stand.
  await passing(40_000);
  const third = TestStream.opened.at(-1) as TestStream;
  expect([second.readyState, third === second]).toEqual([TestStream.CLOSED, false]);
  const unheard = ask.mock.calls.length;
  await act(async () => third.tell("mailbox"));
  await passing(30_000);
  expect(ask).toHaveBeenCalledTimes(unheard + 1);
  unmount();
  await passing(60_000);
  expect(TestStream.opened.at(-1)).toBe(third);
});
