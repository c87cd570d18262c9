import { act } from "@testing-library/react";
import { vi } from "vitest";
import type { TestStream } from "./TestStream";

/** Lets so much of a faked clock pass, with all that comes of it. */
export async function passing(milliseconds: number): Promise<void> {
  await act(async () => {
    await vi.advanceTimersByTimeAsync(milliseconds);
  });
}

/** So many minutes in which the server says that the stream holds, and nothing else. */
export async function quiet(stream: TestStream, minutes: number): Promise<void> {
  for (let quarter = 0; quarter < minutes * 4; quarter += 1) {
    await passing(15_000);
    await act(async () => stream.tell("alive"));
  }
}
