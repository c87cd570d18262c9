import type { ImportKind } from "./api";

/** The platforms whose exports are known, by what is in their files. */
const PRESETS = {
  orders: ["taobao", "douyin_shop", "meituan", "douyin_life", "youzan", "wechat_shop"],
  lines: ["taobao_goods"],
  customers: [],
} as const satisfies Record<ImportKind, readonly string[]>;

export type PresetKey = (typeof PRESETS)[ImportKind][number];

export const EVERY_PRESET: readonly PresetKey[] = Object.values(PRESETS).flat();

export function presetsOf(kind: ImportKind): readonly PresetKey[] {
  return PRESETS[kind];
}
