import { PlusOutlined } from "@ant-design/icons";
import { Button, Select, type SelectProps } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Catalogue } from "../catalogue";
import { useRuleWords } from "../useRuleWords";
import styles from "./builder.module.css";
import { ASKS, type Findable, groupedFields, newCondition, ranked, SHORTCUTS } from "./options";

/** Adds a condition by typing a few letters of it. */
export function AddCondition({
  catalogue,
  onAdd,
  openAtFirst = false,
}: {
  catalogue: Catalogue;
  onAdd: (key: string) => void;
  openAtFirst?: boolean;
}) {
  const { t } = useTranslation("segments");
  const [open, setOpen] = useState(openAtFirst);
  const everything = useConditionOptions(catalogue);
  const [typed, setTyped] = useState("");
  const options = useMemo<NonNullable<SelectProps["options"]>>(
    () => [...ranked(everything, typed)],
    [everything, typed],
  );
  if (!open) {
    return (
      <Button type="dashed" icon={<PlusOutlined />} onClick={() => setOpen(true)}>
        {t("group.add")}
      </Button>
    );
  }
  return (
    <Select
      className={styles.add}
      autoFocus
      defaultOpen={!openAtFirst}
      value={null}
      placeholder={t("group.add_placeholder")}
      aria-label={t("group.add")}
      showSearch={{ filterOption: false, searchValue: typed, onSearch: setTyped }}
      suffixIcon={<PlusOutlined />}
      notFoundContent={t("group.nothing", { text: typed })}
      listHeight={360}
      options={options}
      optionRender={(option) => (
        <span className={styles.option}>
          <span>{option.label}</span>
          <span className={styles.optionHint}>{option.data.hint}</span>
        </span>
      )}
      onChange={(key: string | null) => {
        setTyped("");
        setOpen(openAtFirst);
        if (key) onAdd(key);
      }}
      onBlur={() => setOpen(openAtFirst)}
    />
  );
}

interface Option extends Findable {
  readonly value: string;
  readonly hint: string;
}

/** Everything that can be asked, in groups. */
function useConditionOptions(catalogue: Catalogue): readonly { label: string; options: Option[] }[] {
  const { t, i18n } = useTranslation("segments");
  const words = useRuleWords();
  return useMemo(() => {
    const say = (key: string): string =>
      i18n.exists(key, { ns: "segments" })
        ? (i18n.t as (key: string, options: object) => string)(key, { ns: "segments" })
        : "";
    const bought = SHORTCUTS.map((shortcut) => ({
      value: `bought:${shortcut}`,
      label: t(`bought.shortcut.${shortcut}`),
      search: `${t(`bought.shortcut.${shortcut}`)} ${t("section.bought")} ${shortcut}`,
      hint: say(`bought.shortcut_hint.${shortcut}`),
    }));
    const asked = (["activities", "sequences", "shares"] as const).map((section) => ({
      label: t(`section.${section}`),
      options: ASKS[section]
        .filter((ask) => newCondition(`ask:${ask}`, catalogue, "") !== null)
        .map((ask) => ({
          value: `ask:${ask}`,
          label: t(`ask.${ask}`),
          search: `${t(`ask.${ask}`)} ${t(`section.${section}`)} ${ask}`,
          hint: say(`ask_hint.${ask}`),
        })),
    }));
    const fields = groupedFields(catalogue).map(({ group, keys }) => {
      const title = say(`section.${group}`) || t("section.other");
      return {
        label: title,
        options: keys.map((key) => ({
          value: `field:${key}`,
          label: words.field(key),
          search: `${words.field(key)} ${title} ${key}`,
          hint: "",
        })),
      };
    });
    return [{ label: t("section.bought"), options: bought }, ...asked, ...fields];
  }, [catalogue, t, i18n, words]);
}
