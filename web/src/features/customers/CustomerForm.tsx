import { App, Form, Input, Modal, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Refused } from "@/components/Refused";
import { type CustomerChanges, type CustomerFile, useChangeCustomer, useCreateCustomer, useStores } from "./api";
import styles from "./customers.module.css";

type FormValues = {
  -readonly [K in keyof CustomerChanges]?: CustomerChanges[K];
};

/** Personal data that stands masked on the file: what is typed replaces it, an empty field leaves it. */
const MASKED = ["phone", "email", "card_number", "address"] as const;

/** A new customer, or the changes to one's file. */
export function CustomerForm({
  file,
  onClose,
  onSaved,
}: {
  file?: CustomerFile;
  onClose: () => void;
  onSaved: (file: CustomerFile) => void;
}) {
  const { t } = useTranslation("customers");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [form] = Form.useForm<FormValues>();
  const stores = useStores();
  const create = useCreateCustomer();
  const change = useChangeCustomer(file?.id ?? 0);
  const saved = (result: CustomerFile) => {
    void message.success(t("form.saved"));
    onSaved(result);
    onClose();
  };
  const submit = (values: FormValues) => {
    const changes = changesOf(values, file);
    if (!file) create.mutate(changes, { onSuccess: saved });
    else if (Object.keys(changes).length === 0) onClose();
    else change.mutate(changes, { onSuccess: saved });
  };
  const keep = (masked: string | null | undefined) => (masked ? t("form.keep", { masked }) : undefined);

  return (
    <Modal
      open
      width={640}
      title={file ? t("form.edit_title") : t("form.new_title")}
      onCancel={onClose}
      onOk={form.submit}
      okText={file ? t("form.save") : t("form.create")}
      cancelText={kit("cancel")}
      confirmLoading={create.isPending || change.isPending}
    >
      <Form<FormValues> form={form} layout="vertical" onFinish={submit} initialValues={initialValues(file)}>
        <Refused error={create.error ?? change.error} />
        <div className={styles.pair}>
          <Form.Item
            name="name"
            label={t("column.name")}
            dependencies={["phone", "email", "card_number"]}
            rules={[
              ({ getFieldsValue }) => ({
                validator: () => {
                  const { name, phone, email, card_number } = getFieldsValue(true) as FormValues;
                  return file || name || phone || email || card_number
                    ? Promise.resolve()
                    : Promise.reject(new Error(t("form.need_one")));
                },
              }),
            ]}
          >
            <Input autoFocus maxLength={200} />
          </Form.Item>
          <Form.Item name="phone" label={t("column.phone")}>
            <Input inputMode="tel" maxLength={40} placeholder={keep(file?.phone)} />
          </Form.Item>
          <Form.Item name="email" label={t("column.email")}>
            <Input inputMode="email" maxLength={254} placeholder={keep(file?.email)} />
          </Form.Item>
          <Form.Item name="card_number" label={t("form.card")}>
            <Input maxLength={60} placeholder={keep(file?.card_number)} />
          </Form.Item>
          <Form.Item name="gender" label={t("form.gender")}>
            <Select
              allowClear
              options={(["female", "male", "other"] as const).map((value) => ({
                value,
                label: t(`form.${value}`),
              }))}
            />
          </Form.Item>
          <Form.Item name="birth_on" label={t("form.birthday")}>
            <Input type="date" />
          </Form.Item>
          <Form.Item name="language" label={t("form.language")}>
            <Select
              allowClear
              options={[
                { value: "zh-CN", label: "简体中文" },
                { value: "en", label: "English" },
              ]}
            />
          </Form.Item>
          <Form.Item name="home_store_id" label={t("column.store")}>
            <Select
              allowClear
              showSearch={{ optionFilterProp: "label" }}
              loading={stores.isLoading}
              options={stores.data?.items.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </Form.Item>
          <Form.Item name="province" label={t("form.province")}>
            <Input maxLength={80} />
          </Form.Item>
          <Form.Item name="city" label={t("column.city")}>
            <Input maxLength={80} />
          </Form.Item>
          <Form.Item name="district" label={t("form.district")}>
            <Input maxLength={80} />
          </Form.Item>
          <Form.Item name="occupation" label={t("form.occupation")}>
            <Input maxLength={80} />
          </Form.Item>
        </div>
        <Form.Item name="address" label={t("form.address")}>
          <Input maxLength={300} placeholder={file?.has_address ? t("form.address_kept") : undefined} />
        </Form.Item>
        <Form.Item name="notes" label={t("form.notes")}>
          <Input.TextArea maxLength={10_000} autoSize={{ minRows: 2, maxRows: 8 }} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function initialValues(file: CustomerFile | undefined): FormValues {
  if (!file) return {};
  const { name, gender, birth_on, language, province, city, district, occupation, notes, home_store } = file;
  return {
    name,
    gender,
    birth_on,
    language: language === "zh-CN" || language === "en" ? language : null,
    province,
    city,
    district,
    occupation,
    notes,
    home_store_id: home_store?.id ?? null,
  };
}

/** What differs from the file; an emptied field is null, and an empty masked one is left as it is. */
export function changesOf(values: FormValues, file: CustomerFile | undefined): CustomerChanges {
  const before = initialValues(file) as Record<string, unknown>;
  const changes: Record<string, unknown> = {};
  for (const [name, typed] of Object.entries(values)) {
    const value = typed === "" || typed === undefined ? null : typed;
    const isMasked = (MASKED as readonly string[]).includes(name);
    if (isMasked || !file) {
      if (value !== null) changes[name] = value;
      continue;
    }
    const old = before[name] === "" || before[name] === undefined ? null : before[name];
    if (value !== old) changes[name] = value === null && (name === "name" || name === "notes") ? "" : value;
  }
  return changes as CustomerChanges;
}
