import { useTranslation } from "react-i18next";
import { Section } from "@/components/layout";
import type { Earning, Joining } from "../api";
import { Bonuses } from "./Bonuses";
import { Choices, Field, Whole } from "./fields";

/** Who is a member, from when on her purchases count, and what else than a purchase earns points. */
export function MembersPart({
  joining,
  bonuses,
  currency,
  onJoining,
  onBonuses,
}: {
  joining: Joining;
  bonuses: Earning["bonuses"];
  currency: string;
  onJoining: (next: Partial<Joining>) => void;
  onBonuses: (bonuses: Earning["bonuses"]) => void;
}) {
  const { t } = useTranslation("terms");
  return (
    <>
      <Section title={t("joining.title")}>
        <Field id="who" label={t("joining.who")}>
          <Choices
            id="who"
            value={joining.every_buyer ? "every_buyer" : "joined"}
            choices={(["joined", "every_buyer"] as const).map((value) => ({
              value,
              label: t(`joining.${value}`),
              about: t(`joining.${value}_about`),
            }))}
            onChange={(who) => onJoining({ every_buyer: who === "every_buyer" })}
          />
        </Field>
        <Field id="earns-back" label={t("joining.earns_back")} hint={t("joining.earns_back_hint")}>
          <Whole
            id="earns-back"
            most={3_650}
            unit={t("days")}
            value={joining.earns_back_days}
            onChange={(days) => onJoining({ earns_back_days: days ?? 0 })}
          />
        </Field>
      </Section>
      <Bonuses bonuses={bonuses} currency={currency} onChange={onBonuses} />
    </>
  );
}
