import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { exactCount, shortCount } from "@/format/count";
import styles from "./membership.module.css";
import { circlesOf, HEIGHT, regionAt, spotOf, WIDTH } from "./venn";

export interface VennProps {
  readonly names: readonly string[];
  /** How many are in each region, by the places of the sets it is inside of: "0", "02". */
  readonly counts: ReadonlyMap<string, number>;
  readonly chosen: ReadonlySet<string>;
  readonly onToggle: (region: string) => void;
}

/** Up to three sets as circles; a click anywhere in a region takes it in or leaves it out, and so does its number by keyboard. */
export function Venn({ names, counts, chosen, onToggle }: VennProps) {
  const { t } = useTranslation("memberships");
  const { language } = useReading();
  const id = useId().replaceAll(":", "");
  const sets = names.length;
  const circles = circlesOf(sets);
  const words = (region: string) =>
    t(region.length === 1 && sets > 1 ? "venn.only_in" : "venn.in_all", {
      names: [...region].map((place) => names[Number(place)]).join(t("venn.and")),
    });
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the numbers inside are buttons for the keyboard
    <svg
      className={styles.venn}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-label={t("venn.label")}
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const scale = Math.max(WIDTH / box.width, HEIGHT / box.height);
        const region = regionAt(sets, {
          x: (event.clientX - box.left - (box.width - WIDTH / scale) / 2) * scale,
          y: (event.clientY - box.top - (box.height - HEIGHT / scale) / 2) * scale,
        });
        if (region) onToggle(region);
      }}
    >
      <defs>
        {circles.map(({ x, y, r }, place) => (
          <clipPath key={`${x},${y}`} id={`${id}c${place}`}>
            <circle cx={x} cy={y} r={r} />
          </clipPath>
        ))}
        {[...counts.keys()].map((region) => (
          <mask key={region} id={`${id}m${region}`}>
            <rect width={WIDTH} height={HEIGHT} fill="white" />
            {circles.map(
              ({ x, y, r }, place) =>
                !region.includes(String(place)) && <circle key={`${x},${y}`} cx={x} cy={y} r={r} fill="black" />,
            )}
          </mask>
        ))}
      </defs>
      {[...counts.keys()]
        .filter((region) => chosen.has(region))
        .map((region) => (
          <g key={region} mask={`url(#${id}m${region})`}>
            <Within clips={[...region].map((place) => `${id}c${place}`)} />
          </g>
        ))}
      {circles.map(({ x, y, r }, place) => (
        <circle key={`${x},${y}`} className={styles.ring} data-place={place} cx={x} cy={y} r={r} />
      ))}
      {[...counts].map(([region, count]) => {
        const { x, y } = spotOf(sets, region);
        return (
          // biome-ignore lint/a11y/useSemanticElements: an SVG has no button element
          <g
            key={region}
            role="button"
            tabIndex={0}
            aria-pressed={chosen.has(region)}
            aria-label={`${words(region)}: ${exactCount(count, language)}`}
            className={styles.number}
            onKeyDown={(event) => {
              if (event.key !== "Enter" && event.key !== " ") return;
              event.preventDefault();
              onToggle(region);
            }}
          >
            <title>{`${words(region)}: ${exactCount(count, language)}`}</title>
            <rect x={x - 30} y={y - 14} width={60} height={28} rx={6} />
            <text x={x} y={y} textAnchor="middle" dominantBaseline="central">
              {shortCount(count, language)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** The whole picture, seen through all of these clips. */
function Within({ clips }: { clips: readonly string[] }) {
  const [first, ...others] = clips;
  if (first === undefined) return <rect className={styles.taken} width={WIDTH} height={HEIGHT} />;
  return (
    <g clipPath={`url(#${first})`}>
      <Within clips={others} />
    </g>
  );
}
