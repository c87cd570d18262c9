import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { showOnly } from "@/testing/screen";
import { type Call, fakeServer, type Reply } from "@/testing/server";
import SignInPage from "./SignInPage";

const LOGIN = "/_allauth/browser/v1/auth/login";
const SECOND_STEP = "/_allauth/browser/v1/auth/2fa/authenticate";

const ME = { id: 7, name: "李娜" };

/** A server that knows one person; with `twoSteps` it wants a code after the password. */
function serverOf({ twoSteps = false }: { twoSteps?: boolean } = {}) {
  let signedIn = false;
  const answers: Record<string, (call: Call) => Reply> = {
    [LOGIN]: ({ body }) => {
      const { password } = body as { password: string };
      if (password !== "三片叶子喝茶去") {
        return { status: 400, body: { status: 400, errors: [{ code: "email_password_mismatch", message: "No" }] } };
      }
      if (twoSteps) {
        return {
          status: 401,
          body: { status: 401, data: { flows: [{ id: "mfa_authenticate", is_pending: true }] }, meta: {} },
        };
      }
      signedIn = true;
      return { body: { status: 200, meta: { is_authenticated: true } } };
    },
    [SECOND_STEP]: ({ body }) => {
      if ((body as { code: string }).code !== "123456") {
        return {
          status: 400,
          body: { status: 400, errors: [{ code: "incorrect_code", param: "code", message: "No" }] },
        };
      }
      signedIn = true;
      return { body: { status: 200, meta: { is_authenticated: true } } };
    },
    "/api/v1/me": () => (signedIn ? { body: ME } : { status: 401, body: { code: "unauthenticated" } }),
    "/_allauth/browser/v1/auth/session": () => ({ status: 401, body: { status: 401, data: { flows: [] } } }),
  };
  return fakeServer((call) => answers[call.path]?.(call));
}

async function giveIn(password: string) {
  await userEvent.type(screen.getByLabelText("邮箱"), "lina@example.com");
  await userEvent.type(screen.getByLabelText("密码"), password);
  await userEvent.click(screen.getByRole("button", { name: "登录" }));
}

test("she signs in with e-mail and password", async () => {
  const server = serverOf();
  await showOnly(<SignInPage />);
  await giveIn("三片叶子喝茶去");
  await vi.waitFor(() =>
    expect(server.calls.find(({ path }) => path === LOGIN)?.body).toEqual({
      email: "lina@example.com",
      password: "三片叶子喝茶去",
    }),
  );
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

test("a wrong password is said in her language, and what she typed stays", async () => {
  serverOf();
  await showOnly(<SignInPage />);
  await giveIn("错的密码");
  expect(await screen.findByRole("alert")).toHaveTextContent("邮箱或密码不对");
  expect(screen.getByLabelText("邮箱")).toHaveValue("lina@example.com");
});

test("with two-step sign-in a code is asked for, and a wrong one says where the right one is", async () => {
  const server = serverOf({ twoSteps: true });
  await showOnly(<SignInPage />);
  await giveIn("三片叶子喝茶去");
  await userEvent.type(await screen.findByLabelText("验证码"), "000 000");
  await userEvent.click(screen.getByRole("button", { name: "确认" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("验证器应用");
  await userEvent.clear(screen.getByLabelText("验证码"));
  await userEvent.type(screen.getByLabelText("验证码"), "123 456");
  await userEvent.click(screen.getByRole("button", { name: "确认" }));
  await vi.waitFor(() =>
    expect(server.calls.filter(({ path }) => path === SECOND_STEP).at(-1)?.body).toEqual({ code: "123456" }),
  );
});

test("nothing is asked of the server while a field is empty", async () => {
  const server = serverOf();
  await showOnly(<SignInPage />);
  await userEvent.click(screen.getByRole("button", { name: "登录" }));
  await vi.waitFor(() => expect(screen.getAllByText("必填")).toHaveLength(2));
  expect(server.calls).toEqual([]);
});
