import { App, Checkbox, Form, type FormInstance, Input, InputNumber, Modal, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { Refused } from "@/components/Refused";
import { BoneLines } from "@/components/states";
import { type CustomerChanges, type CustomerFile, useChangeCustomer, useCreateCustomer, useStores } from "./api";
import styles from "./customers.module.css";
import { useOwners } from "./file/api";
import { type OwnField, useOwnFields } from "./own/api";
import { OwnInput } from "./own/OwnInput";

type FormValues = {
  -readonly [K in keyof CustomerChanges]?: CustomerChanges[K];
} & { calendar?: "solar" | "lunar" };

const LUNAR_MONTHS = Array.from({ length: 12 }, (_, index) => index + 1);
const LUNAR_DAYS = Array.from({ length: 30 }, (_, index) => index + 1);

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
  const own = useOwnFields();
  const create = useCreateCustomer();
  const change = useChangeCustomer(file?.id ?? 0);
  const saved = (result: CustomerFile) => {
    void message.success(t("form.saved"));
    onSaved(result);
    onClose();
  };
  const submit = (values: FormValues) => {
    const changes = changesOf(values, file, own.data ?? []);
    if (!file) create.mutate(changes, { onSuccess: saved });
    else if (Object.keys(changes).length === 0) onClose();
    else change.mutate(changes, { onSuccess: saved });
  };
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
      okButtonProps={{ disabled: own.isPending }}
    >
      {own.isPending ? (
        <BoneLines lines={12} />
      ) : (
        <Fields form={form} file={file} own={own.data ?? []} error={create.error ?? change.error} onFinish={submit} />
      )}
    </Modal>
  );
}

/**
 * Made once the operator's own fields are known: their defaults count from the start, and the button under the form
 * never moves away from a hand that is pressing it.
 */
