import { Alert } from "antd";
import { asProblem } from "@/api/problem";
import { useProblemWords } from "./problems";
import styles from "./states.module.css";

/** Why what she just asked for was refused, above the form it came from. Nothing while there is no error. */
export function Refused({ error }: { error: unknown }) {
  if (!error) return null;
  return <RefusedWords error={error} />;
}

function RefusedWords({ error }: { error: unknown }) {
  const { what, safe, fields } = useProblemWords(asProblem(error));
  const lines = fields.filter((line) => line !== what);
  return (
    <Alert
      className={styles.refused}
      type="error"
      showIcon
      role="alert"
      title={what}
      description={
        lines.length > 0 ? (
          <ul>
            {lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        ) : (
          safe
        )
      }
    />
  );
}
