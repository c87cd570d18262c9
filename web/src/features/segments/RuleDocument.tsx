import { CopyOutlined, DownloadOutlined, ImportOutlined, MoreOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Input, Modal } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, type Problem } from "@/api/problem";
import { isRecord } from "@/api/record";
import type { Rule } from "@/api/rule";
import { copyText } from "@/components/copy";
import { downloadBlob } from "@/components/csv";
import { useWordProblem } from "@/components/problems";
import { useCheckRule } from "./api";
import { type DraftRule, toDraft } from "./draft";
import styles from "./segments.module.css";
import { useFaultWords } from "./useFaultWords";

/** Carries a rule out as a document, and another one in. */
export function RuleDocument({
  rule,
  name,
  onImport,
}: {
  rule: Rule;
  name: string;
  onImport: (rule: DraftRule) => void;
}) {
  const { t } = useTranslation("segments");
  const { message } = App.useApp();
  const [importing, setImporting] = useState(false);
  const text = () => `${JSON.stringify(rule, null, 2)}\n`;
  return (
    <>
      <Dropdown
        trigger={["click"]}
        placement="bottomRight"
        menu={{
          items: [
            { key: "copy", icon: <CopyOutlined />, label: t("document.copy") },
            { key: "download", icon: <DownloadOutlined />, label: t("document.download") },
            { key: "import", icon: <ImportOutlined />, label: t("document.import") },
          ],
          onClick: ({ key }) => {
            if (key === "copy") void copyText(text()).then(() => message.success(t("document.copied")));
            if (key === "download")
              downloadBlob(
                `${name.trim() || t("document.file")}.json`,
                new Blob([text()], { type: "application/json" }),
              );
            if (key === "import") setImporting(true);
          },
        }}
      >
        <Button icon={<MoreOutlined />} aria-label={t("document.more")} />
      </Dropdown>
      {importing && (
        <ImportRule
          onClose={() => setImporting(false)}
          onImport={(imported) => {
            setImporting(false);
            onImport(imported);
            void message.success(t("document.done"));
          }}
        />
      )}
    </>
  );
}

function ImportRule({ onClose, onImport }: { onClose: () => void; onImport: (rule: DraftRule) => void }) {
  const { t } = useTranslation("segments");
  const [text, setText] = useState("");
  const [refused, setRefused] = useState<Problem | string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const check = useCheckRule();
  async function use(): Promise<void> {
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch (error) {
      setRefused(t("document.not_json", { why: error instanceof Error ? error.message : "" }));
      return;
    }
    if (!isRecord(document)) {
      setRefused(t("document.not_a_rule"));
      return;
    }
    try {
      await check.mutateAsync(document);
    } catch (error) {
      setRefused(asProblem(error));
      return;
    }
    onImport(toDraft(document as unknown as Rule));
  }
  return (
    <Modal
      open
      title={t("document.title")}
      okText={t("document.use")}
      okButtonProps={{ disabled: text.trim() === "", loading: check.isPending }}
      onOk={() => void use()}
      onCancel={onClose}
    >
      <p className={styles.whyAbout}>{t("document.about")}</p>
      <Input.TextArea
        className={styles.document}
        value={text}
        rows={10}
        spellCheck={false}
        aria-label={t("document.text")}
        onChange={({ target }) => {
          setText(target.value);
          setRefused(null);
        }}
      />
      <input
        ref={file}
        type="file"
        accept="application/json,.json"
        hidden
        aria-hidden
        onChange={async ({ target }) => {
          const chosen = target.files?.[0];
          if (chosen) setText(await chosen.text());
          setRefused(null);
          target.value = "";
        }}
      />
      <Button size="small" onClick={() => file.current?.click()}>
        {t("document.choose")}
      </Button>
      {refused !== null && <Refused refused={refused} />}
    </Modal>
  );
}

/** Why the document is no rule: each fault at the condition it lies in. */
function Refused({ refused }: { refused: Problem | string }) {
  const { t } = useTranslation("segments");
  const wordProblem = useWordProblem();
  const words = useFaultWords();
  if (typeof refused === "string")
    return (
      <p role="alert" className={styles.refused}>
        {refused}
      </p>
    );
  const isRule = refused.code === "segment.rule_invalid";
  return (
    <div role="alert" className={styles.refused}>
      <p>{isRule ? t("document.faults") : wordProblem(refused).what}</p>
      <ul>
        {refused.fields.map((fault) => (
          <li key={`${fault.where} ${fault.code}`}>{words.long(fault)}</li>
        ))}
      </ul>
    </div>
  );
}
