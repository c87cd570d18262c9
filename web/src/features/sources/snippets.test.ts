import { expect, test } from "vitest";
import { snippetsFor } from "./snippets";

test("every snippet names this server and this key", () => {
  const snippets = snippetsFor("https://crm.example.com:8443", "wk123");
  expect(snippets.map(({ key }) => key)).toEqual(["web", "node", "python", "http"]);
  for (const { code } of snippets) {
    expect(code).toContain("crm.example.com:8443");
    expect(code).toContain("wk123");
  }
  expect(snippets[0]?.code).toContain('protocol: "https"');
});
