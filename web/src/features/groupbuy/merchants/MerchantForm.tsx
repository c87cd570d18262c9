import { Checkbox, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyField } from "@/components/copy";
import { Refused } from "@/components/Refused";
import {
  CATEGORIES,
  type Merchant,
  type MerchantDraft,
  useChangeMerchant,
  useEnterMerchant,
  useStoreChoices,
} from "./api";
import styles from "./merchants.module.css";
import { useKindNames } from "./words";

/** Enters an application; the applicant's link is shown once it is kept. */
export function MerchantForm({ onClose, onEntered }: { onClose: () => void; onEntered: (merchant: Merchant) => void }) {
  const { t } = useTranslation("merchants");
  const enter = useEnterMerchant();
  const [made, setMade] = useState<{ merchant: Merchant; link: string } | null>(null);
  if (made)
    return (
      <Modal
        open
        title={t("entered")}
        okText={t("go_on")}
        cancelButtonProps={{ hidden: true }}
        onOk={() => onEntered(made.merchant)}
        onCancel={() => onEntered(made.merchant)}
      >
        <p>{t("link_words")}</p>
        <CopyField value={full(made.link)} label={t("copy_link")} done={t("copied")} />
      </Modal>
    );
  return (
    <Sheet
      title={t("enter")}
      okText={t("enter_ok")}
      error={enter.error}
      busy={enter.isPending}
      onClose={onClose}
      onFinish={(draft) => enter.mutate(draft, { onSuccess: setMade })}
    />
  );
}

/** Where the server knows no address of its own, links begin at this page's. */
export function full(link: string): string {
  return link.startsWith("/") ? `${window.location.origin}${link}` : link;
}

/** Corrects what is kept. */
export function MerchantEdit({ merchant, onClose }: { merchant: Merchant; onClose: () => void }) {
  const { t } = useTranslation("merchants");
  const change = useChangeMerchant(merchant.id);
  return (
    <Sheet
      title={t("edit")}
      okText={t("save")}
      kept={merchant}
      error={change.error}
      busy={change.isPending}
      onClose={onClose}
      onFinish={(draft) => change.mutate(draft, { onSuccess: onClose })}
    />
  );
}

function Sheet({
  title,
  okText,
  kept,
  error,
  busy,
  onClose,
  onFinish,
}: {
  title: string;
  okText: string;
  kept?: Merchant;
  error: unknown;
  busy: boolean;
  onClose: () => void;
  onFinish: (draft: MerchantDraft) => void;
}) {
  const { t } = useTranslation("merchants");
  const { t: kit } = useTranslation("kit");
  const names = useKindNames();
  const stores = useStoreChoices().data ?? [];
  const [form] = Form.useForm<MerchantDraft>();
  const needed = [{ required: true, message: t("needed") }];
  return (
    <Modal
      open
      width={640}
      title={title}
      okText={okText}
      cancelText={kit("cancel")}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Refused error={error} />
      <Form
        form={form}
        layout="vertical"
        initialValues={
          kept
            ? { ...kept, store_ids: kept.stores.map(({ id }) => id), bank_account: "" }
            : { categories: [], store_ids: [], is_own: false }
        }
        onFinish={(draft) => onFinish({ ...draft, bank_account: draft.bank_account ?? "", about: draft.about ?? "" })}
      >
        <div className={styles.two}>
          <Form.Item name="name" label={t("field.name")} rules={needed}>
            <Input maxLength={120} autoFocus />
          </Form.Item>
          <Form.Item
            name="credit_code"
            label={t("field.credit_code")}
            rules={needed}
            extra={t("field.credit_code_hint")}
          >
            <Input maxLength={40} />
          </Form.Item>
          <Form.Item name="categories" label={t("field.categories")} rules={needed}>
            <Select
              mode="multiple"
              options={CATEGORIES.map((one) => ({ value: one, label: names.category(one) }))}
              optionFilterProp="label"
            />
          </Form.Item>
          <Form.Item name="store_ids" label={t("field.stores")}>
            <Select mode="multiple" options={stores} optionFilterProp="label" />
          </Form.Item>
          <Form.Item name="contact_name" label={t("field.contact_name")} rules={needed}>
            <Input maxLength={80} />
          </Form.Item>
          <Form.Item name="contact_phone" label={t("field.contact_phone")} rules={needed}>
            <Input maxLength={40} />
          </Form.Item>
          <Form.Item name="contact_email" label={t("field.contact_email")}>
            <Input maxLength={254} />
          </Form.Item>
          <Form.Item name="bank_name" label={t("field.bank_name")} rules={needed}>
            <Input maxLength={120} />
          </Form.Item>
          <Form.Item name="bank_holder" label={t("field.bank_holder")} rules={needed}>
            <Input maxLength={120} />
          </Form.Item>
          <Form.Item
            name="bank_account"
            label={t("field.bank_account")}
            rules={kept ? [] : needed}
            extra={kept && t("field.bank_account_kept", { shown: kept.bank_account_shown })}
          >
            <Input maxLength={60} autoComplete="off" />
          </Form.Item>
        </div>
        <Form.Item name="is_own" valuePropName="checked" extra={t("field.is_own_hint")}>
          <Checkbox>{t("field.is_own")}</Checkbox>
        </Form.Item>
        <Form.Item name="about" label={t("field.about")}>
          <Input.TextArea rows={3} maxLength={2000} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
