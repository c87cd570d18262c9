import { EditOutlined, UserAddOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useMay } from "@/api/me";
import type { FoundPerson } from "@/api/people";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Masked, Money, None, When } from "@/components/figures";
import { type Fact, Facts, ObjectPage } from "@/components/layout";
import { PersonPicker } from "@/components/PersonPicker";
import { Refused } from "@/components/Refused";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import {
  type Company,
  type Contact,
  useAddContact,
  useCompany,
  useContacts,
  useDeleteCompany,
  useRemoveContact,
} from "./api";
import { CompanyForm } from "./CompanyForm";

export function CompanyPage() {
  const { t } = useTranslation("companies");
  const may = useMay();
  const id = Number(useParams().id);
  if (!may("customers.read")) return <NoPermission what={t("title")} />;
  return <CompanyView key={id} id={id} />;
}

function CompanyView({ id }: { id: number }) {
  const { t } = useTranslation("companies");
  const { t: kit } = useTranslation("kit");
  const may = useMay();
  const navigate = useNavigate();
  const { modal } = App.useApp();
  const company = useCompany(id);
  const remove = useDeleteCompany();
  const [editing, setEditing] = useState(false);
  const [adding, setAdding] = useState(false);
  const data = company.data;
  if (company.error && !data) return <ErrorState error={company.error} onRetry={() => void company.refetch()} />;
  const [main, ...others] = data?.totals ?? [];
  const ask = () =>
    modal.confirm({
      title: t("delete_question", { name: data?.name ?? "" }),
      content: t("delete_words"),
      okText: t("delete"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () =>
        remove
          .mutateAsync(id)
          .then(() => navigate("/companies"))
          .catch(() => {}),
    });
  return (
    <>
      <ObjectPage
        loading={!data}
        above={<Link to="/companies">{t("back")}</Link>}
        title={data?.name ?? ""}
        about={data?.industry}
        actions={
          data &&
          may("customers.write") && (
            <>
              <Button icon={<UserAddOutlined />} onClick={() => setAdding(true)}>
                {t("contact.add")}
              </Button>
              <Button icon={<EditOutlined />} onClick={() => setEditing(true)}>
                {t("edit")}
              </Button>
              <Button type="text" onClick={ask}>
                {t("delete")}
              </Button>
            </>
          )
        }
        figures={[
          {
            key: "spent",
            label: t("spent"),
            value: main ? <Money minor={main.spent_minor} currency={main.currency} /> : <None />,
            note: others.map((other) => (
              <span key={other.currency}>
                + <Money minor={other.spent_minor} currency={other.currency} />{" "}
              </span>
            )),
          },
          {
            key: "orders",
            label: t("orders"),
            value: <Count value={(data?.totals ?? []).reduce((sum, one) => sum + one.orders_count, 0)} />,
          },
          { key: "contacts", label: t("column.contacts"), value: <Count value={data?.contacts_count} /> },
        ]}
        tab="contacts"
        onTab={() => {}}
        tabs={[{ key: "contacts", label: t("tab_contacts"), content: <Contacts id={id} /> }]}
        side={data && <Side company={data} />}
      />
      {editing && data && <CompanyForm company={data} onClose={() => setEditing(false)} onSaved={() => {}} />}
      {adding && <ContactDialog id={id} onClose={() => setAdding(false)} />}
    </>
  );
}

function Side({ company }: { company: Company }) {
  const { t } = useTranslation("companies");
  const facts: Fact[] = [
    { key: "credit_code", label: t("column.credit_code"), value: company.credit_code ?? <None /> },
    { key: "phone", label: t("column.phone"), value: company.phone || <None /> },
    { key: "address", label: t("column.address"), value: company.address || <None /> },
    { key: "owner", label: t("column.owner"), value: company.owner?.name ?? <None /> },
    { key: "store", label: t("column.store"), value: company.store?.name ?? <None /> },
    ...(company.notes ? [{ key: "notes", label: t("column.notes"), value: company.notes }] : []),
    { key: "created", label: t("column.created"), value: <When at={company.created_at} /> },
  ];
  return <Facts facts={facts} />;
}

function Contacts({ id }: { id: number }) {
  const { t } = useTranslation("companies");
  const may = useMay();
  const contacts = useContacts(id);
  const remove = useRemoveContact(id);
  if (contacts.error) return <ErrorState error={contacts.error} compact onRetry={() => void contacts.refetch()} />;
  if (!contacts.data) return <BoneLines lines={4} />;
  if (contacts.data.length === 0) return <EmptyState title={t("contact.empty_title")} purpose={t("contact.empty")} />;
  const columns: Column<Contact>[] = [
    {
      key: "who",
      title: t("contact.who"),
      identity: true,
      cell: ({ customer }) => <Link to={`/customers/${customer.id}`}>{customer.name || `#${customer.id}`}</Link>,
    },
    { key: "role", title: t("contact.role"), onCard: true, cell: ({ role }) => role || <None /> },
    {
      key: "phone",
      title: t("column.phone"),
      onCard: true,
      cell: ({ customer }) => <Masked masked={customer.phone} />,
    },
    {
      key: "spent",
      title: t("contact.spent"),
      align: "end",
      onCard: true,
      cell: ({ customer }) => <Money minor={customer.spent?.amount_minor} currency={customer.spent?.currency} />,
    },
    {
      key: "last",
      title: t("contact.last"),
      align: "end",
      cell: ({ customer }) => <When at={customer.last_order_at} />,
    },
    ...(may("customers.write")
      ? [
          {
            key: "actions",
            title: "",
            bare: true,
            onCard: true,
            align: "end" as const,
            cell: ({ customer }: Contact) => (
              <Button type="text" size="small" onClick={() => remove.mutate(customer.id)}>
                {t("contact.remove")}
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <DataTable caption={t("tab_contacts")} columns={columns} rows={contacts.data} rowKey={(row) => row.customer.id} />
  );
}

function ContactDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("companies");
  const { t: kit } = useTranslation("kit");
  const [person, setPerson] = useState<FoundPerson | null>(null);
  const [form] = Form.useForm<{ role: string }>();
  const add = useAddContact(id);
  return (
    <Modal
      open
      title={t("contact.add")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("form.save")}
      okButtonProps={{ disabled: person === null }}
      cancelText={kit("cancel")}
      confirmLoading={add.isPending}
    >
      <Form
        form={form}
        layout="vertical"
        onFinish={({ role }) =>
          person && add.mutate({ customer_id: person.id, role: role ?? "" }, { onSuccess: onClose })
        }
      >
        <Refused error={add.error} />
        <Form.Item label={t("contact.who")}>
          <PersonPicker person={person} onChoose={setPerson} />
        </Form.Item>
        <Form.Item name="role" label={t("contact.role")}>
          <Input maxLength={80} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
