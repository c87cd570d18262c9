import { useTranslation } from "react-i18next";
import { Count } from "@/components/figures";
import { useReading } from "@/components/reading";
import { exactCount } from "@/format/count";
import { percent } from "@/format/percent";
import type { Overlap } from "./api";
import styles from "./membership.module.css";

/** Each two segments: which share of the row is in the column too. */
export function Matrix({ overlap, onPick }: { overlap: Overlap; onPick: (one: number, other: number) => void }) {
  const { t } = useTranslation("memberships");
  const { language } = useReading();
  const common = new Map(
    overlap.pairs.flatMap(({ one, other, count }) => [
      [`${one},${other}`, count],
      [`${other},${one}`, count],
    ]),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.matrixBox} tabIndex={0} aria-label={t("matrix.title")}>
      <table className={styles.matrix}>
        <caption className="hk-visually-hidden">{t("matrix.about")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("matrix.of")}</th>
            <th scope="col">{t("matrix.size")}</th>
            {overlap.segments.map(({ id, name }) => (
              <th key={id} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {overlap.segments.map((row) => (
            <tr key={row.id}>
              <th scope="row">{row.name}</th>
              <td>
                <Count value={row.size} />
              </td>
              {overlap.segments.map((column) => {
                if (row.id === column.id) return <td key={column.id} data-self aria-hidden="true" />;
                const count = common.get(`${row.id},${column.id}`) ?? 0;
                const share = row.size > 0 ? count / row.size : 0;
                return (
                  <td key={column.id} style={{ "--share": share } as React.CSSProperties}>
                    <button type="button" onClick={() => onPick(row.id, column.id)}>
                      <strong>{percent(share, language)}</strong>
                      <span>{exactCount(count, language)}</span>
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
