import { describe, expect, it } from "vitest";
import { clockOf, minuteOf, times } from "./words";

describe("a window of the clock", () => {
  it("is told as a clock shows it, and read back", () => {
    expect([0, 5, 840, 1_439].map(clockOf)).toEqual(["00:00", "00:05", "14:00", "23:59"]);
    expect(["00:00", "00:05", "14:00", "23:59"].map(minuteOf)).toEqual([0, 5, 840, 1_439]);
  });
});

describe("a factor", () => {
  it("is told without trailing zeros", () => {
    expect([10_000, 15_000, 12_345, 0].map(times)).toEqual(["1", "1.5", "1.2345", "0"]);
  });
});
