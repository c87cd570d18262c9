import { useTranslation } from "react-i18next";
import { Tag, type Tone } from "@/components/Tag";
import type { SignUpRow } from "./api";

const TONES: Record<SignUpRow["state"], Tone> = { draft: "neutral", live: "good", closed: "warning" };

/** Where a page stands, and whether its draft is ahead of what visitors see. */
export function StateTag({ page }: { page: Pick<SignUpRow, "state" | "has_changes"> }) {
  const { t } = useTranslation("signups");
  return (
    <>
      <Tag tone={TONES[page.state]}>{t(`state.${page.state}`)}</Tag>
      {page.has_changes && <Tag tone="info">{t("has_changes")}</Tag>}
    </>
  );
}

/** A field of the form in her words; the operator's own by its name. */
export function useFieldName(own: ReadonlyMap<string, string>): (field: string) => string {
  const { t } = useTranslation("signups");
  return (field) => {
    switch (field) {
      case "name":
      case "gender":
      case "birthday":
      case "city":
      case "phone":
      case "email":
        return t(`field.${field}`);
      default:
        return own.get(field.replace(/^field:/, "")) ?? field;
    }
  };
}
