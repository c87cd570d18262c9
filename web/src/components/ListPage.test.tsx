import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { show } from "@/testing/screen";
import { textField, useAddress } from "./address";
import type { Column } from "./DataTable";
import { typedFilter } from "./filters";
import { ListPage, type ListQuery, listFields } from "./ListPage";
import { EmptyState } from "./states";

interface Tea {
  readonly id: number;
  readonly name: string;
  readonly price: number;
}

const TEAS: Tea[] = [
  { id: 1, name: "龙井", price: 68 },
  { id: 2, name: "毛尖", price: 52 },
  { id: 3, name: "普洱", price: 90 },
];

const FIELDS = listFields("-price", { city: textField() });

const COLUMNS: Column<Tea>[] = [
  { key: "name", title: "茶", identity: true, sort: "name", cell: (tea) => tea.name },
  { key: "price", title: "价", align: "end", sort: "price", onCard: true, cell: (tea) => tea.price },
  { key: "origin", title: "产地", hidden: true, cell: () => "杭州" },
];

let query: ListQuery<Tea>;
let tagged: unknown[];

beforeEach(() => {
  tagged = [];
  query = {
    data: { items: TEAS, next_cursor: "page-2", total: 120 },
    error: null,
    isPlaceholderData: false,
    refetch: vi.fn(),
  };
});

function Teas() {
  const address = useAddress(FIELDS);
  return (
    <ListPage
      id="teas"
      title="茶单"
      address={address}
      query={query}
      columns={COLUMNS}
      rowKey={(tea) => tea.id}
      rowName={(tea) => tea.name}
      rowHref={(tea) => `/teas/${tea.id}`}
      searchPlaceholder="找茶"
      countWords={(total) => `共 ${total} 种`}
      filters={[
        typedFilter({
          key: "city",
          label: "城市",
          value: address.values.city,
          onChange: (city) => address.change({ city, cursor: "" }),
        }),
      ]}
      bulk={(selected) => (
        <button type="button" onClick={() => tagged.push(...selected)}>
          打标签
        </button>
      )}
      preview={(tea) => <p>{`${tea.name}的样子`}</p>}
      empty={<EmptyState title="还没有茶" purpose="先进一批货" />}
    />
  );
}

const ROUTES = [
  { path: "/teas", element: <Teas /> },
  { path: "/teas/:id", element: <h1>一种茶</h1> },
];

test("what is typed into the search stands in the address after a rest, and page two is left", async () => {
  const { router } = await show(ROUTES, { at: "/teas?cursor=page-2" });
  await userEvent.type(screen.getByPlaceholderText("找茶"), "龙井");
  await vi.waitFor(() => expect(router.state.location.search).toBe(`?q=${encodeURIComponent("龙井")}`));
});

test("a slash goes to the search, and not while typing elsewhere", async () => {
  await show(ROUTES, { at: "/teas" });
  await userEvent.keyboard("/");
  expect(screen.getByPlaceholderText("找茶")).toHaveFocus();
});

test("a click on a column sorts by it, largest first for figures, and a second one turns it round", async () => {
  const { router } = await show(ROUTES, { at: "/teas?sort=name" });
  await userEvent.click(screen.getByRole("button", { name: "价" }));
  expect(router.state.location.search).toBe("");
  expect(screen.getByRole("columnheader", { name: "价" })).toHaveAttribute("aria-sort", "descending");
  await userEvent.click(screen.getByRole("button", { name: "价" }));
  expect(router.state.location.search).toBe("?sort=price");
});

test("the next page goes by the server's cursor, back by the pages walked, and the count stays known", async () => {
  const { router } = await show(ROUTES, { at: "/teas" });
  expect(screen.getByText("共 120 种")).toBeInTheDocument();
  query = { ...query, data: { items: TEAS, next_cursor: null, total: null } };
  await userEvent.click(screen.getByRole("button", { name: "下一页" }));
  expect(router.state.location.search).toBe("?cursor=page-2");
  expect(screen.getByText("共 120 种")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "下一页" })).toBeDisabled();
  await userEvent.click(screen.getByRole("button", { name: "上一页" }));
  expect(router.state.location.search).toBe("");
});

