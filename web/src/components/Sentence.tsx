import styles from "./Sentence.module.css";

/** A piece of a rule's sentence: what is asked about, what it is compared with, or the words between. */
export interface SentencePart {
  readonly kind: "field" | "value" | "joint" | "words";
  readonly text: string;
}

/** A rule as a sentence one can read aloud: fields and values stand out, the joints stay quiet. */
export function Sentence({ parts }: { parts: readonly SentencePart[] }) {
  return (
    <span className={styles.sentence}>
      {parts.map((part, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a sentence is rendered as a whole.
        <span key={place} data-kind={part.kind}>
          {part.text}
        </span>
      ))}
    </span>
  );
}
