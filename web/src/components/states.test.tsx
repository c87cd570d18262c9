import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test, vi } from "vitest";
import { asProblem, Problem, problemFrom } from "@/api/problem";
import { showOnly } from "@/testing/screen";
import { kindOf } from "./problems";
import { Refused } from "./Refused";
import { ErrorState } from "./states";

describe("what a failed call becomes", () => {
  test("a problem document keeps its code, parameters and refused fields", () => {
    const problem = problemFrom(
      { status: 422, headers: new Headers({ "X-Request-Id": "r-17" }) },
      {
        code: "import.mapping_invalid",
        title: "The mapping does not fit the file",
        detail: "two columns",
        params: { state: "proposed" },
        errors: [{ where: "mapping.sku", code: "mapping.required", params: {} }],
      },
    );
    expect(problem).toMatchObject({
      status: 422,
      code: "import.mapping_invalid",
      params: { state: "proposed" },
      reference: "r-17",
      isPassing: false,
      fields: [{ where: "mapping.sku", code: "mapping.required", params: {} }],
    });
  });

  test("an answer that is no problem document is still a problem", () => {
    expect(problemFrom({ status: 502, headers: new Headers() }, "<html>")).toMatchObject({
      code: "http_502",
      fields: [],
      isPassing: true,
    });
  });

  test("no answer, and a fault of the page, are told apart", () => {
    expect(asProblem(new TypeError("Failed to fetch")).code).toBe("unreachable");
    expect(asProblem(new RangeError("x")).code).toBe("page_fault");
  });

  test.each([
    [0, "unreachable"],
    [401, "signed_out"],
    [403, "forbidden"],
    [404, "missing"],
    [409, "conflict"],
    [413, "refused"],
    [422, "refused"],
    [429, "busy"],
    [503, "broken"],
    [418, "other"],
  ])("status %d is of the kind %s", (status, kind) => {
    expect(kindOf(new Problem({ status, code: "x", title: "x" }))).toBe(kind);
  });
});

describe("what she reads", () => {
  const lastOwner = new Problem({ status: 409, code: "user.last_owner", title: "The last active owner …" });

  test("a known code in her own language: what failed, and what to do", async () => {
    await showOnly(<ErrorState error={lastOwner} />);
    expect(screen.getByRole("heading", { name: "至少要有一位负责人" })).toBeInTheDocument();
    expect(screen.getByText(/请先让另一位成员成为负责人/)).toBeInTheDocument();
    expect(screen.getByText(/user\.last_owner/)).toBeInTheDocument();
  });

  test("the same in English", async () => {
    await showOnly(<ErrorState error={lastOwner} />, { language: "en" });
    expect(screen.getByRole("heading", { name: "There must be at least one owner" })).toBeInTheDocument();
  });

  test("an unknown code by its kind, never the server's English on a Chinese page", async () => {
    const unknown = new Problem({ status: 409, code: "tea.too_hot", title: "Too hot", detail: "Wait for it to cool" });
    await showOnly(<ErrorState error={unknown} />);
    expect(screen.getByRole("heading", { name: "当前状态不允许这样做" })).toBeInTheDocument();
    expect(screen.queryByText(/Too hot|cool/)).not.toBeInTheDocument();
  });

  test("a way to try again where that can help", async () => {
    const again = vi.fn();
    await showOnly(<ErrorState error={new TypeError("Failed to fetch")} onRetry={again} />);
    await userEvent.click(screen.getByRole("button", { name: /再试一次/ }));
    expect(again).toHaveBeenCalledOnce();
  });

  test("a refusal of permission says who can give it", async () => {
    await showOnly(<ErrorState error={new Problem({ status: 403, code: "forbidden", title: "No" })} />);
    expect(screen.getByText(/请联系本店的负责人/)).toBeInTheDocument();
  });

  test("refused fields line by line, above the form", async () => {
    const refused = new Problem({
      status: 422,
      code: "invalid",
      title: "x",
      fields: [{ where: "name", code: "string_too_long", params: {} }],
    });
    await showOnly(<Refused error={refused} />);
    expect(screen.getByRole("alert")).toHaveTextContent("name：太长了");
  });
});
