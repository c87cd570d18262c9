import { useTranslation } from "react-i18next";

/**
 * The words of a code the server sent, from a namespace whose keys are codes as they are (dots included); undefined when
 * there are none. Codes are data, so the key is not typed; the namespace is.
 */
export function useCodeWords(
  namespace: "problems" | "jobs" | "permissions" | "audit" | "timeline" | "reasons" | "alerts" | "events",
): (code: string, params?: object) => string | undefined {
  const { i18n } = useTranslation();
  return (code, params = {}) => {
    const options = { ...params, ns: namespace, keySeparator: false as const };
    return i18n.exists(code, options) ? (i18n.t as (key: string, options: object) => string)(code, options) : undefined;
  };
}
