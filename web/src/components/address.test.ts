import { describe, expect, test } from "vitest";
import { choiceField, flagField, listField, readFields, textField, writeFields } from "./address";

const FIELDS = {
  q: textField(),
  sort: textField("-created_at"),
  state: choiceField(["", "draft", "sent"], ""),
  tags: listField(),
  dense: flagField(),
};

const read = (search: string) => readFields(FIELDS, new URLSearchParams(search));

describe("the state of a page in its address", () => {
  test("is the defaults when the address says nothing", () => {
    expect(read("")).toEqual({ q: "", sort: "-created_at", state: "", tags: [], dense: false });
  });

  test("comes back as it was written", () => {
    const values = { q: "王 & 李", sort: "name", state: "sent" as const, tags: ["a,b", "c"], dense: true };
    const search = writeFields(FIELDS, new URLSearchParams(), values).toString();
    expect(read(search)).toEqual(values);
  });

  test("leaves the address short: a default is not written", () => {
    const search = writeFields(FIELDS, new URLSearchParams("q=x&sort=name&state=sent"), {
      sort: "-created_at",
      state: "",
    });
    expect(search.toString()).toBe("q=x");
  });

  test("falls back where the address holds what the field cannot be", () => {
    expect(read("state=burnt&dense=yes")).toMatchObject({ state: "", dense: false });
  });

  test("keeps what belongs to nobody here", () => {
    expect(writeFields(FIELDS, new URLSearchParams("utm=mail"), { q: "x" }).toString()).toBe("utm=mail&q=x");
  });
});
