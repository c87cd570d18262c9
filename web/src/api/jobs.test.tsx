import { QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { TestStream } from "@/testing/TestStream";
import { useJob } from "./jobs";
import { makeQueryClient } from "./query";

const RUNNING = { id: 5, kind: "customers.export", state: "running", done: 0, total: 2, result: {} };
const ENDED = { ...RUNNING, state: "succeeded", done: 2, result: { rows: 2 } };

afterEach(() => {
  vi.unstubAllGlobals();
  TestStream.opened = [];
});

test("a job that ends while its first answer is on the way is seen to have ended", async () => {
  const arrivals: ((job: unknown) => void)[] = [];
  vi.stubGlobal("EventSource", TestStream);
  vi.stubGlobal(
    "fetch",
    () =>
      new Promise<Response>((resolve) => {
        arrivals.push((job) =>
          resolve(new Response(JSON.stringify(job), { headers: { "Content-Type": "application/json" } })),
        );
      }),
  );
  const queries = makeQueryClient(() => {});
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  const { result, unmount } = renderHook(() => useJob(5), { wrapper });
  await waitFor(() => expect(TestStream.opened).toHaveLength(1));
  // Read while it ran, told of while that answer is still on the way, and never told of again.
  await act(async () => TestStream.opened[0]?.tell("job:5", { state: "succeeded" }));
  await act(async () => TestStream.opened[0]?.tell("job:5", { state: "succeeded" }));
  expect(arrivals).toHaveLength(1);
  await act(async () => arrivals[0]?.(RUNNING));
  await waitFor(() => expect(arrivals).toHaveLength(2));
  await act(async () => arrivals[1]?.(ENDED));
  await waitFor(() => expect(result.current.data).toEqual(ENDED));
  unmount();
  await waitFor(() => expect(TestStream.opened.at(-1)?.readyState).toBe(TestStream.CLOSED));
});
