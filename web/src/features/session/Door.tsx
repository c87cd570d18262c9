import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import markUrl from "@/assets/mark.svg";
import styles from "./Door.module.css";

/** The page of someone who is not in yet: one box, the product's mark, its promise. */
export function Door({ title, words, children }: { title: string; words?: ReactNode; children?: ReactNode }) {
  const { t } = useTranslation("session");
  return (
    <div className={styles.door}>
      <main className={styles.box}>
        <div className={styles.brand}>
          <img src={markUrl} alt="" width={30} height={30} />
          <span>Huike 回客</span>
        </div>
        <h1 className={styles.title}>{title}</h1>
        {words && <p className={styles.words}>{words}</p>}
        {children}
      </main>
      <p className={styles.slogan}>{t("slogan")}</p>
    </div>
  );
}
