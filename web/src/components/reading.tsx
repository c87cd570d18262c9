import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import type { Language } from "@/format/language";

/** How figures and times are read here: the person's language, the operator's zone and currency. */
export interface Reading {
  readonly language: Language;
  readonly timezone: string;
  readonly currency: string;
}

const ReadingContext = createContext<Reading>({ language: "zh-CN", timezone: "UTC", currency: "CNY" });

export function ReadingProvider({ value, children }: { value: Reading; children: ReactNode }) {
  return <ReadingContext value={value}>{children}</ReadingContext>;
}

export function useReading(): Reading {
  return useContext(ReadingContext);
}

/** The present, moving on once a minute: enough for "3 minutes ago". */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
