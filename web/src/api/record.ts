/** Whether something that came from elsewhere is an object with members: neither nothing, nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
