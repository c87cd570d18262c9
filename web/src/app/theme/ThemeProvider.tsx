import { LoadingOutlined } from "@ant-design/icons";
import { App as AntdApp, ConfigProvider } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { createContext, type ReactNode, useContext, useLayoutEffect, useMemo, useState } from "react";
import { useMedia } from "@/components/screen";
import type { Language } from "@/format/language";
import { antdTheme } from "./antd";
import { type Mode, PALETTES } from "./palette";

/** What the person chose; `system` follows the machine, also while it changes. */
export type ThemeChoice = "system" | Mode;

const STORAGE_KEY = "huike.theme";

interface ThemeState {
  readonly choice: ThemeChoice;
  readonly mode: Mode;
  readonly choose: (choice: ThemeChoice) => void;
}

const ThemeContext = createContext<ThemeState | null>(null);

export function useTheme(): ThemeState {
  const state = useContext(ThemeContext);
  if (!state) throw new Error("useTheme needs a ThemeProvider above it");
  return state;
}

export function ThemeProvider({ language, children }: { language: Language; children: ReactNode }) {
  const [choice, setChoice] = useState<ThemeChoice>(storedChoice);
  const system: Mode = useMedia("(prefers-color-scheme: dark)") ? "dark" : "light";
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const mode = choice === "system" ? system : choice;

  useLayoutEffect(() => paint(mode), [mode]);

  const state = useMemo<ThemeState>(
    () => ({
      choice,
      mode,
      choose: (next) => {
        localStorage.setItem(STORAGE_KEY, next);
        setChoice(next);
      },
    }),
    [choice, mode],
  );

  return (
    <ThemeContext value={state}>
      <ConfigProvider
        theme={antdTheme(mode, { motion: !still })}
        locale={language === "zh-CN" ? zh : en}
        // Antd's own unfolds, and stays for ever where a refusal comes before it is unfolded.
        button={{ autoInsertSpace: false, loadingIcon: <LoadingOutlined /> }}
        form={{ requiredMark: false, scrollToFirstError: true }}
      >
        <AntdApp message={{ maxCount: 3 }}>{children}</AntdApp>
      </ConfigProvider>
    </ThemeContext>
  );
}

function storedChoice(): ThemeChoice {
  const stored = localStorage.getItem(STORAGE_KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** Hands the palette to the style sheets as `--hk-accent-soft` and so on. */
function paint(mode: Mode): void {
  const root = document.documentElement;
  root.dataset.theme = mode;
  root.style.colorScheme = mode;
  for (const [name, value] of Object.entries(PALETTES[mode])) {
    root.style.setProperty(`--hk-${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value);
  }
}
