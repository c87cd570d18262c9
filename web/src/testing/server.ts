import { afterEach, vi } from "vitest";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly headers: Headers;
}

export type Reply = { readonly status?: number; readonly body?: unknown } | undefined;

/**
 * Stands in for the server at the edge of the page: `answer` is asked for every request and everything asked is kept.
 * A request it has no answer for is a 404, as the server says of what it does not know.
 */
export function fakeServer(answer: (call: Call) => Reply): { calls: Call[] } {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const request =
      input instanceof Request ? input : new Request(new URL(String(input), window.location.origin), init);
    const url = new URL(request.url);
    const text = await request.text();
    const call: Call = {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      body: text === "" ? undefined : JSON.parse(text),
      headers: request.headers,
    };
    calls.push(call);
    const { status = 200, body = {} } = answer(call) ?? {
      status: 404,
      body: { code: "not_found", title: "No", status: 404 },
    };
    return new Response(status === 204 ? null : JSON.stringify(body), {
      status,
      headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json" },
    });
  });
  return { calls };
}

afterEach(() => {
  vi.unstubAllGlobals();
});
