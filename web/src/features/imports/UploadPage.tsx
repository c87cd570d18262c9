import { BarsOutlined, InboxOutlined, ShoppingOutlined, TeamOutlined } from "@ant-design/icons";
import { Button, Progress } from "antd";
import { type DragEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, useAddress } from "@/components/address";
import { PageHeader } from "@/components/PageHeader";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { NoPermission } from "@/components/states";
import { percent } from "@/format/percent";
import type { ImportKind } from "./api";
import styles from "./imports.module.css";
import { EVERY_PRESET, presetsOf } from "./presets";
import { Steps } from "./Steps";
import { uploadFile } from "./upload";

const KINDS = ["orders", "lines", "customers"] as const;
const FIELDS = { kind: choiceField(KINDS, "orders"), preset: choiceField(["", ...EVERY_PRESET], "") };
const KIND_ICONS: Record<ImportKind, ReactNode> = {
  orders: <ShoppingOutlined />,
  lines: <BarsOutlined />,
  customers: <TeamOutlined />,
};
const ACCEPTED = ".csv,.tsv,.txt,.gz,.xlsx,.parquet,.jsonl,.ndjson,.json";

export function UploadPage() {
  const { t } = useTranslation("imports");
  const may = useMay();
  if (!may("imports.run")) return <NoPermission what={t("title")} />;
  return <Upload />;
}

function Upload() {
  const { t } = useTranslation("imports");
  const navigate = useNavigate();
  const address = useAddress(FIELDS);
  const { kind } = address.values;
  const presets = presetsOf(kind);
  const preset = presets.find((key) => key === address.values.preset) ?? "";
  const [sent, setSent] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const abort = useRef<AbortController | null>(null);

  useEffect(() => () => abort.current?.abort(), []);

  const bring = async (file: File) => {
    const controller = new AbortController();
    abort.current = controller;
    setError(null);
    setSent(0);
    try {
      const made = await uploadFile(file, { kind, preset }, setSent, controller.signal);
      navigate(`/imports/${made.id}`, { replace: true });
    } catch (reason) {
      if (!controller.signal.aborted) setError(reason);
      setSent(null);
    }
  };

  return (
    <div className={styles.page}>
      <PageHeader title={t("upload.title")} above={<Link to="/imports">{t("title")}</Link>} />
      <Steps at="upload" />
      <fieldset className={styles.kinds} disabled={sent !== null}>
        <legend>{t("upload.kind")}</legend>
        {KINDS.map((value) => (
          <label key={value} className={styles.kind}>
            <input
              type="radio"
              name="kind"
              value={value}
              checked={kind === value}
              onChange={() => address.change({ kind: value }, { replace: true })}
            />
            <span className={styles.kindIcon} aria-hidden="true">
              {KIND_ICONS[value]}
            </span>
            <span>
              <strong>{t(`upload.${value}`)}</strong>
              <span className={styles.soft}>{t(`upload.${value}_about`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {presets.length > 0 && (
        <fieldset className={styles.presets} disabled={sent !== null}>
          <legend>{t("preset.title")}</legend>
          <p className={styles.soft}>{t("preset.about")}</p>
          {(["", ...presets] as const).map((value) => (
            <label key={value} className={styles.preset}>
              <input
                type="radio"
                name="preset"
                value={value}
                checked={preset === value}
                onChange={() => address.change({ preset: value }, { replace: true })}
              />
              <span>
                <strong>{t(`preset.${value || "none"}`)}</strong>
                <span className={styles.soft}>{t(`preset.${value || "none"}_about`)}</span>
                {value && preset === value && (
                  <a href={`/api/v1/imports/presets/${value}/sample`} download>
                    {t("preset.sample")}
                  </a>
                )}
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <Refused error={error} />
      {sent === null ? (
        <DropZone onFile={(file) => void bring(file)} />
      ) : (
        <Sending sent={sent} onCancel={() => abort.current?.abort()} />
      )}
      <p className={styles.soft}>{t("upload.safe")}</p>
    </div>
  );
}

function DropZone({ onFile }: { onFile: (file: File) => void }) {
  const { t } = useTranslation("imports");
  const [over, setOver] = useState(false);
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file) onFile(file);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <label
      className={styles.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <input
        type="file"
        className="hk-visually-hidden"
        accept={ACCEPTED}
        onChange={(event) => {
          take(event.target.files);
          event.target.value = "";
        }}
      />
      <InboxOutlined className={styles.dropIcon} />
      <strong>{t("upload.drop")}</strong>
      <span className={styles.soft}>{t("upload.drop_hint")}</span>
    </label>
  );
}

function Sending({ sent, onCancel }: { sent: number; onCancel: () => void }) {
  const { t } = useTranslation("imports");
  const { language } = useReading();
  return (
    <div className={styles.drop} data-still>
      <Progress
        percent={Math.floor(sent * 100)}
        showInfo={false}
        className={styles.sending}
        aria-label={t("step.upload")}
      />
      <strong>{sent < 1 ? t("upload.sending", { percent: percent(sent, language) }) : t("upload.reading")}</strong>
      <Button type="text" onClick={onCancel}>
        {t("upload.cancel")}
      </Button>
    </div>
  );
}
