import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import type { components } from "@/api/schema";
import { showOnly } from "@/testing/screen";
import { Bonuses } from "./Bonuses";

type Given = components["schemas"]["Bonuses"];

const REFERRAL = { referrer_points: 100, friend_points: 50 };

/** The editor with what it holds, and what it last told. */
async function edited(begin: Given): Promise<() => Given> {
  let told = begin;
  function Held() {
    const [bonuses, setBonuses] = useState(begin);
    const change = (next: Given) => {
      told = next;
      setBonuses(next);
    };
    return <Bonuses bonuses={bonuses} currency="CNY" onChange={change} />;
  }
  await showOnly(<Held />);
  return () => told;
}

test("a complete profile is what is ticked, in one order, and never nothing", async () => {
  const told = await edited({ profile_completed: { points: 20, pending_days: 0, fields: ["birthday"] } });
  const birthday = screen.getByRole("checkbox", { name: "生日" });
  expect((birthday as HTMLInputElement).disabled).toBe(true);

  await userEvent.click(screen.getByRole("checkbox", { name: "城市" }));
  await userEvent.click(screen.getByRole("checkbox", { name: "手机号" }));
  expect(told().profile_completed?.fields).toEqual(["phone", "birthday", "city"]);

  await userEvent.click(birthday);
  expect(told().profile_completed).toEqual({ points: 20, pending_days: 0, fields: ["phone", "city"] });
});

test("switched on, the bonus asks for name, phone and birthday; switched off, it asks for nothing", async () => {
  const told = await edited({});
  expect(screen.queryByRole("checkbox", { name: "生日" })).toBeNull();

  await userEvent.type(screen.getByLabelText("完善资料"), "30{Enter}");
  expect(told().profile_completed).toEqual({ points: 30, pending_days: 0, fields: ["name", "phone", "birthday"] });

  await userEvent.clear(screen.getByLabelText("完善资料"));
  expect(told().profile_completed).toBeNull();
});

test("a referral hangs on its order unless it is said that it does not", async () => {
  const told = await edited({ referral: REFERRAL });
  const kept = screen.getByRole("checkbox", { name: /那笔订单全退了/ });
  expect((kept as HTMLInputElement).checked).toBe(true);

  await userEvent.click(kept);
  expect(told().referral).toMatchObject({ ...REFERRAL, needs_order_kept: false, within_days: 90 });
  await userEvent.click(kept);
  expect(told().referral?.needs_order_kept).toBe(true);
});
