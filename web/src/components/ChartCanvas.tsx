import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { type RefObject, useEffect, useRef } from "react";
import type { ChartHandle, ChartProps, Series } from "./Chart";
import { useReading } from "./reading";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/** Told apart by every kind of colour sight (after Okabe and Ito, 2008), darkened or lightened for the ground they stand on. */
const COLORS = {
  light: ["#0f766e", "#d1660a", "#3d6fc4", "#a8487f", "#8a7400", "#5a5c57"],
  dark: ["#3cb8a9", "#f0a35c", "#84b1f2", "#d98bb6", "#d9c34f", "#b0b3af"],
} as const;

/** The drawing itself; in a file of its own so that ECharts is fetched only by pages that draw. */
export default function ChartCanvas({
  kind,
  categories,
  series,
  format,
  formatAxis = format,
  height,
  sideways = false,
  adjoining = false,
  onPick,
  handle,
}: ChartProps & { height: number; handle: RefObject<ChartHandle | null> }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const { language } = useReading();
  const theme = document.documentElement.dataset.theme === "dark" ? "dark" : "light";
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    if (!box.current) return;
    const drawn = init(box.current);
    chart.current = drawn;
    const observer = new ResizeObserver(() => drawn.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    const drawn = chart.current;
    if (!drawn) return;
    const colors = COLORS[theme];
    const ink = inkOf();
    drawn.setOption(
      {
        color: [...colors],
        animation: false,
        textStyle: { fontFamily: ink.font, color: ink.soft },
        grid: { left: 4, right: 12, top: series.length > 1 ? 36 : 12, bottom: 4, outerBoundsMode: "same" },
        legend:
          series.length > 1
            ? { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: ink.soft } }
            : undefined,
        tooltip: {
          trigger: "axis",
          backgroundColor: ink.raised,
          borderColor: ink.border,
          textStyle: { color: ink.text, fontSize: 13 },
          valueFormatter: (value: unknown) => (typeof value === "number" ? format(value) : "–"),
        },
        [sideways ? "yAxis" : "xAxis"]: {
          type: "category",
          data: [...categories],
          inverse: sideways,
          boundaryGap: kind === "bar",
          axisTick: { show: false },
          axisLine: { lineStyle: { color: ink.border } },
          axisLabel: sideways
            ? { color: ink.soft, interval: 0, ...longNames(drawn.getWidth()) }
            : { color: ink.soft, hideOverlap: true },
        },
        [sideways ? "xAxis" : "yAxis"]: {
          type: "value",
          min: kind === "bar" && !hasNegative(series) ? 0 : undefined,
          splitNumber: 4,
          // Room for the figures at the ends of lying bars.
          boundaryGap: sideways ? [hasNegative(series) ? "15%" : 0, "10%"] : undefined,
          splitLine: { lineStyle: { color: ink.border } },
          axisLabel: { color: ink.soft, hideOverlap: true, formatter: (value: number) => formatAxis(value) },
        },
        series: series.flatMap((one, place) =>
          drawing(kind, one, one.background ? ink.faint : (colors[place % colors.length] ?? colors[0])).map((told) =>
            kind === "bar" ? { ...told, ...barShape(one, { sideways, adjoining }, format, ink.text) } : told,
          ),
        ),
      },
      { notMerge: true },
    );
    const onClick = ({ dataIndex, seriesId }: { dataIndex: number; seriesId?: string }) => {
      const picked = series.find(({ key }) => key === seriesId);
      if (picked) pick.current?.(dataIndex, picked);
    };
    drawn.on("click", onClick as never);
    handle.current = { picture: () => pictureOf(drawn, ink.surface) };
    return () => {
      if (!drawn.isDisposed()) drawn.off("click", onClick as never);
    };
  }, [kind, categories, series, format, formatAxis, sideways, adjoining, theme, handle]);

  return <div ref={box} style={{ height }} lang={language} aria-hidden="true" />;
}

function drawing(kind: "line" | "bar", one: Series, color: string) {
  const line = {
    id: one.key,
    name: one.name,
    type: kind,
    data: [...one.values],
    color,
    symbol: "circle",
    symbolSize: 5,
    showSymbol: one.values.length < 32 && !one.background,
    lineStyle: one.background ? { width: 1.5, type: "dashed" } : { width: 2 },
    z: one.background ? 1 : 2,
    barMaxWidth: 28,
    itemStyle: kind === "bar" ? { borderRadius: [3, 3, 0, 0] } : undefined,
  };
  if (!one.low || !one.high) return [line];
  const { low, high } = one;
  const band = {
    type: "line",
    stack: `band-${one.key}`,
    symbol: "none",
    lineStyle: { opacity: 0 },
    silent: true,
    tooltip: { show: false },
  };
  return [
    line,
    { ...band, data: [...low] },
    { ...band, data: high.map((top, place) => width(low[place], top)), areaStyle: { color, opacity: 0.14 } },
  ];
}

/** Beside lying bars a third of the width is for their names; on a phone these take two lines. */
function longNames(width: number) {
  const isNarrow = width < 500;
  return {
    width: width * 0.35,
    overflow: isNarrow ? "break" : "truncate",
    ...(isNarrow ? { fontSize: 11, lineHeight: 13 } : {}),
  };
}

function hasNegative(series: readonly Series[]): boolean {
  return series.some(({ values }) => values.some((value) => value !== null && value < 0));
}

/** Lying bars say their figure at their end, and those of several series share a row, of which each has one. */
function barShape(
  one: Series,
  { sideways, adjoining }: { sideways: boolean; adjoining: boolean },
  format: (value: number) => string,
  color: string,
) {
  if (adjoining) return { barCategoryGap: "6%", barMaxWidth: undefined };
  if (!sideways) return {};
  const label = {
    show: true,
    color,
    formatter: ({ value }: { value: unknown }) => (typeof value === "number" ? format(value) : ""),
  };
  return {
    stack: "row",
    itemStyle: { borderRadius: 2 },
    data: one.values.map((value) => ({ value, label: { ...label, position: (value ?? 0) < 0 ? "left" : "right" } })),
  };
}

function width(low: number | null | undefined, high: number | null): number | null {
  return low === null || low === undefined || high === null ? null : high - low;
}

function inkOf() {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--hk-${name}`).trim();
  return {
    font: style.fontFamily,
    text: read("text"),
    soft: read("text-soft"),
    faint: read("text-faint"),
    border: read("border"),
    raised: read("raised"),
    surface: read("surface"),
  };
}

async function pictureOf(chart: EChartsType, backgroundColor: string): Promise<Blob> {
  const url = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor });
  return (await fetch(url)).blob();
}
