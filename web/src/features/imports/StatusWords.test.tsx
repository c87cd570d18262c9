import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { showOnly } from "@/testing/screen";
import type { Questions } from "./api";
import { StatusWords } from "./StatusWords";

function Held({ told }: { told: (words: Questions["status_words"]) => void }) {
  const [words, setWords] = useState<Questions["status_words"]>({ 已核销: "paid" });
  const change = (next: Questions["status_words"]) => {
    told(next);
    setWords(next);
  };
  return <StatusWords words={words} seen={["已核销", "到店待领"]} onChange={change} />;
}

test("words of the file and words she writes get a meaning, and lose it again", async () => {
  let words: Questions["status_words"] = {};
  await showOnly(
    <Held
      told={(next) => {
        words = next;
      }}
    />,
  );
  expect(screen.queryByRole("button", { name: "plus 已核销" })).toBeNull();

  await userEvent.click(screen.getByRole("button", { name: "plus 到店待领" }));
  expect(words).toEqual({ 已核销: "paid", 到店待领: "paid" });

  await userEvent.type(screen.getByLabelText("添加一个状态词"), " 拒收 {Enter}");
  await userEvent.click(screen.getByRole("combobox", { name: "「拒收」表示" }));
  await userEvent.click((await screen.findAllByText("已退款")).at(-1) as HTMLElement);
  expect(words).toEqual({ 已核销: "paid", 到店待领: "paid", 拒收: "refunded" });

  await userEvent.click(screen.getByRole("button", { name: "删除「已核销」" }));
  expect(words).toEqual({ 到店待领: "paid", 拒收: "refunded" });
});
