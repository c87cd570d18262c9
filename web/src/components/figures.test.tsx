import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { showOnly } from "@/testing/screen";
import { Change, Count, Masked, Money, When } from "./figures";

test("a headline is short in 万, and the exact figure stands on hover", async () => {
  await showOnly(<Count short value={1_253_480} />);
  await userEvent.hover(screen.getByText("125.3万"));
  expect(await screen.findByText("1,253,480")).toBeInTheDocument();
});

test("money keeps every minor unit, and another currency says which it is", async () => {
  await showOnly(
    <>
      <Money minor={830_006_581} currency="GBP" />
      <Money minor={5} />
      <Money minor={1234} currency="JPY" />
    </>,
  );
  expect(screen.getByText("£8,300,065.81")).toBeInTheDocument();
  expect(screen.getByText("¥0.05")).toBeInTheDocument();
  expect(screen.getByText("JP¥1,234")).toBeInTheDocument();
});

test("a change has sign, arrow and words for those who see neither", async () => {
  await showOnly(<Change now={88} before={100} />);
  expect(screen.getByText("-12.0%")).toHaveAttribute("data-tone", "bad");
  expect(screen.getByText("下降")).toBeInTheDocument();
});

test("an instant is a date in the operator's zone, to the second on hover", async () => {
  await showOnly(<When at="2020-12-31T17:00:00Z" />);
  await userEvent.hover(screen.getByText("2021年1月1日"));
  expect(await screen.findByText(/2021\/01\/01.*01:00:00/)).toBeInTheDocument();
});

test("personal data stays masked until the server has given it out", async () => {
  const { rerender } = await showOnly(<Masked masked="138****5678" />);
  expect(screen.getByText("138****5678")).toBeInTheDocument();
  rerender(<Masked masked="138****5678" clear="13812345678" />);
  expect(screen.getByText("13812345678")).toBeInTheDocument();
});

test("nothing known is a dash that is read aloud", async () => {
  await showOnly(<Money minor={null} />);
  expect(screen.getByText("无")).toBeInTheDocument();
});
