import { App, Form, Input, Modal, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { Refused } from "@/components/Refused";
import { type Company, type CompanyDraft, useColleagues, useSaveCompany } from "./api";

/** A new company, or the changes to one. */
export function CompanyForm({
  company,
  onClose,
  onSaved,
}: {
  company?: Company;
  onClose: () => void;
  onSaved: (company: Company) => void;
}) {
  const { t } = useTranslation("companies");
  const { t: kit } = useTranslation("kit");
  const may = useMay();
  const { message } = App.useApp();
  const [form] = Form.useForm<CompanyDraft>();
  const save = useSaveCompany(company?.id ?? null);
  const colleagues = useColleagues(may("staff.read"));
  const submit = (values: CompanyDraft) => {
    const told = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? null]));
    const texts = {
      industry: values.industry ?? "",
      phone: values.phone ?? "",
      address: values.address ?? "",
      notes: values.notes ?? "",
    };
    save.mutate({ ...told, ...texts, name: values.name } as CompanyDraft, {
      onSuccess: (saved) => {
        void message.success(t("form.saved"));
        onSaved(saved);
        onClose();
      },
    });
  };
  return (
    <Modal
      open
      title={company ? t("edit") : t("new")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t(company ? "form.save" : "form.create")}
      cancelText={kit("cancel")}
      confirmLoading={save.isPending}
    >
      <Form<CompanyDraft>
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={company && { ...company, owner_id: company.owner?.id ?? null }}
      >
        <Refused error={save.error} />
        <Form.Item
          name="name"
          label={t("column.name")}
          rules={[{ required: true, whitespace: true, message: t("column.name") }]}
        >
          <Input autoFocus maxLength={200} />
        </Form.Item>
        <Form.Item name="credit_code" label={t("column.credit_code")}>
          <Input maxLength={30} />
        </Form.Item>
        <Form.Item name="industry" label={t("column.industry")}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item name="phone" label={t("column.phone")}>
          <Input maxLength={40} inputMode="tel" />
        </Form.Item>
        <Form.Item name="address" label={t("column.address")}>
          <Input maxLength={300} />
        </Form.Item>
        {may("staff.read") && (
          <Form.Item name="owner_id" label={t("column.owner")}>
            <Select
              allowClear
              showSearch={{ optionFilterProp: "label" }}
              options={colleagues.data?.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </Form.Item>
        )}
        <Form.Item name="notes" label={t("column.notes")}>
          <Input.TextArea maxLength={10_000} autoSize={{ minRows: 2, maxRows: 8 }} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
