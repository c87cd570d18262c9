import { Alert, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { type ImportFile, usePropose } from "./api";
import styles from "./imports.module.css";
import { presetsOf } from "./presets";

/** Where the answers below come from, and what else they could come from. */
export function Proposed({ file }: { file: ImportFile }) {
  const { t } = useTranslation("imports");
  const may = useMay();
  const propose = usePropose(file.id);
  const presets = presetsOf(file.kind);
  const preset = presets.find((key) => key === file.preset);
  const words = file.mapping
    ? t("proposed.mapping", { name: file.mapping.name, version: file.mapping.version })
    : preset && t("proposed.preset", { name: t(`preset.${preset}`) });
  const others = file.fitting.filter(({ id }) => id !== file.mapping?.id);
  const platforms = presets.filter((key) => key !== file.preset || file.mapping);
  const options = [
    { label: t("proposed.saved"), options: others.map(({ id, name }) => ({ value: `mapping:${id}`, label: name })) },
    {
      label: t("proposed.platforms"),
      options: platforms.map((key) => ({ value: `preset:${key}`, label: t(`preset.${key}`) })),
    },
  ].filter(({ options: some }) => some.length > 0);
  const choose = (value: string) => {
    const [kind, key = ""] = value.split(":");
    propose.mutate(kind === "mapping" ? { mapping_id: Number(key) } : { preset: key });
  };
  if (!words && options.length === 0) return null;
  return (
    <Alert
      className={styles.gap}
      type={words ? "success" : "info"}
      title={words || t("proposed.choose")}
      action={
        may("imports.run") &&
        options.length > 0 && (
          <Select
            className={styles.propose}
            aria-label={t("proposed.choose")}
            placeholder={t("proposed.other")}
            value={null}
            loading={propose.isPending}
            options={options}
            onChange={(value: string | null) => value && choose(value)}
          />
        )
      }
    />
  );
}
