import { CopyOutlined, DownloadOutlined } from "@ant-design/icons";
import { App, Button, Tooltip } from "antd";
import { lazy, type ReactNode, Suspense, useRef } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import { downloadCsv } from "./csv";
import { Bone } from "./states";

const ChartCanvas = lazy(() => import("./ChartCanvas"));

export interface Series {
  readonly key: string;
  readonly name: string;
  /** One value per category; null is a gap, not a zero. */
  readonly values: readonly (number | null)[];
  /** The interval around each value, drawn as a band. */
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
  /** What the others are compared with: drawn quietly, behind them. */
  readonly background?: boolean;
}

export interface ChartProps {
  readonly title: string;
  readonly kind: "line" | "bar";
  readonly categories: readonly string[];
  /** At most six: more are not told apart. */
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** Shorter words for the axis; `format` where not given. */
  readonly formatAxis?: (value: number) => string;
  readonly height?: number;
  /** Bars that lie, for categories with long names: the first on top. */
  readonly sideways?: boolean;
  /** Bars without gaps: each category is a range that begins where the last one ends. */
  readonly adjoining?: boolean;
  /** A click opens the rows behind the point. */
  readonly onPick?: (place: number, series: Series) => void;
  /** A line through two points tells nothing: fewer categories than this show words instead. */
  readonly enough?: number;
  readonly notEnough?: ReactNode;
}

/** What the canvas hands back, so that the picture can be copied. */
export interface ChartHandle {
  readonly picture: () => Promise<Blob>;
}

/** A chart with its title, "copy as picture" and "download as CSV". */
export function Chart(props: ChartProps) {
  const { title, categories, series, height = 260, enough = 3, notEnough } = props;
  const { t } = useTranslation("kit");
  const { message } = App.useApp();
  const handle = useRef<ChartHandle | null>(null);
  const drawn = categories.length >= enough;
  const copy = async () => {
    const picture = await handle.current?.picture();
    if (!picture) return;
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
    message.success(t("chart.copied"));
  };
  return (
    <figure className={styles.chart}>
      <figcaption className={styles.caption}>
        <span>{title}</span>
        {drawn && (
          <span className={styles.tools}>
            {typeof ClipboardItem !== "undefined" && (
              <Tooltip title={t("chart.copy")}>
                <Button
                  size="small"
                  type="text"
                  icon={<CopyOutlined />}
                  aria-label={t("chart.copy")}
                  onClick={() => void copy()}
                />
              </Tooltip>
            )}
            <Tooltip title={t("chart.csv")}>
              <Button
                size="small"
                type="text"
                icon={<DownloadOutlined />}
                aria-label={t("chart.csv")}
                onClick={() => downloadCsv(title, chartRows(categories, series))}
              />
            </Tooltip>
          </span>
        )}
      </figcaption>
      {drawn ? (
        <Suspense fallback={<Bone height={height} />}>
          <ChartCanvas {...props} height={height} handle={handle} />
        </Suspense>
      ) : (
        <p className={styles.notEnough} style={{ minHeight: height / 2 }}>
          {notEnough ?? t("chart.not_enough")}
        </p>
      )}
    </figure>
  );
}

function chartRows(
  categories: readonly string[],
  series: readonly Series[],
): readonly (readonly (string | number | null)[])[] {
  return [
    ["", ...series.map(({ name }) => name)],
    ...categories.map((category, place) => [category, ...series.map(({ values }) => values[place] ?? null)]),
  ];
}
