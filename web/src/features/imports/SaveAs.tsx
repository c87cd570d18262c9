import { App, Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { type Answers, type ImportFile, useChangeMapping, useSaveMapping } from "./api";
import styles from "./imports.module.css";

/** Keeps what was confirmed under a name, or as the next version of the mapping it came from. */
export function SaveAs({ file, answers }: { file: ImportFile; answers: Answers }) {
  const { t } = useTranslation("imports");
  const { message } = App.useApp();
  const [name, setName] = useState("");
  const save = useSaveMapping(file.id);
  const change = useChangeMapping();
  const done = (saved: { name: string }) => {
    setName("");
    void message.success(t("save.saved", { name: saved.name }));
  };
  const { mapping } = file;
  return (
    <Section title={t("save.title")} about={t("save.about")}>
      <Card>
        <form
          className={styles.saveAs}
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate({ name, answers }, { onSuccess: done });
          }}
        >
          <Input
            aria-label={t("save.name")}
            placeholder={t("save.name")}
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <Button htmlType="submit" disabled={name.trim() === ""} loading={save.isPending}>
            {t("save.save")}
          </Button>
          {mapping && (
            <Button
              loading={change.isPending}
              onClick={() => change.mutate({ id: mapping.id, answers, import_id: file.id }, { onSuccess: done })}
            >
              {t("save.update", { name: mapping.name })}
            </Button>
          )}
        </form>
        <Refused error={save.error} />
      </Card>
    </Section>
  );
}
