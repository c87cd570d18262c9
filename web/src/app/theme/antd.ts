import { type ThemeConfig, theme } from "antd";
import { type Mode, PALETTES } from "./palette";

export const FONT_FAMILY =
  'Inter, "Segoe UI", "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, -apple-system, sans-serif';

/**
 * Ant Design dressed in our palette: small radii, quiet borders, one accent. Whoever asked for less motion gets none:
 * it has to be switched off here, since pop-ups whose animation a style sheet cuts short stay off the screen.
 */
export function antdTheme(mode: Mode, { motion }: { motion: boolean }): ThemeConfig {
  const colors = PALETTES[mode];
  return {
    algorithm: mode === "dark" ? theme.darkAlgorithm : theme.defaultAlgorithm,
    cssVar: { prefix: "ant", key: `huike-${mode}` },
    token: {
      motion,
      colorPrimary: colors.accent,
      colorLink: colors.accentText,
      colorInfo: colors.info,
      colorSuccess: colors.good,
      colorWarning: colors.warning,
      colorError: colors.bad,
      colorInfoBg: colors.infoSoft,
      colorInfoBorder: colors.infoSoft,
      colorSuccessBg: colors.goodSoft,
      colorSuccessBorder: colors.goodSoft,
      colorWarningBg: colors.warningSoft,
      colorWarningBorder: colors.warningSoft,
      colorErrorBg: colors.badSoft,
      colorErrorBorder: colors.badSoft,
      colorBgBase: colors.surface,
      colorBgLayout: colors.canvas,
      colorBgContainer: colors.surface,
      colorBgElevated: colors.raised,
      colorTextBase: colors.text,
      colorText: colors.text,
      colorTextSecondary: colors.textSoft,
      colorTextTertiary: colors.textFaint,
      colorTextDescription: colors.textSoft,
      colorTextPlaceholder: colors.textFaint,
      colorBorder: colors.borderStrong,
      colorBorderSecondary: colors.border,
      colorTextLightSolid: mode === "dark" ? colors.onAccent : "#ffffff",
      borderRadius: 6,
      borderRadiusLG: 8,
      controlHeight: 34,
      fontSize: 14,
      fontFamily: FONT_FAMILY,
      boxShadow: colors.shadow,
      boxShadowSecondary: colors.shadow,
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.18s",
    },
    components: {
      Button: { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none", fontWeight: 500 },
      Tooltip: { colorBgSpotlight: mode === "dark" ? "#3a3e3c" : "#262826", colorTextLightSolid: "#ffffff" },
      Modal: { titleFontSize: 17 },
      Tabs: { horizontalItemPadding: "10px 0", horizontalItemGutter: 24, horizontalMargin: "0 0 16px 0" },
      Segmented: { trackBg: colors.canvas },
      Form: { verticalLabelPadding: "0 0 4px", itemMarginBottom: 20 },
    },
  };
}
