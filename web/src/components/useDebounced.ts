import { useEffect, useState } from "react";

/** The value, once it has rested for a while. */
export function useDebounced<T>(value: T, restMilliseconds: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), restMilliseconds);
    return () => clearTimeout(timer);
  }, [value, restMilliseconds]);
  return rested;
}
