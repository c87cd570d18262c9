import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, FormOutlined, PlusOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Count } from "@/components/figures";
import { PlainPage } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import styles from "../customers.module.css";
import { type OwnField, type OwnFieldDraft, useArchiveField, useOrderFields, useOwnFields, useSaveField } from "./api";
import { OwnInput } from "./OwnInput";

const TYPES = ["text", "number", "money", "date", "choice", "multi_choice", "reference"] as const;
const TARGETS = ["customer", "product", "store", "company"] as const;

export function FieldsPage() {
  const { t } = useTranslation("file");
  const may = useMay();
  if (!may("customers.configure")) return <NoPermission what={t("own.title")} />;
  return <Fields />;
}

function Fields() {
  const { t } = useTranslation("file");
  const fields = useOwnFields(true);
  const [editing, setEditing] = useState<OwnField | "new" | null>(null);
  const list = fields.data;
  const add = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing("new")}>
      {t("own.new")}
    </Button>
  );
  return (
    <PlainPage title={t("own.title")} about={t("own.about")} actions={list && list.length > 0 ? add : undefined}>
      {fields.error && !list ? (
        <ErrorState error={fields.error} onRetry={() => void fields.refetch()} />
      ) : !list ? (
        <BoneLines lines={6} />
      ) : list.length === 0 ? (
        <EmptyState icon={<FormOutlined />} title={t("own.empty_title")} purpose={t("own.empty")} action={add} />
      ) : (
        <FieldTable fields={list} onEdit={setEditing} />
      )}
      {editing && <FieldDialog field={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
    </PlainPage>
  );
}

function FieldTable({ fields, onEdit }: { fields: readonly OwnField[]; onEdit: (field: OwnField) => void }) {
  const { t } = useTranslation("file");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const order = useOrderFields();
  const archive = useArchiveField();
  const [held, setHeld] = useState<number | null>(null);
  const move = (id: number, place: number) => {
    const ids = fields.map((field) => field.id).filter((one) => one !== id);
    ids.splice(place, 0, id);
    order.mutate(ids);
  };
  const ask = (field: OwnField) =>
    modal.confirm({
      title: t("own.archive_question", { name: field.name }),
      content: t("own.archive_words"),
      okText: t("own.archive"),
      cancelText: kit("cancel"),
      onOk: () => archive.mutateAsync({ id: field.id, archived: true }).catch(() => {}),
    });
  const columns: Column<OwnField>[] = [
    {
      key: "name",
      title: t("own.name"),
      identity: true,
      cell: (field) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the mouse; the arrows do the same by keyboard
        <span
          className={styles.dragged}
          draggable
          onDragStart={() => setHeld(field.id)}
          onDragOver={(event) => event.preventDefault()}
          onDrop={() => held !== null && held !== field.id && move(held, fields.indexOf(field))}
        >
          {field.name} {field.archived_at && <Tag>{t("own.archived")}</Tag>}
        </span>
      ),
    },
    { key: "key", title: t("own.key"), cell: (field) => <code>{field.key}</code> },
    {
      key: "type",
      title: t("own.type"),
      onCard: true,
      cell: (field) =>
        [t(`own.types.${field.type}`), field.target && t(`own.targets.${field.target}`), field.currency]
          .filter(Boolean)
          .join(" · "),
    },
    {
      key: "marks",
      title: t("own.marks"),
      cell: (field) =>
        [field.required && t("own.required"), field.unique && t("own.unique")].filter(Boolean).join(" · "),
    },
    {
      key: "customers",
      title: t("own.customers"),
      align: "end",
      onCard: true,
      cell: (field) => <Count value={field.customers} />,
    },
    {
      key: "actions",
      title: "",
      bare: true,
      onCard: true,
      align: "end",
      cell: (field) => {
        const place = fields.indexOf(field);
        return (
          <span className={styles.rowActions}>
            <Button
              type="text"
              size="small"
              icon={<ArrowUpOutlined />}
              disabled={place === 0}
              aria-label={t("own.up", { name: field.name })}
              onClick={() => move(field.id, place - 1)}
            />
            <Button
              type="text"
              size="small"
              icon={<ArrowDownOutlined />}
              disabled={place === fields.length - 1}
              aria-label={t("own.down", { name: field.name })}
              onClick={() => move(field.id, place + 1)}
            />
            {field.archived_at ? (
              <Button type="text" size="small" onClick={() => archive.mutate({ id: field.id, archived: false })}>
                {t("own.restore")}
              </Button>
            ) : (
              <>
                <Button type="text" size="small" onClick={() => onEdit(field)}>
                  {t("tags.edit")}
                </Button>
                <Button type="text" size="small" onClick={() => ask(field)}>
                  {t("own.archive")}
                </Button>
              </>
            )}
          </span>
        );
      },
    },
  ];
  return <DataTable caption={t("own.title")} columns={columns} rows={fields} rowKey={(field) => field.id} />;
}

type Draft = OwnFieldDraft & { options: { key: string; name: string }[] };

