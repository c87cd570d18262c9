import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { show } from "@/testing/screen";
import { fakeServer } from "@/testing/server";
import type { ImportCheck, ImportFile } from "./api";
import { ImportPage } from "./ImportPage";

const QUESTIONS: ImportFile["questions"] = {
  source: { key: "till", name: "收银", channel: "pos" },
  currency: "GBP",
  timezone: "Europe/London",
  duplicate_lines: "keep",
  cancellation_prefix: "C",
  date_order: "auto",
  decimal: ".",
  phone_region: "CN",
  status_words: {},
  paid_for: "order",
};

const field = (key: string, required = false) => ({
  key,
  required,
  label: null,
  label_code: `import.field.${key}`,
  kinds: ["orders" as const],
});
const column = (name: string, ...sample: string[]) => ({ name, sample, type: "text" as const });

const PROPOSED: ImportFile = {
  id: 3,
  kind: "orders",
  origin: "screen",
  mapping: null,
  preset: null,
  filename: "收银.csv",
  bytes: 11_600,
  state: "proposed",
  job_id: null,
  created_at: "2026-11-22T04:00:00Z",
  finished_at: null,
  result: null,
  error: null,
  format: { type: "csv", compression: "none", encoding: "utf-8", delimiter: ",", has_header: true },
  columns: [
    column("InvoiceNo", "536365"),
    column("StockCode", "85123A"),
    column("When", "2010-12-01"),
    column("Price", "2.55"),
  ],
  mapping_proposed: {
    order_id: "InvoiceNo",
    sku: "StockCode",
    placed_at: null,
    unit_price: "Price",
    line_amount: null,
  },
  fields: [field("order_id", true), field("sku"), field("placed_at", true), field("unit_price"), field("line_amount")],
  questions: QUESTIONS,
  answers: null,
  check: null,
  fitting: [],
};

const CHECK: ImportCheck = {
  rows: 541_909,
  ok_rows: 540_571,
  refused_rows: 1_338,
  blank_rows: 0,
  dropped_rows: 0,
  date_order: "day_first",
  date_order_certain: false,
  reasons: [
    { code: "line.negative_quantity", params: { column: "Quantity", value: "-10" }, count: 1_336, example_row: 2_408 },
    { code: "text.missing", params: { column: "StockCode" }, count: 2, example_row: 9 },
  ],
  totals: { currency: "GBP", net_minor: 830_006_581, orders: 22_190, lines: 406_829 },
  preview: [{ row: 2, order_id: "536365", unit_price_micros: 2_550_000, quantity_milli: 6_000, net_minor: 1_530 }],
};

const CHECKED: ImportFile = { ...PROPOSED, state: "checked", answers: { ...QUESTIONS, mapping: {} }, check: CHECK };

/** A server that holds one import and moves it on when it is asked to. */
function serverWith(file: ImportFile) {
  let held = file;
  return fakeServer(({ method, path }) => {
    if (path === "/api/v1/imports/3") return { body: held };
    if (path === "/api/v1/sources") return { body: [] };
    if (method === "POST" && path === "/api/v1/imports/3/check") {
      held = { ...held, state: "checking", job_id: 9 };
      return { status: 202, body: { id: 9 } };
    }
    if (method === "POST" && path === "/api/v1/imports/3/start") {
      held = { ...held, state: "running", job_id: 10 };
      return { status: 202, body: { id: 10 } };
    }
    return undefined;
  });
}

const ROUTES = [
  { path: "/imports", element: <h1>所有导入</h1> },
  { path: "/imports/:id", element: <ImportPage /> },
];

async function choose(label: string, option: string) {
  const field = screen.getByRole("combobox", { name: label });
  await userEvent.click(field);
  const options = await screen.findAllByText(option);
  await userEvent.click(options.at(-1) as HTMLElement);
}

test("a file cannot be checked while a needed column has no meaning, and what is missing is named", async () => {
  serverWith(PROPOSED);
  await show(ROUTES, { at: "/imports/3" });
  expect(await screen.findByText("还缺：下单时间")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "检查文件" })).toBeDisabled();
});

test("saying what a column means lets the file be checked, with the answers given once", async () => {
  const server = serverWith(PROPOSED);
  await show(ROUTES, { at: "/imports/3" });
  await screen.findByText("还缺：下单时间");
  await choose("When", "下单时间 · 必需");
  await userEvent.click(screen.getByRole("button", { name: "检查文件" }));
  await screen.findByRole("heading", { name: "正在检查每一行" });
  expect(server.calls.find(({ path }) => path.endsWith("/check"))?.body).toEqual({
    ...QUESTIONS,
    mapping: { ...PROPOSED.mapping_proposed, placed_at: "When" },
  });
});

test("the check shows totals to the penny, counts each reason, and warns where dates could be read two ways", async () => {
  serverWith(CHECKED);
  await show(ROUTES, { at: "/imports/3" });
  expect(await screen.findByText("541,909 行中有 1,338 行不能导入")).toBeInTheDocument();
  expect(screen.getByText("£8,300,065.81")).toBeInTheDocument();
  expect(screen.getByText(/日期既可以读作/)).toBeInTheDocument();
  const reasons = within(screen.getByRole("table", { name: "不能导入的行" }));
  expect(reasons.getByText("数量是负数，但这一单不是退单")).toBeInTheDocument();
  expect(reasons.getByText("「StockCode」是空的")).toBeInTheDocument();
  expect(reasons.getByText("1,336")).toBeInTheDocument();
});

test("only the good rows are imported when she says so, once however often she clicks", async () => {
  const server = serverWith(CHECKED);
  await show(ROUTES, { at: "/imports/3" });
  await userEvent.dblClick(await screen.findByRole("button", { name: "导入 540,571 行" }));
  await screen.findByRole("heading", { name: "正在导入" });
  const starts = server.calls.filter(({ path }) => path.endsWith("/start"));
  expect(new Set(starts.map(({ headers }) => headers.get("Idempotency-Key"))).size).toBe(1);
  expect(starts[0]?.body).toEqual({ refused: "keep_good" });
});

test("refusing all imports nothing", async () => {
  const server = serverWith(CHECKED);
  const { router } = await show(ROUTES, { at: "/imports/3" });
  await userEvent.click(await screen.findByRole("radio", { name: /一行也不导入/ }));
  await userEvent.click(screen.getByRole("button", { name: "先不导入" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/imports"));
  expect(server.calls.some(({ path }) => path.endsWith("/start"))).toBe(false);
});

test("a failed import says in words why, and that nothing was written", async () => {
  serverWith({ ...PROPOSED, state: "failed", error: { code: "file.quote_never_closes", params: {} } });
  await show(ROUTES, { at: "/imports/3" });
  expect(await screen.findByRole("alert")).toHaveTextContent("文件里有一个引号没有闭合");
  expect(screen.getByRole("button", { name: "修改后重试" })).toBeInTheDocument();
});
