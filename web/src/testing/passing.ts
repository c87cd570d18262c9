import { act } from "@testing-library/react";
import { vi } from "vitest";

/** Lets so much of a faked clock pass, with all that comes of it. */
export async function passing(milliseconds: number): Promise<void> {
  await act(async () => {
    await vi.advanceTimersByTimeAsync(milliseconds);
  });
}