function FieldDialog({ field, onClose }: { field: OwnField | null; onClose: () => void }) {
  const { t } = useTranslation("file");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const { currency } = useReading();
  const [form] = Form.useForm<Draft>();
  const save = useSaveField(field?.id ?? null);
  const used = (field?.customers ?? 0) > 0;
  const shown = Form.useWatch([], form) as Partial<Draft> | undefined;
  const type = shown?.type ?? field?.type ?? "text";
  const takesOptions = type === "choice" || type === "multi_choice";
  const submit = (values: Draft) => {
    const body: OwnFieldDraft = {
      ...values,
      key: values.key ?? field?.key,
      description: values.description ?? "",
      target: type === "reference" ? values.target : null,
      currency: type === "money" ? values.currency : null,
      options: takesOptions
        ? (values.options ?? []).map(({ key, name }, at) => ({ key: key || keyOf(name, at), name }))
        : [],
      required: values.required ?? false,
      unique: ["text", "number", "date"].includes(type) ? (values.unique ?? false) : false,
      default: takesDefault(type) ? (values.default ?? null) : null,
    };
    save.mutate(body, {
      onSuccess: () => {
        void message.success(t("own.saved"));
        onClose();
      },
    });
  };
  const sample: OwnField | null = takesDefault(type)
    ? ({
        ...(field ?? {}),
        id: 0,
        type,
        options: takesOptions
          ? (shown?.options ?? [])
              .filter((o) => o?.name)
              .map((o, at) => ({ key: o.key || keyOf(o.name, at), name: o.name }))
          : [],
        currency: shown?.currency ?? currency,
      } as OwnField)
    : null;
  return (
    <Modal
      open
      width={600}
      title={field ? t("own.edit") : t("own.new")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("save")}
      cancelText={kit("cancel")}
      confirmLoading={save.isPending}
    >
      <Form<Draft>
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={field ? { ...field } : { type: "text", currency, options: [{ key: "", name: "" }] }}
      >
        <Refused error={save.error} />
        <div className={styles.pair}>
          <Form.Item
            name="name"
            label={t("own.name")}
            rules={[{ required: true, whitespace: true, message: t("own.name") }]}
          >
            <Input autoFocus maxLength={80} />
          </Form.Item>
          {!field && (
            <Form.Item
              name="key"
              label={t("own.key")}
              extra={t("own.key_hint")}
              rules={[{ required: true, pattern: /^[a-z][a-z0-9_]{0,39}$/, message: t("own.key_hint") }]}
            >
              <Input maxLength={40} />
            </Form.Item>
          )}
          <Form.Item name="type" label={t("own.type")} extra={used ? t("own.in_use") : undefined}>
            <Select disabled={used} options={TYPES.map((value) => ({ value, label: t(`own.types.${value}`) }))} />
          </Form.Item>
          {type === "reference" && (
            <Form.Item name="target" label={t("own.target")} rules={[{ required: true, message: t("own.target") }]}>
              <Select disabled={used} options={TARGETS.map((value) => ({ value, label: t(`own.targets.${value}`) }))} />
            </Form.Item>
          )}
          {type === "money" && (
            <Form.Item name="currency" label={t("own.currency")}>
              <Input disabled={used} maxLength={3} />
            </Form.Item>
          )}
        </div>
        {takesOptions && <Options />}
        <Form.Item name="description" label={t("own.description")} extra={t("own.description_hint")}>
          <Input maxLength={300} />
        </Form.Item>
        {sample && (
          <Form.Item name="default" label={t("own.default")}>
            <OwnInput field={sample} />
          </Form.Item>
        )}
        <Form.Item name="required" valuePropName="checked" noStyle>
          <Checkbox>{t("own.required")}</Checkbox>
        </Form.Item>
        {["text", "number", "date"].includes(type) && (
          <Form.Item name="unique" valuePropName="checked" noStyle>
            <Checkbox>{t("own.unique")}</Checkbox>
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}

function Options() {
  const { t } = useTranslation("file");
  return (
    <Form.Item label={t("own.options")} required>
      <Form.List name="options">
        {(items, { add, remove }) => (
          <>
            {items.map((item) => (
              <div key={item.key} className={styles.optionRow}>
                <Form.Item name={[item.name, "name"]} noStyle rules={[{ required: true, message: t("own.option") }]}>
                  <Input placeholder={t("own.option")} aria-label={t("own.option")} maxLength={80} />
                </Form.Item>
                <Button
                  type="text"
                  icon={<DeleteOutlined />}
                  aria-label={t("own.option_remove", { name: item.name + 1 })}
                  onClick={() => remove(item.name)}
                />
              </div>
            ))}
            <Button type="dashed" icon={<PlusOutlined />} onClick={() => add({ key: "", name: "" })}>
              {t("own.option_add")}
            </Button>
          </>
        )}
      </Form.List>
    </Form.Item>
  );
}

function takesDefault(type: OwnField["type"]): boolean {
  return type !== "multi_choice" && type !== "reference";
}

/** A key for an option: from its name where that is Latin, else by its place and the moment, so that none comes twice. */
function keyOf(name: string, at: number): string {
  const latin = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return latin === "" ? `option_${at + 1}_${hash(name)}` : latin.slice(0, 40);
}

function hash(text: string): string {
  let sum = 7;
  for (const char of text) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 2_176_782_336;
  return sum.toString(36);
}
