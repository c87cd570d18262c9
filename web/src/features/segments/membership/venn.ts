/** The picture of up to three sets: where the circles stand, and what a point is inside of. Pure. */

export interface Circle {
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export const WIDTH = 360;
export const HEIGHT = 300;

const CIRCLES: Readonly<Record<number, readonly Circle[]>> = {
  1: [{ x: 180, y: 150, r: 110 }],
  2: [
    { x: 128, y: 150, r: 100 },
    { x: 232, y: 150, r: 100 },
  ],
  3: [
    { x: 134, y: 112, r: 92 },
    { x: 226, y: 112, r: 92 },
    { x: 180, y: 190, r: 92 },
  ],
};

/** By the places of the sets that a region is inside of: "0", "02", "012". */
const SPOTS: Readonly<Record<number, Readonly<Record<string, Spot>>>> = {
  1: { "0": { x: 180, y: 150 } },
  2: { "0": { x: 80, y: 150 }, "1": { x: 280, y: 150 }, "01": { x: 180, y: 150 } },
  3: {
    "0": { x: 92, y: 92 },
    "1": { x: 268, y: 92 },
    "2": { x: 180, y: 246 },
    "01": { x: 180, y: 72 },
    "02": { x: 121, y: 168 },
    "12": { x: 239, y: 168 },
    "012": { x: 180, y: 136 },
  },
};

export function circlesOf(sets: number): readonly Circle[] {
  return CIRCLES[sets] ?? [];
}

/** Where the number of a region stands. */
export function spotOf(sets: number, region: string): Spot {
  return SPOTS[sets]?.[region] ?? { x: WIDTH / 2, y: HEIGHT / 2 };
}

/** The region a point lies in; empty outside of every circle. */
export function regionAt(sets: number, { x, y }: Spot): string {
  return circlesOf(sets)
    .map((circle, place) => ((x - circle.x) ** 2 + (y - circle.y) ** 2 <= circle.r ** 2 ? String(place) : ""))
    .join("");
}

/** The regions that make up a set, by how it is said. */
export function regionsOf(sets: number, how: "union" | "intersection" | "difference"): readonly string[] {
  const every = Object.keys(SPOTS[sets] ?? {});
  if (how === "union") return every;
  if (how === "difference") return ["0"];
  return every.filter((region) => region.length === sets);
}
