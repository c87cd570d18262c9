import { type ReactNode, useEffect } from "react";
import styles from "./PageHeader.module.css";

/** The top of every page: what it is, one line about it, and the one or two things one does here. */
export function PageHeader({
  title,
  mark,
  about,
  actions,
  above,
}: {
  title: string;
  /** State beside the title: a tag, a count. */
  mark?: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
  /** Where this belongs: a link back to the list. */
  above?: ReactNode;
}) {
  usePageTitle(title);
  return (
    <header className={styles.header}>
      <div className={styles.words}>
        {above && <div className={styles.above}>{above}</div>}
        <div className={styles.line}>
          <h1 className={styles.title}>{title}</h1>
          {mark}
        </div>
        {about && <div className={styles.about}>{about}</div>}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}

/** The browser tab says which page this is. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Huike 回客` : "Huike 回客";
  }, [title]);
}
