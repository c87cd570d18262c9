import {
  BulbOutlined,
  DesktopOutlined,
  LogoutOutlined,
  MoonOutlined,
  SunOutlined,
  TranslationOutlined,
  UserOutlined,
} from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { signOut } from "@/api/auth";
import { answered, client } from "@/api/client";
import { ME_KEY, useMe, whoIsHereChanged } from "@/api/me";
import { useIsPhone } from "@/components/screen";
import { LANGUAGES, type Language, nearestLanguage } from "@/format/language";
import { speak } from "../i18n/i18n";
import { type ThemeChoice, useTheme } from "../theme/ThemeProvider";
import styles from "./TopBar.module.css";

/** Changes the language at once, and remembers it as the person's own. */
function useSpeakAndRemember(): (language: Language) => void {
  const queries = useQueryClient();
  const remember = useMutation({
    mutationFn: (language: Language) => answered(client.PATCH("/api/v1/me", { body: { language } })),
    onSuccess: (me) => queries.setQueryData(ME_KEY, me),
  });
  return (language) => {
    void speak(language);
    remember.mutate(language);
  };
}

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  const change = useSpeakAndRemember();
  const phone = useIsPhone();
  const now = nearestLanguage(i18n.language);
  const items = LANGUAGES.map((language) => ({ key: language, label: t(`language.${language}`), lang: language }));
  if (phone) return null;
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items,
        selectable: true,
        selectedKeys: [now],
        onClick: ({ key }) => change(nearestLanguage(key)),
      }}
    >
      <Button type="text" icon={<TranslationOutlined />} aria-label={t("language.label")} />
    </Dropdown>
  );
}

const THEME_ICONS: Record<ThemeChoice, ReactNode> = {
  system: <DesktopOutlined />,
  light: <SunOutlined />,
  dark: <MoonOutlined />,
};

export function ThemeSwitch() {
  const { t } = useTranslation();
  const { choice, mode, choose } = useTheme();
  const phone = useIsPhone();
  if (phone) return null;
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: (["system", "light", "dark"] as const).map((key) => ({
          key,
          label: t(`theme.${key}`),
          icon: THEME_ICONS[key],
        })),
        selectable: true,
        selectedKeys: [choice],
        onClick: ({ key }) => choose(key as ThemeChoice),
      }}
    >
      <Button type="text" icon={mode === "dark" ? <MoonOutlined /> : <BulbOutlined />} aria-label={t("theme.label")} />
    </Dropdown>
  );
}

export function MeMenu() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const phone = useIsPhone();
  const { choice, choose } = useTheme();
  const change = useSpeakAndRemember();
  const leave = useMutation({ mutationFn: signOut, onSuccess: () => whoIsHereChanged(queries) });
  const language = nearestLanguage(i18n.language);
  const other: Language = language === "en" ? "zh-CN" : "en";
  // A phone's top bar has no room for the two switches: they stand here instead.
  const switches = phone
    ? [
        { key: "language", icon: <TranslationOutlined />, label: t(`language.${other}`), onClick: () => change(other) },
        {
          key: "theme",
          icon: choice === "dark" ? <SunOutlined /> : <MoonOutlined />,
          label: t(choice === "dark" ? "theme.light" : "theme.dark"),
          onClick: () => choose(choice === "dark" ? "light" : "dark"),
        },
      ]
    : [];
  return (
    <Dropdown
      trigger={["click"]}
      placement="bottomRight"
      menu={{
        items: [
          {
            key: "who",
            type: "group",
            label: (
              <span className={styles.who}>
                <strong>{me.name}</strong>
                <span>{me.email}</span>
              </span>
            ),
          },
          { type: "divider" },
          { key: "account", icon: <UserOutlined />, label: t("me.account"), onClick: () => void navigate("/account") },
          ...switches,
          { key: "sign_out", icon: <LogoutOutlined />, label: t("me.sign_out"), onClick: () => leave.mutate() },
        ],
      }}
    >
      <button type="button" className={styles.me} aria-label={`${t("me.label")}: ${me.name}`}>
        {initial(me.name)}
      </button>
    </Dropdown>
  );
}

function initial(name: string): string {
  return (Array.from(name.trim())[0] ?? "?").toUpperCase();
}
