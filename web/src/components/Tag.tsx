import type { ReactNode } from "react";
import styles from "./Tag.module.css";

export type Tone = "neutral" | "accent" | "good" | "warning" | "bad" | "info";

/** A state or a kind, in one word. The tone supports the word and never stands for it. */
export function Tag({ tone = "neutral", icon, children }: { tone?: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span className={styles.tag} data-tone={tone}>
      {icon}
      {children}
    </span>
  );
}
