import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { passing, quiet } from "@/testing/passing";
import { TestStream } from "@/testing/TestStream";
import { useValues } from "./api";

let stands: { value: string; label: string; count: number }[];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", TestStream);
  TestStream.opened = [];
  stands = [];
  vi.stubGlobal(
    "fetch",
    async () => new Response(JSON.stringify(stands), { headers: { "Content-Type": "application/json" } }),
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a value that came while somebody looks for it is there soon after", async () => {
  const queries = new QueryClient();
  const { result, unmount } = renderHook(() => useValues("fields.taste", "", true), {
    wrapper: ({ children }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider>,
  });
  await passing(50);
  const stream = TestStream.opened.at(-1) as TestStream;
  await act(async () => stream.tell("lake:customers"));
  await passing(6_000);
  expect(result.current.data).toEqual([]);

  stands = [{ value: "o1", label: "浓茶", count: 1 }];
  // Nothing is asked on a clock.
  await quiet(stream, 1);
  expect(result.current.data).toEqual([]);
  await act(async () => stream.tell("lake:field_values"));
  await passing(6_000);
  expect(result.current.data).toEqual(stands);
  unmount();
  await passing(10);
});
