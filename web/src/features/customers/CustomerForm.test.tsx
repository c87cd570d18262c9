import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { showOnly } from "@/testing/screen";
import { fakeServer } from "@/testing/server";
import { CustomerForm } from "./CustomerForm";
import type { OwnField } from "./own/api";

const SKIN: OwnField = {
  id: 1,
  key: "skin",
  name: "皮肤类型",
  description: "",
  type: "text",
  target: null,
  currency: null,
  options: [],
  required: false,
  unique: false,
  default: "未测",
  filter_ops: ["eq"],
  sortable: true,
  archived_at: null,
  customers: 0,
};

test("a new customer is asked for once the own fields are known, so that their defaults are kept", async () => {
  const server = fakeServer(({ method, path }) => {
    if (path === "/api/v1/customer-fields") return { body: [SKIN] };
    if (path === "/api/v1/customers" && method === "POST") return { status: 201, body: { id: 9 } };
    return { body: { items: [] } };
  });
  const answer = globalThis.fetch;
  let tell = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.url.includes("customer-fields")) await told;
    return answer(request);
  });
  await showOnly(<CustomerForm onClose={() => {}} onSaved={() => {}} />);
  expect(await screen.findByRole("button", { name: "新增" })).toBeDisabled();
  expect(screen.queryByLabelText("姓名")).toBeNull();

  await act(async () => tell());
  await userEvent.type(await screen.findByLabelText("姓名"), "顾太太");
  await userEvent.click(screen.getByRole("button", { name: "新增" }));
  await vi.waitFor(() =>
    expect(server.calls.find(({ method }) => method === "POST")?.body).toEqual({
      name: "顾太太",
      fields: { skin: "未测" },
    }),
  );
});
