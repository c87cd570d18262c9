import { expect, test } from "vitest";
import { csvOf } from "./csv";

test("a cell that a spreadsheet would run is made text, numbers stay numbers", () => {
  const rows = [
    ["名字", "金额"],
    ['=HYPERLINK("http://x")', -5],
    ["+86 138", 1],
    ['说"好"，再,见', null],
  ];
  expect(csvOf(rows)).toBe(
    ["名字,金额", `"'=HYPERLINK(""http://x"")",-5`, "'+86 138,1", '"说""好""，再,见",'].join("\r\n"),
  );
});
