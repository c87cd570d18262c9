import styles from "./membership.module.css";

const WIDTH = 72;
const HEIGHT = 22;

/** The last days of a size, too small to read and large enough to see which way it goes. Two points tell nothing. */
export function Sparkline({ values }: { values: readonly number[] | null | undefined }) {
  if (!values || values.length < 3) return null;
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const at = (value: number, place: number) =>
    `${((place / (values.length - 1)) * (WIDTH - 2) + 1).toFixed(1)},${(HEIGHT - 2 - ((value - low) / span) * (HEIGHT - 4)).toFixed(1)}`;
  return (
    <svg className={styles.spark} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <polyline points={values.map(at).join(" ")} />
    </svg>
  );
}
