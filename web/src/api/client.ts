import createClient, { type Middleware } from "openapi-fetch";
import { CSRF_HEADER, csrfToken } from "./csrf";
import { problemFrom, unreachable } from "./problem";
import type { paths } from "./schema";

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

const csrf: Middleware = {
  onRequest({ request }) {
    if (!READS.has(request.method)) request.headers.set(CSRF_HEADER, csrfToken());
    return request;
  },
};

/** The server's API, typed by its own OpenAPI description (`npm run generate`). */
export const client = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  // Looked up at each call, so that tests can answer in the network's place.
  fetch: (request) => globalThis.fetch(request),
});
client.use(csrf);

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** What the server answered, or a `Problem` thrown. An aborted call stays an abort. */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
    throw unreachable();
  });
  if (!response.ok) throw problemFrom(response, error);
  return data as T;
}

/** A fresh key for one action of one person: sent again with the same action, it has its effect once. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