test("a page reached by a link offers the way to the first one", async () => {
  const { router } = await show(ROUTES, { at: "/teas?cursor=page-7" });
  await userEvent.click(screen.getByRole("button", { name: /回到首页/ }));
  expect(router.state.location.search).toBe("");
});

test("j and k move, Enter opens", async () => {
  const { router } = await show(ROUTES, { at: "/teas" });
  await userEvent.keyboard("jjk{Enter}");
  expect(router.state.location.pathname).toBe("/teas/1");
});

test("space shows the row beside the list, and Esc puts it away", async () => {
  await show(ROUTES, { at: "/teas" });
  await userEvent.keyboard("jj ");
  expect(await screen.findByText("毛尖的样子")).toBeInTheDocument();
});

test("the bulk bar acts on what is selected, and goes when the selection goes", async () => {
  await show(ROUTES, { at: "/teas" });
  await userEvent.click(screen.getByRole("checkbox", { name: "选择 龙井" }));
  await userEvent.keyboard("jjx");
  const bar = screen.getByRole("region", { name: "批量操作" });
  expect(within(bar).getByText("已选 2 项")).toBeInTheDocument();
  await userEvent.click(within(bar).getByRole("button", { name: "打标签" }));
  expect(tagged).toEqual([1, 2]);
  await userEvent.click(within(bar).getByRole("button", { name: "取消选择" }));
  expect(screen.queryByRole("region", { name: "批量操作" })).not.toBeInTheDocument();
});

test("a chosen column is shown, and is remembered by this browser", async () => {
  const first = await show(ROUTES, { at: "/teas" });
  expect(screen.queryByRole("columnheader", { name: "产地" })).not.toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "显示哪些列" }));
  await userEvent.click(await screen.findByRole("checkbox", { name: "产地" }));
  expect(screen.getByRole("columnheader", { name: "产地" })).toBeInTheDocument();
  first.unmount();
  await show(ROUTES, { at: "/teas" });
  expect(screen.getByRole("columnheader", { name: "产地" })).toBeInTheDocument();
});

test("nothing found names each condition to relax, and drops it on a click", async () => {
  query = { ...query, data: { items: [], next_cursor: null, total: 0 } };
  const { router } = await show(ROUTES, { at: "/teas?q=%E5%92%96%E5%95%A1&city=%E4%B8%8A%E6%B5%B7" });
  expect(screen.getByRole("heading", { name: "没有符合条件的结果" })).toBeInTheDocument();
  await userEvent.click(screen.getByText("去掉城市"));
  expect(new URLSearchParams(router.state.location.search).get("city")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "清除全部条件" }));
  expect(router.state.location.search).toBe("");
});

test("a list with nothing at all teaches instead of showing an empty table", async () => {
  query = { ...query, data: { items: [], next_cursor: null, total: 0 } };
  await show(ROUTES, { at: "/teas" });
  expect(screen.getByRole("heading", { name: "还没有茶" })).toBeInTheDocument();
  expect(screen.queryByRole("table")).not.toBeInTheDocument();
});

test("while the first page is on its way bones of the true shape stand in", async () => {
  query = { ...query, data: undefined };
  await show(ROUTES, { at: "/teas" });
  const table = screen.getByRole("table");
  expect(table).toHaveAttribute("aria-busy", "true");
  expect(within(table).getAllByRole("columnheader")).toHaveLength(3);
  expect(within(table).getAllByRole("row").length).toBeGreaterThan(5);
});

test("on a phone rows are cards with their name and facts", async () => {
  vi.stubGlobal("matchMedia", (media: string) => ({
    matches: media.includes("max-width: 767px"),
    media,
    addEventListener: () => {},
    removeEventListener: () => {},
    addListener: () => {},
    removeListener: () => {},
  }));
  await show(ROUTES, { at: "/teas" });
  expect(screen.queryByRole("table")).not.toBeInTheDocument();
  const cards = within(screen.getByRole("list", { name: "茶单" })).getAllByRole("listitem");
  expect(cards).toHaveLength(3);
  expect(within(cards[0] as HTMLElement).getByRole("link", { name: "龙井" })).toHaveAttribute("href", "/teas/1");
  expect(within(cards[0] as HTMLElement).getByText("68")).toBeInTheDocument();
  vi.unstubAllGlobals();
});
