import { useTranslation } from "react-i18next";
import { Count } from "@/components/figures";
import { useReading } from "@/components/reading";
import { EmptyState } from "@/components/states";
import type { Held } from "./api";
import styles from "./privacy.module.css";

/** What an erasure takes away, and what it leaves without saying whose. */
export function HeldLists({ items }: { items: readonly Held[] }) {
  const { t } = useTranslation("privacy");
  if (items.length === 0) return <EmptyState title={t("held.nothing")} purpose={t("held.nothing_words")} />;
  return (
    <div className={styles.two}>
      <HeldList title={t("held.gone")} items={items.filter(({ fate }) => fate === "gone")} />
      <HeldList
        title={t("held.kept")}
        about={t("held.kept_words")}
        items={items.filter(({ fate }) => fate === "kept")}
      />
    </div>
  );
}

function HeldList({ title, about, items }: { title: string; about?: string; items: readonly Held[] }) {
  const { t } = useTranslation("privacy");
  const { language } = useReading();
  return (
    <section>
      <h3>{title}</h3>
      {about && <p className={styles.soft}>{about}</p>}
      {items.length === 0 ? (
        <p className={styles.soft}>{t("held.none")}</p>
      ) : (
        <ul className={styles.list}>
          {items.map(({ name, title_zh, title_en, count }) => (
            <li key={name}>
              <span>{language === "en" ? title_en : title_zh}</span>
              <span>
                <Count value={count} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
