import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Rule } from "@/api/rule";
import { useDebounced } from "@/components/useDebounced";
import { useCount } from "./api";

/** The network: every call waits until the test lets it be answered. */
let calls: { body: string; signal: AbortSignal; answer: (count: number) => void }[];

beforeEach(() => {
  calls = [];
  vi.stubGlobal("fetch", (request: Request) => {
    return new Promise<Response>((resolve, reject) => {
      request.signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      void request
        .clone()
        .text()
        .then((body) => {
          calls.push({
            body,
            signal: request.signal,
            answer: (count) =>
              resolve(
                new Response(
                  JSON.stringify({ count, total: 100, branches: [], as_of: null, fresh_at: null, elapsed_ms: 1 }),
                  {
                    headers: { "Content-Type": "application/json" },
                  },
                ),
              ),
          });
        });
    });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function ruleOf(city: string): Rule {
  return { version: 1, as_of: null, root: { field: "city", op: "eq", value: city } };
}

function counting(first: string) {
  const queries = new QueryClient();
  return renderHook(({ city }) => useCount(ruleOf(city)), {
    initialProps: { city: first },
    wrapper: ({ children }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider>,
  });
}

test("the answer to an older rule is dropped, and its call ended", async () => {
  const { result, rerender } = counting("上海");
  await waitFor(() => expect(calls).toHaveLength(1));
  rerender({ city: "杭州" });
  await waitFor(() => expect(calls).toHaveLength(2));
  expect(calls[0]?.signal.aborted).toBe(true);
  calls[0]?.answer(11);
  calls[1]?.answer(22);
  await waitFor(() => expect(result.current.data?.count).toBe(22));
});

test("the last count stays, marked as old, until the next one is there", async () => {
  const { result, rerender } = counting("上海");
  await waitFor(() => expect(calls).toHaveLength(1));
  calls[0]?.answer(11);
  await waitFor(() => expect(result.current.data?.count).toBe(11));
  rerender({ city: "杭州" });
  expect(result.current.data?.count).toBe(11);
  expect(result.current.isPlaceholderData).toBe(true);
  await waitFor(() => expect(calls).toHaveLength(2));
  calls[1]?.answer(22);
  await waitFor(() => expect(result.current.isPlaceholderData).toBe(false));
  expect(result.current.data?.count).toBe(22);
});

test("what is typed is asked once it has rested", () => {
  vi.useFakeTimers();
  const { result, rerender } = renderHook(({ value }) => useDebounced(value, 250), { initialProps: { value: "a" } });
  rerender({ value: "ab" });
  act(() => void vi.advanceTimersByTime(200));
  rerender({ value: "abc" });
  act(() => void vi.advanceTimersByTime(200));
  expect(result.current).toBe("a");
  act(() => void vi.advanceTimersByTime(50));
  expect(result.current).toBe("abc");
});
