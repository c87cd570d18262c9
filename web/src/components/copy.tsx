import { CheckOutlined, CopyOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import styles from "./copy.module.css";

const CONFIRMED_MILLISECONDS = 2_000;

/** Something to be carried elsewhere as it is (a link, a key), with the button that copies it. */
export function CopyField({ value, label, done }: { value: string; label: string; done: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), CONFIRMED_MILLISECONDS);
  };
  return (
    <div className={styles.copy}>
      <code className={styles.value}>{value}</code>
      <Button type="primary" icon={copied ? <CheckOutlined /> : <CopyOutlined />} onClick={() => void copy()}>
        {copied ? done : label}
      </Button>
    </div>
  );
}

/** Copies text; on a page without TLS, where browsers withhold the clipboard, by way of a selection. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
