import { useTranslation } from "react-i18next";
import { Section } from "@/components/layout";
import type { Deal } from "./api";
import styles from "./deals.module.css";
import type { Typed } from "./form";
import { publicAddress } from "./words";

/** What will happen once the deal is published, and what is still missing for it. */
export function Look({ typed, deal }: { typed: Typed; deal: Deal | null }) {
  const { t } = useTranslation("deals");
  const missing = [
    ...(typed.productId === null ? [t("happens.product")] : []),
    ...(typed.stock === 0 ? [t("happens.stock_none")] : []),
    ...(typed.ends === null ? [t("happens.window")] : []),
  ];
  return (
    <Section title={t("part.happens")}>
      {missing.length > 0 && (
        <p className={styles.notice}>{t("happens.needs", { what: missing.join(t("terms.and")) })}</p>
      )}
      <ul className={styles.happens}>
        <li>{deal ? t("happens.page", { address: publicAddress(deal.slug) }) : t("happens.page_new")}</li>
        {typed.starts && typed.ends && <li>{t("happens.sale", { starts: typed.starts, ends: typed.ends })}</li>}
        <li>{t("happens.group", { count: typed.groupHours ?? 24 })}</li>
        {typed.stock !== null && typed.stock > 0 && <li>{t("happens.stock", { count: typed.stock })}</li>}
        <li>{t("happens.edit")}</li>
      </ul>
    </Section>
  );
}
