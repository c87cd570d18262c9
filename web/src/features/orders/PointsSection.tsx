import { useTranslation } from "react-i18next";
import { Count } from "@/components/figures";
import { type Fact, Facts, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { Tag } from "@/components/Tag";
import { exactMoney } from "@/format/money";
import { type OrderPoints, useOrderPoints } from "./api";
import styles from "./orders.module.css";

/** What the order earned and was paid with in points, and why. Nothing where points have nothing to do with it. */
export function PointsSection({ id }: { id: number }) {
  const { t } = useTranslation("points");
  const points = useOrderPoints(id);
  const facts = usePointsFacts();
  if (!points.data) return null;
  return (
    <Section title={t("order.title")}>
      <Facts facts={facts(points.data)} />
    </Section>
  );
}

interface Told {
  readonly why?: string;
  readonly counted_minor?: number;
  readonly before_caps?: number;
  readonly points?: number;
  readonly rules?: readonly { readonly name: string; readonly factor_bp: number }[];
}

const WHYS = [
  "cancelled",
  "currency",
  "paused",
  "before_joining",
  "no_member",
  "nobody",
  "no_terms",
  "of_a_sale",
] as const;

function usePointsFacts(): (points: OrderPoints) => Fact[] {
  const { t } = useTranslation("points");
  const { language, currency } = useReading();
  return (points) => {
    const told = points.explanation as Told;
    const why = WHYS.find((one) => one === told.why);
    const rules = told.rules ?? [];
    return [
      {
        key: "earned",
        label: t("order.earned"),
        value: (
          <>
            <Count value={points.earned} /> {why && <span className={styles.faint}>{t(`order.why.${why}`)}</span>}
          </>
        ),
      },
      ...(points.burned ? [{ key: "burned", label: t("order.burned"), value: <Count value={points.burned} /> }] : []),
      ...(told.counted_minor === undefined
        ? []
        : [
            {
              key: "counted",
              label: t("order.counted"),
              value: exactMoney({ amount_minor: told.counted_minor, currency }, { language, homeCurrency: currency }),
            },
            {
              key: "rules",
              label: t("order.rules"),
              value:
                rules.length === 0
                  ? t("order.no_rules")
                  : rules.map((rule) => (
                      <Tag key={rule.name} tone="accent">
                        {t("rule", { name: rule.name, factor: rule.factor_bp / 10_000 })}
                      </Tag>
                    )),
            },
          ]),
      ...(told.before_caps !== undefined && told.points !== undefined && told.before_caps > told.points
        ? [{ key: "limited", label: t("order.limited"), value: <Count value={told.before_caps} /> }]
        : []),
      ...(points.version
        ? [{ key: "version", label: t("order.version"), value: t("version", { version: points.version }) }]
        : []),
    ];
  };
}
