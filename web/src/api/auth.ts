import { CSRF_HEADER, csrfToken } from "./csrf";
import { Problem, unreachable } from "./problem";

/**
 * Signing in and the safety of one's own login: allauth's headless browser API, under `/_allauth/browser/v1`.
 * It is no part of the server's OpenAPI, so its few answers are described here.
 */
const BASE = "/_allauth/browser/v1";

interface Answer {
  readonly status: number;
  readonly data?: unknown;
  readonly meta?: unknown;
  readonly errors?: readonly { readonly code: string; readonly param?: string; readonly message: string }[];
}

interface Flows {
  readonly flows?: readonly { readonly id: string; readonly is_pending?: boolean }[];
}

/** What has to happen next for this visitor. */
export type SignInState = "signed_in" | "code_needed" | "signed_out";

export interface TotpSecret {
  readonly secret: string;
  /** `otpauth://…`, which a phone reads from a QR code. */
  readonly url: string;
}

export interface RecoveryCodes {
  readonly total: number;
  readonly unused: readonly string[];
}

export async function readSignInState(): Promise<SignInState> {
  return stateOf(await ask("GET", "/auth/session", undefined, [401, 410]));
}

export async function signIn(email: string, password: string): Promise<SignInState> {
  return stateOf(await ask("POST", "/auth/login", { email, password }, [401, 409]));
}

/** The second step: six digits of the app, or one of the recovery codes. */
export async function confirmCode(code: string): Promise<SignInState> {
  return stateOf(await ask("POST", "/auth/2fa/authenticate", { code }, [401]));
}

/** Proves again that it is she, before the safety of the login is changed. */
export async function confirmPassword(password: string): Promise<void> {
  await ask("POST", "/auth/reauthenticate", { password });
}

export async function signOut(): Promise<void> {
  await ask("DELETE", "/auth/session", undefined, [401]);
}

export async function changePassword(current: string, next: string): Promise<void> {
  await ask("POST", "/account/password/change", { current_password: current, new_password: next });
}

/** Null when two-step sign-in is on; otherwise the secret with which to turn it on. */
export async function readTotp(): Promise<TotpSecret | null> {
  const answer = await ask("GET", "/account/authenticators/totp", undefined, [404]);
  if (answer.status !== 404) return null;
  const meta = answer.meta as { secret: string; totp_url: string };
  return { secret: meta.secret, url: meta.totp_url };
}

export async function turnTotpOn(code: string): Promise<void> {
  await ask("POST", "/account/authenticators/totp", { code });
}

export async function turnTotpOff(): Promise<void> {
  await ask("DELETE", "/account/authenticators/totp");
}

export async function readRecoveryCodes(): Promise<RecoveryCodes | null> {
  const answer = await ask("GET", "/account/authenticators/recovery-codes", undefined, [404]);
  return answer.status === 404 ? null : recoveryCodes(answer);
}

/** Makes a new set; the old codes stop working. */
export async function renewRecoveryCodes(): Promise<RecoveryCodes> {
  return recoveryCodes(await ask("POST", "/account/authenticators/recovery-codes", {}));
}

/** Raised when the server wants the password again before this change. */
export const PASSWORD_NEEDED = "auth.password_needed";

/** Asks allauth; statuses in `expected` are answers to look at, any other refusal is a `Problem` with `auth.<code>`. */
async function ask(method: string, path: string, body?: unknown, expected: readonly number[] = []): Promise<Answer> {
  // The cookie behind the token comes with the page; where it has been cleared since, any read brings a new one.
  if (method !== "GET" && csrfToken() === "") await ask("GET", "/auth/session", undefined, [401, 410]);
  const response = await fetch(BASE + path, {
    method,
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(method === "GET" ? {} : { [CSRF_HEADER]: csrfToken() }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    throw unreachable();
  });
  const answer = (await response.json().catch(() => ({}))) as Partial<Answer>;
  if (response.ok || (expected.includes(response.status) && !answer.errors)) {
    return { ...answer, status: response.status };
  }
  throw refusal(response.status, answer);
}

function refusal(status: number, answer: Partial<Answer>): Problem {
  const authenticated = (answer.meta as { is_authenticated?: boolean } | undefined)?.is_authenticated;
  if (status === 401 && authenticated) {
    return new Problem({ status, code: PASSWORD_NEEDED, title: "Confirm your password first" });
  }
  const errors = answer.errors ?? [];
  const [first] = errors;
  return new Problem({
    status,
    code: first ? `auth.${first.code}` : `http_${status}`,
    title: first?.message ?? `HTTP ${status}`,
    // A single error is the problem itself; of several, each is told.
    fields:
      errors.length < 2
        ? []
        : errors.map(({ code, message }) => ({ where: "", code: `auth.${code}`, params: { message } })),
  });
}

function stateOf(answer: Answer): SignInState {
  if (answer.status === 200) return "signed_in";
  // 409 to a sign-in means that this browser is already signed in.
  if (answer.status === 409) return "signed_in";
  const pending = (answer.data as Flows | undefined)?.flows?.find((flow) => flow.is_pending);
  return pending?.id === "mfa_authenticate" ? "code_needed" : "signed_out";
}

function recoveryCodes(answer: Answer): RecoveryCodes {
  const data = answer.data as { total_code_count: number; unused_codes?: string[] };
  return { total: data.total_code_count, unused: data.unused_codes ?? [] };
}
