import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useAutosave } from "./useAutosave";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A store that answers when the test says so. */
function store() {
  const written: string[] = [];
  const answers: { resolve: () => void; reject: (reason: Error) => void }[] = [];
  const write = (value: string) => {
    written.push(value);
    return new Promise<void>((resolve, reject) => answers.push({ resolve, reject }));
  };
  return { written, answers, write };
}

const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

test("what is typed is written once, after a rest", async () => {
  const { written, answers, write } = store();
  const { result, rerender } = renderHook(({ value }) => useAutosave(value, true, write), {
    initialProps: { value: "" },
  });
  rerender({ value: "a" });
  await pass(400);
  rerender({ value: "ab" });
  await pass(400);
  expect(written).toEqual([]);
  expect(result.current).toBe("waiting");
  await pass(200);
  expect(written).toEqual(["ab"]);
  expect(result.current).toBe("saving");
  answers[0]?.resolve();
  await pass(0);
  expect(result.current).toBe("saved");
});

test("a change during a write is written after it, never beside it", async () => {
  const { written, answers, write } = store();
  const { result, rerender } = renderHook(({ value }) => useAutosave(value, true, write), {
    initialProps: { value: "" },
  });
  rerender({ value: "a" });
  await pass(600);
  rerender({ value: "ab" });
  await pass(2_000);
  expect(written).toEqual(["a"]);
  answers[0]?.resolve();
  await pass(0);
  await pass(600);
  expect(written).toEqual(["a", "ab"]);
  answers[1]?.resolve();
  await pass(0);
  expect(result.current).toBe("saved");
});

test("a write that fails is tried again by itself", async () => {
  const { written, answers, write } = store();
  const { result, rerender } = renderHook(({ value }) => useAutosave(value, true, write), {
    initialProps: { value: "" },
  });
  rerender({ value: "a" });
  await pass(600);
  answers[0]?.reject(new Error("gone"));
  await pass(0);
  expect(result.current).toBe("failed");
  await pass(5_000);
  await pass(600);
  expect(written).toEqual(["a", "a"]);
  answers[1]?.resolve();
  await pass(0);
  expect(result.current).toBe("saved");
});

test("nothing is written before it can be stored, nor when nothing changed", async () => {
  const { written, write } = store();
  const { rerender } = renderHook(({ value, ready }) => useAutosave(value, ready, write), {
    initialProps: { value: "", ready: true },
  });
  await pass(2_000);
  rerender({ value: "a", ready: false });
  await pass(2_000);
  expect(written).toEqual([]);
});

test("what one begins with is written too, where it is not stored yet", async () => {
  const { written, write } = store();
  const { result } = renderHook(() => useAutosave("begun", true, write, true));
  expect(result.current).toBe("waiting");
  await pass(600);
  expect(written).toEqual(["begun"]);
});