function Fields({
  form,
  file,
  own,
  error,
  onFinish,
}: {
  form: FormInstance<FormValues>;
  file: CustomerFile | undefined;
  own: readonly OwnField[];
  error: Error | null;
  onFinish: (values: FormValues) => void;
}) {
  const { t } = useTranslation("customers");
  const { t: words } = useTranslation("file");
  const may = useMay();
  const stores = useStores();
  const owners = useOwners(may("staff.read"));
  const halfTold = Form.useWatch("birth_lunar", form);
  const calendar = Form.useWatch("calendar", form) ?? (file?.birth_lunar ? "lunar" : "solar");
  const keep = (masked: string | null | undefined) => (masked ? t("form.keep", { masked }) : undefined);

  return (
    <Form<FormValues> form={form} layout="vertical" onFinish={onFinish} initialValues={initialValues(file, own)}>
      <Refused error={error} />
      <h3 className={styles.formTitle}>{words("sections.contact")}</h3>
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
      </div>
      <h3 className={styles.formTitle}>{words("sections.person")}</h3>
      <div className={styles.pair}>
        <Form.Item name="gender" label={t("form.gender")}>
          <Select
            allowClear
            options={(["female", "male", "other"] as const).map((value) => ({
              value,
              label: t(`form.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="calendar" label={words("birthday_kind")}>
          <Select options={(["solar", "lunar"] as const).map((value) => ({ value, label: words(value) }))} />
        </Form.Item>
        {calendar === "solar" ? (
          <Form.Item name="birth_on" label={t("form.birthday")}>
            <Input type="date" />
          </Form.Item>
        ) : (
          <>
            <Form.Item
              name={["birth_lunar", "month"]}
              label={words("lunar_month")}
              rules={[{ required: Boolean(halfTold?.day), message: words("lunar_both") }]}
            >
              <Select allowClear options={LUNAR_MONTHS.map((n) => ({ value: n, label: words("month_of", { n }) }))} />
            </Form.Item>
            <Form.Item
              name={["birth_lunar", "day"]}
              label={words("lunar_day")}
              rules={[{ required: Boolean(halfTold?.month), message: words("lunar_both") }]}
            >
              <Select allowClear options={LUNAR_DAYS.map((n) => ({ value: n, label: n }))} />
            </Form.Item>
            <Form.Item name={["birth_lunar", "year"]} label={words("lunar_year")}>
              <InputNumber min={1900} max={2098} precision={0} style={{ width: "100%" }} />
            </Form.Item>
            <Form.Item name={["birth_lunar", "leap"]} label=" " valuePropName="checked">
              <Checkbox>{words("leap")}</Checkbox>
            </Form.Item>
          </>
        )}
        <Form.Item name="language" label={t("form.language")}>
          <Select
            allowClear
            options={[
              { value: "zh-CN", label: "简体中文" },
              { value: "en", label: "English" },
            ]}
          />
        </Form.Item>
        <Form.Item name="occupation" label={t("form.occupation")}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item name="income" label={words("income")}>
          <Select
            allowClear
            options={(["under_5k", "5k_10k", "10k_20k", "20k_50k", "over_50k"] as const).map((value) => ({
              value,
              label: words(`incomes.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="education" label={words("education")}>
          <Select
            allowClear
            options={(["school", "vocational", "bachelor", "master", "doctor"] as const).map((value) => ({
              value,
              label: words(`educations.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="declared_interests" label={words("interests")}>
          <Select mode="tags" placeholder={words("interests_hint")} maxCount={50} />
        </Form.Item>
      </div>
      <h3 className={styles.formTitle}>{words("sections.place")}</h3>
      <div className={styles.pair}>
        <Form.Item name="province" label={t("form.province")}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item name="city" label={t("column.city")}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item name="district" label={t("form.district")}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item name="latitude" label={words("latitude")}>
          <InputNumber<string> stringMode min="-90" max="90" step="0.000001" style={{ width: "100%" }} />
        </Form.Item>
        <Form.Item name="longitude" label={words("longitude")}>
          <InputNumber<string> stringMode min="-180" max="180" step="0.000001" style={{ width: "100%" }} />
        </Form.Item>
      </div>
      <Form.Item name="address" label={t("form.address")}>
        <Input maxLength={300} placeholder={file?.has_address ? t("form.address_kept") : undefined} />
      </Form.Item>
      <h3 className={styles.formTitle}>{words("sections.origin")}</h3>
      <div className={styles.pair}>
        <Form.Item name="stage" label={words("stage")}>
          <Select
            allowClear
            options={(["lead", "prospect", "new", "regular", "sleeping", "lost"] as const).map((value) => ({
              value,
              label: words(`stages.${value}`),
            }))}
          />
        </Form.Item>
        {may("staff.read") && (
          <Form.Item name="owner_id" label={words("owner")}>
            <Select
              allowClear
              showSearch={{ optionFilterProp: "label" }}
              options={owners.data?.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </Form.Item>
        )}
        <Form.Item name="home_store_id" label={t("column.store")}>
          <Select
            allowClear
            showSearch={{ optionFilterProp: "label" }}
            loading={stores.isLoading}
            options={stores.data?.items.map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Form.Item>
        <Form.Item name="source_campaign" label={words("campaign")}>
          <Input maxLength={120} />
        </Form.Item>
      </div>
      {own.length > 0 && (
        <>
          <h3 className={styles.formTitle}>{words("sections.own")}</h3>
          <div className={styles.pair}>
            {own.map((field) => (
              <Form.Item
                key={field.key}
                name={["fields", field.key]}
                label={field.name}
                extra={field.description || undefined}
                rules={field.required ? [{ required: true, message: field.name }] : []}
              >
                <OwnInput field={field} name={file?.field_names[field.key]} />
              </Form.Item>
            ))}
          </div>
        </>
      )}
      <Form.Item name="notes" label={t("form.notes")}>
        <Input.TextArea maxLength={10_000} autoSize={{ minRows: 2, maxRows: 8 }} />
      </Form.Item>
    </Form>
  );
}

function initialValues(file: CustomerFile | undefined, own?: readonly OwnField[]): FormValues {
  if (!file) {
    const fields = Object.fromEntries(
      (own ?? []).filter((field) => field.default).map(({ key, default: value }) => [key, value]),
    );
    return { calendar: "solar", fields };
  }
  const { name, gender, birth_on, language, province, city, district, occupation, notes, home_store } = file;
  const { income, education, declared_interests, stage, source_campaign, latitude, longitude } = file;
  return {
    calendar: file.birth_lunar ? "lunar" : "solar",
    name,
    gender,
    birth_on: file.birth_lunar ? null : birth_on,
    birth_lunar: file.birth_lunar,
    language: language === "zh-CN" || language === "en" ? language : null,
    province,
    city,
    district,
    occupation,
    income,
    education,
    declared_interests,
    stage,
    source_campaign,
    latitude,
    longitude,
    owner_id: file.owner?.id ?? null,
    notes,
    home_store_id: home_store?.id ?? null,
    fields: file.fields,
  };
}

/** What differs from the file; an emptied field is null, and an empty masked one is left as it is. */
export function changesOf(
  values: FormValues,
  file: CustomerFile | undefined,
  own: readonly OwnField[] = [],
): CustomerChanges {
  const { calendar, birth_lunar, fields, ...plain } = values;
  const before = initialValues(file) as Record<string, unknown>;
  const changes: Record<string, unknown> = {};
  for (const [name, typed] of Object.entries(plain)) {
    const value = typed === "" || typed === undefined ? null : typed;
    const isMasked = (MASKED as readonly string[]).includes(name);
    if (isMasked || !file) {
      if (value !== null) changes[name] = value;
      continue;
    }
    const old = before[name] === "" || before[name] === undefined ? null : before[name];
    if (!same(value, old)) changes[name] = value === null && (name === "name" || name === "notes") ? "" : value;
  }
  const lunar = calendar === "lunar" ? lunarDay(birth_lunar) : null;
  if (lunar) {
    if (!same(lunar, file?.birth_lunar ?? null)) {
      changes.birth_lunar = lunar;
      delete changes.birth_on;
    }
  } else if (file?.birth_lunar && changes.birth_on === undefined) changes.birth_lunar = null;
  const kept: Record<string, unknown> = file?.fields ?? {};
  const told = Object.fromEntries(
    own
      .map(({ key }) => [key, blank((fields as Record<string, unknown> | undefined)?.[key])] as const)
      .filter(([key, value]) => !same(value, blank(kept[key]))),
  );
  if (Object.keys(told).length > 0) changes.fields = told;
  return changes as CustomerChanges;
}

function lunarDay(told: FormValues["birth_lunar"]): FormValues["birth_lunar"] {
  if (!told?.month || !told.day) return null;
  return { month: told.month, day: told.day, leap: told.leap ?? false, year: told.year ?? null };
}

function blank(value: unknown): unknown {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0) ? null : value;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** Members in one order, so that two objects that say the same are written the same. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
