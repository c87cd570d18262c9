import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { showOnly } from "@/testing/screen";
import { JobProgress, percentDone, secondsLeft } from "./JobProgress";

const RUNNING = { state: "running", done: 250, total: 1000, started_at: null, cancel_requested: false } as const;

test("a running job says how far it is and can be cancelled", async () => {
  const cancel = vi.fn();
  await showOnly(<JobProgress job={RUNNING} title="导入「订单.csv」" phase="正在写入" onCancel={cancel} />);
  expect(screen.getByText("正在写入")).toBeInTheDocument();
  expect(screen.getByText("250 / 1,000")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "取消" }));
  expect(cancel).toHaveBeenCalledOnce();
});

test("while it stops it cannot be cancelled twice", async () => {
  await showOnly(<JobProgress job={{ ...RUNNING, cancel_requested: true }} title="x" onCancel={() => {}} />);
  expect(screen.getByRole("button", { name: "正在取消…" })).toBeDisabled();
});

test("the time left is that of the pace so far, and is not told too early", () => {
  const now = new Date("2026-11-22T10:01:00Z");
  const job = { ...RUNNING, started_at: "2026-11-22T10:00:00Z" };
  expect(secondsLeft(job, now)).toBe(180);
  expect(secondsLeft({ ...job, started_at: "2026-11-22T10:00:58Z" }, now)).toBeNull();
  expect(secondsLeft({ ...job, done: 0 }, now)).toBeNull();
  expect(secondsLeft({ ...job, total: null }, now)).toBeNull();
});

test("the bar never says more than all, nor 100 before the end", () => {
  expect(percentDone({ done: 999, total: 1000 })).toBe(99);
  expect(percentDone({ done: 1200, total: 1000 })).toBe(100);
  expect(percentDone({ done: 5, total: null })).toBe(0);
});
