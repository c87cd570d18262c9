import { act, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { passing } from "@/testing/passing";
import { showOnly } from "@/testing/screen";
import { TestStream } from "@/testing/TestStream";
import { Freshness } from "./Freshness";

const fetch = vi.fn<typeof globalThis.fetch>();
const words = () => screen.getByRole("button").getAttribute("aria-label");
const NOW = new Date("2026-11-25T10:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  vi.stubGlobal("EventSource", TestStream);
  vi.stubGlobal("fetch", fetch);
  // The browser's own clock is not faked with the rest.
  vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
    const giving = new AbortController();
    setTimeout(() => giving.abort(new DOMException("", "TimeoutError")), milliseconds);
    return giving.signal;
  });
  TestStream.opened = [];
  fetch.mockReset();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function fresh(as_of = NOW.toISOString(), lag_seconds = 1) {
  return { as_of, lag_seconds };
}

function answers(status: number, body: unknown) {
  fetch.mockImplementation(async () => Response.json(body, { status }));
}

test("what the page shows is current only as long as news or answers get through", async () => {
  answers(200, fresh());
  const { unmount } = await showOnly(<Freshness />);
  await passing(50);
  const stream = TestStream.opened.at(-1) as TestStream;
  await act(async () => stream.tell("freshness", fresh()));
  expect(words()).toBe("数据是最新的");
  // The stream breaks off: while the server answers, that is enough.
  await act(async () => stream.onerror?.());
  await passing(25_000);
  expect(words()).toBe("数据是最新的");
  for (const lost of ["refused", "broken", "silent"]) {
    if (lost === "refused") fetch.mockRejectedValue(new TypeError("Failed to fetch"));
    if (lost === "broken") answers(502, {});
    if (lost === "silent") fetch.mockImplementation(nobodyAnswers);
    await passing(25_000);
    expect([lost, words()]).toEqual([lost, "连接中断，正在重连"]);
    answers(200, fresh());
    await passing(25_000);
    expect([lost, words()]).toEqual([lost, "数据是最新的"]);
  }
  fetch.mockRejectedValue(new TypeError("Failed to fetch"));
  await passing(15_000);
  expect(words()).toBe("连接中断，正在重连");
  // News by a new stream are an answer, too.
  await act(async () =>
    (TestStream.opened.at(-1) as TestStream).tell("freshness", fresh("2026-11-25T09:00:00Z", 3_600)),
  );
  expect(words()).toMatch(/^数据停在 /);
  unmount();
  await passing(10);
});

/** A connection that died without a word: nothing comes until the asker gives up. */
function nobodyAnswers(request: Parameters<typeof globalThis.fetch>[0]): Promise<Response> {
  return new Promise((_, refuse) => {
    const { signal } = request as Request;
    signal.addEventListener("abort", () => refuse(signal.reason));
  });
}
