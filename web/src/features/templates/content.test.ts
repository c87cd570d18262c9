import { describe, expect, test } from "vitest";
import { EMPTY_CONTENT, filledContents, insertVariable, partsNaming, placeOfFault, writtenContents } from "./content";

test("a variable goes where the caret is, and over what is selected", () => {
  expect(insertVariable("你好，", "customer.name", 3, 3)).toEqual({ text: "你好，{{ customer.name }}", caret: 22 });
  expect(insertVariable("Dear NAME,", "customer.name", 5, 9)).toEqual({ text: "Dear {{ customer.name }},", caret: 24 });
});

test("a language nobody wrote in is not sent", () => {
  const contents = filledContents({ "zh-CN": { ...EMPTY_CONTENT, subject: "你好", body: "正文" } });
  expect(Object.keys(contents)).toEqual(["zh-CN", "en"]);
  expect(Object.keys(writtenContents(contents))).toEqual(["zh-CN"]);
});

describe("a missing variable", () => {
  const content = {
    ...EMPTY_CONTENT,
    subject: "{{ customer.first_name | default: '朋友' }}，{{ coupon.code }}",
    body: "{{customer.first_name}}：{{- coupon.code | upcase }}",
    heading: "customer.first_name",
  };

  test("is found in every part that names it", () => {
    expect(partsNaming(content, "coupon.code")).toEqual(["subject", "body"]);
  });

  test("is no matter where a fallback stands, nor in plain words", () => {
    expect(partsNaming(content, "customer.first_name")).toEqual(["body"]);
  });

  test("is not confused with a longer name", () => {
    expect(partsNaming({ ...EMPTY_CONTENT, body: "{{ customer.name_pinyin }}" }, "customer.name")).toEqual([]);
  });
});

test.each([
  ["contents.zh-CN.subject", { language: "zh-CN", part: "subject" }],
  ["body.contents.en.button_url", { language: "en", part: "button_url" }],
  ["contents.en", null],
  ["name", null],
])("the fault at %s is shown at its field", (where, place) => {
  expect(placeOfFault(where)).toEqual(place);
});
