import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

/**
 * The state of a page lives in its address, so that a link shown to a colleague shows the same.
 * A page states its fields once; values at their default leave the address short.
 */
export interface Field<T> {
  readonly fallback: T;
  /** Undefined when what stands in the address is not a value of this field; the fallback is taken then. */
  readonly parse: (texts: readonly string[]) => T | undefined;
  readonly print: (value: T) => readonly string[];
}

export function textField(fallback = ""): Field<string> {
  return { fallback, parse: ([first]) => first, print: (value) => (value === "" ? [] : [value]) };
}

export function choiceField<const T extends string>(choices: readonly T[], fallback: NoInfer<T>): Field<T> {
  return { fallback, parse: ([first]) => choices.find((choice) => choice === first), print: (value) => [value] };
}

export function listField(): Field<readonly string[]> {
  return { fallback: [], parse: (texts) => texts.filter((text) => text !== ""), print: (value) => value };
}

export function flagField(): Field<boolean> {
  return { fallback: false, parse: ([first]) => first === "1", print: (value) => (value ? ["1"] : []) };
}

// biome-ignore lint/suspicious/noExplicitAny: a field of any type may stand in the record; `Values` gets each one's own type back.
export type AnyFields = Readonly<Record<string, Field<any>>>;
export type Values<F extends AnyFields> = { readonly [K in keyof F]: F[K]["fallback"] };

export function readFields<F extends AnyFields>(fields: F, params: URLSearchParams): Values<F> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    values[name] = params.has(name) ? (field.parse(params.getAll(name)) ?? field.fallback) : field.fallback;
  }
  return values as Values<F>;
}

/** The address with the given values in it; parameters of no known field are left as they are. */
export function writeFields<F extends AnyFields>(
  fields: F,
  params: URLSearchParams,
  changes: Partial<Values<F>>,
): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    const field = fields[name];
    if (!field) continue;
    next.delete(name);
    const texts = field.print(value);
    const isDefault = JSON.stringify(texts) === JSON.stringify(field.print(field.fallback));
    if (!isDefault) for (const text of texts) next.append(name, text);
  }
  return next;
}

export interface Address<F extends AnyFields> {
  readonly values: Values<F>;
  /** `replace` while typing, so that Back does not walk through letters. */
  readonly change: (changes: Partial<Values<F>>, options?: { replace?: boolean }) => void;
  /** Every field at its default, in one step. */
  readonly clear: () => void;
  /** The address of this page with `changes`, for a link. */
  readonly with: (changes: Partial<Values<F>>) => string;
  /** What stands in the address now, without the question mark. */
  readonly search: string;
}

/** `fields` must be the same object on every render: state it outside the component. */
export function useAddress<F extends AnyFields>(fields: F): Address<F> {
  const [params, setParams] = useSearchParams();
  const values = useMemo(() => readFields(fields, params), [fields, params]);
  const change = useCallback<Address<F>["change"]>(
    (changes, options) => {
      setParams((current) => writeFields(fields, current, changes), { replace: options?.replace ?? false });
    },
    [fields, setParams],
  );
  const clear = useCallback(() => {
    setParams((current) => writeFields(fields, current, defaults(fields)));
  }, [fields, setParams]);
  const withChanges = useCallback<Address<F>["with"]>(
    (changes) => `?${writeFields(fields, params, changes)}`,
    [fields, params],
  );
  return { values, change, clear, with: withChanges, search: params.toString() };
}

function defaults<F extends AnyFields>(fields: F): Values<F> {
  return readFields(fields, new URLSearchParams());
}
