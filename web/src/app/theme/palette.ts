/** Every colour of the product, once. `theme.ts` gives them to Ant Design and, as `--hk-*`, to our own style sheets. */
export interface Palette {
  /** Behind everything: the menu and the frame. */
  readonly canvas: string;
  /** Where the work is: pages, tables, pop-overs. */
  readonly surface: string;
  readonly raised: string;
  readonly hover: string;
  readonly selected: string;
  readonly border: string;
  readonly borderStrong: string;
  readonly text: string;
  readonly textSoft: string;
  readonly textFaint: string;
  readonly accent: string;
  readonly accentText: string;
  readonly accentSoft: string;
  readonly onAccent: string;
  readonly good: string;
  readonly goodSoft: string;
  readonly warning: string;
  readonly warningSoft: string;
  readonly bad: string;
  readonly badSoft: string;
  readonly info: string;
  readonly infoSoft: string;
  readonly shadow: string;
}

export type Mode = "light" | "dark";

export const PALETTES: Record<Mode, Palette> = {
  light: {
    canvas: "#f6f6f4",
    surface: "#ffffff",
    raised: "#ffffff",
    hover: "#f3f3f0",
    selected: "#e9f3f1",
    border: "#e7e7e3",
    borderStrong: "#d3d3cd",
    text: "#1b1c1a",
    textSoft: "#5a5c57",
    textFaint: "#74766f",
    accent: "#0f766e",
    accentText: "#0b665f",
    accentSoft: "#e3f1ee",
    onAccent: "#ffffff",
    good: "#17743f",
    goodSoft: "#e5f4ea",
    warning: "#9a5b00",
    warningSoft: "#fdf1dc",
    bad: "#c0322b",
    badSoft: "#fceae8",
    info: "#2a62b8",
    infoSoft: "#e8f0fb",
    shadow: "0 1px 2px rgb(27 28 26 / 6%), 0 8px 24px rgb(27 28 26 / 10%)",
  },
  dark: {
    canvas: "#101211",
    surface: "#171918",
    raised: "#202322",
    hover: "#212423",
    selected: "#17302c",
    border: "#2a2d2b",
    borderStrong: "#3d413f",
    text: "#edeeec",
    textSoft: "#b0b3af",
    textFaint: "#8c908b",
    accent: "#3cb8a9",
    accentText: "#5fd0c2",
    accentSoft: "#16302c",
    onAccent: "#04211d",
    good: "#5cc489",
    goodSoft: "#14301f",
    warning: "#e5ab54",
    warningSoft: "#362712",
    bad: "#f0857d",
    badSoft: "#3c1d1b",
    info: "#84b1f2",
    infoSoft: "#172a45",
    shadow: "0 1px 2px rgb(0 0 0 / 40%), 0 8px 24px rgb(0 0 0 / 50%)",
  },
};
