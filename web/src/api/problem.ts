import { isRecord } from "./record";

/** One refused part of the input: where it is (`lines.2.quantity`), and why, as a stable code with its parameters. */
export interface FieldProblem {
  readonly where: string;
  readonly code: string;
  readonly params: Readonly<Record<string, unknown>>;
}

interface ProblemParts {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly fields?: readonly FieldProblem[];
  /** What to quote to whoever runs the machine. */
  readonly reference?: string | null;
}

/**
 * Anything that kept a call from answering: the server's refusal (RFC 9457), or no answer at all.
 * `code` is stable; the screen words it, `title` and `detail` are the server's English for logs and as a last resort.
 */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly fields: readonly FieldProblem[];
  readonly reference: string | null;

  constructor(parts: ProblemParts) {
    super(parts.detail || parts.title);
    this.name = "Problem";
    this.status = parts.status;
    this.code = parts.code;
    this.title = parts.title;
    this.detail = parts.detail ?? "";
    this.params = parts.params ?? {};
    this.fields = parts.fields ?? [];
    this.reference = parts.reference ?? null;
  }

  /** True when trying the same again may well work: nobody answered, or the server was busy or broken. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** No answer reached us: the network, or a server that is down or restarting. */
export function unreachable(): Problem {
  return new Problem({ status: 0, code: "unreachable", title: "No answer from the server" });
}

/** The problem an HTTP answer describes, also when its body is not the document we asked for. */
export function problemFrom(response: { status: number; headers: Headers }, body: unknown): Problem {
  const reference = response.headers.get("X-Request-Id");
  const document = isRecord(body) ? body : {};
  return new Problem({
    status: response.status,
    code: text(document.code) ?? `http_${response.status}`,
    title: text(document.title) ?? `HTTP ${response.status}`,
    detail: text(document.detail),
    params: isRecord(document.params) ? document.params : {},
    fields: Array.isArray(document.errors) ? document.errors.filter(isRecord).map(fieldProblem) : [],
    reference,
  });
}

/** Any thrown thing as a problem; a fault of our own code stays visible as one. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message)) return unreachable();
  return new Problem({
    status: 0,
    code: "page_fault",
    title: "The page made a mistake",
    detail: error instanceof Error ? error.message : String(error),
  });
}

function fieldProblem(item: Record<string, unknown>): FieldProblem {
  return {
    where: text(item.where) ?? "",
    code: text(item.code) ?? "invalid",
    params: isRecord(item.params) ? item.params : {},
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
