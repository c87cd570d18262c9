import { HomeOutlined } from "@ant-design/icons";
import { Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import type { FoundPerson } from "@/api/people";
import { type Column, DataTable } from "@/components/DataTable";
import { Section } from "@/components/layout";
import { PersonPicker } from "@/components/PersonPicker";
import { Refused } from "@/components/Refused";
import { BoneLines, EmptyState, ErrorState } from "@/components/states";
import type { CustomerFile } from "../api";
import styles from "../customers.module.css";
import {
  type Household,
  type Role,
  useCompaniesOf,
  useHousehold,
  useJoinHousehold,
  useLeaveHousehold,
  useMakeHousehold,
} from "./api";

const ROLES = ["head", "partner", "child", "parent", "other"] as const;

/** Who she lives with, and which companies she acts for. */
export function CircleTab({ file }: { file: CustomerFile }) {
  const { t } = useTranslation("file");
  return (
    <div className={styles.stack}>
      <Section title={t("household")}>
        <HouseholdPart file={file} />
      </Section>
      <Section title={t("companies")}>
        <CompaniesPart id={file.id} />
      </Section>
    </div>
  );
}

function HouseholdPart({ file }: { file: CustomerFile }) {
  const { t } = useTranslation("file");
  const may = useMay();
  const found = useHousehold(file.id);
  const [adding, setAdding] = useState(false);
  if (found.error) return <ErrorState error={found.error} compact onRetry={() => void found.refetch()} />;
  if (!found.data) return <BoneLines lines={3} />;
  const household = found.data.household;
  const writes = may("customers.write");
  return (
    <>
      {household ? (
        <Members household={household} writes={writes} onAdd={() => setAdding(true)} />
      ) : (
        <EmptyState
          icon={<HomeOutlined />}
          title={t("household_none_title")}
          purpose={t("household_none")}
          action={writes && <Button onClick={() => setAdding(true)}>{t("household_make")}</Button>}
        />
      )}
      {adding && <MemberDialog file={file} household={household} onClose={() => setAdding(false)} />}
    </>
  );
}

function Members({ household, writes, onAdd }: { household: Household; writes: boolean; onAdd: () => void }) {
  const { t } = useTranslation("file");
  const leave = useLeaveHousehold(household.id);
  const join = useJoinHousehold(household.id);
  type Member = Household["members"][number];
  const columns: Column<Member>[] = [
    {
      key: "name",
      title: household.name,
      identity: true,
      cell: (member) => (
        <Link to={`/customers/${member.customer_id}?tab=circle`}>{member.name || `#${member.customer_id}`}</Link>
      ),
    },
    {
      key: "role",
      title: t("household_role"),
      onCard: true,
      cell: (member) =>
        writes && member.role !== "head" ? (
          <Select<Role>
            size="small"
            value={member.role}
            aria-label={t("household_role")}
            options={ROLES.map((value) => ({ value, label: t(`roles.${value}`) }))}
            onChange={(role) => join.mutate({ customer_id: member.customer_id, role })}
          />
        ) : (
          t(`roles.${member.role}`)
        ),
    },
    { key: "phone", title: "", onCard: true, cell: (member) => member.phone },
    ...(writes
      ? [
          {
            key: "actions",
            title: "",
            bare: true,
            onCard: true,
            align: "end" as const,
            cell: (member: Member) => (
              <Button type="text" size="small" onClick={() => leave.mutate(member.customer_id)}>
                {t("household_leave")}
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <Refused error={leave.error ?? join.error} />
      <DataTable
        caption={t("household")}
        columns={columns}
        rows={household.members}
        rowKey={(member) => member.customer_id}
      />
      <p className={styles.soft}>
        {household.address} {household.hidden > 0 && t("household_hidden", { count: household.hidden })}
      </p>
      {writes && <Button onClick={onAdd}>{t("household_add")}</Button>}
    </>
  );
}

function MemberDialog({
  file,
  household,
  onClose,
}: {
  file: CustomerFile;
  household: Household | null;
  onClose: () => void;
}) {
  const { t } = useTranslation("file");
  const { t: kit } = useTranslation("kit");
  const [person, setPerson] = useState<FoundPerson | null>(null);
  const [form] = Form.useForm<{ role: Role; address: string }>();
  const make = useMakeHousehold();
  const join = useJoinHousehold(household?.id ?? 0);
  const submit = ({ role, address }: { role: Role; address: string }) => {
    if (!person) return;
    if (household) {
      join.mutate({ customer_id: person.id, role }, { onSuccess: onClose });
      return;
    }
    const herRole: Role = role === "head" ? "partner" : "head";
    make.mutate(
      {
        members: [
          { customer_id: file.id, role: herRole },
          { customer_id: person.id, role },
        ],
        name: "",
        address: address ?? "",
      },
      { onSuccess: onClose },
    );
  };
  return (
    <Modal
      open
      title={t(household ? "household_add" : "household_make")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("save")}
      okButtonProps={{ disabled: person === null }}
      cancelText={kit("cancel")}
      confirmLoading={make.isPending || join.isPending}
    >
      <Form form={form} layout="vertical" initialValues={{ role: "partner", address: "" }} onFinish={submit}>
        <Refused error={make.error ?? join.error} />
        <Form.Item label={t("household_with")}>
          <PersonPicker person={person} onChoose={setPerson} />
        </Form.Item>
        <Form.Item name="role" label={t("household_role")}>
          <Select options={ROLES.map((value) => ({ value, label: t(`roles.${value}`) }))} />
        </Form.Item>
        {!household && (
          <Form.Item name="address" label={t("household_address")}>
            <Input maxLength={300} />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}

function CompaniesPart({ id }: { id: number }) {
  const { t } = useTranslation("file");
  const companies = useCompaniesOf(id);
  if (companies.error) return <ErrorState error={companies.error} compact onRetry={() => void companies.refetch()} />;
  if (!companies.data) return <BoneLines lines={2} />;
  if (companies.data.length === 0) return <p className={styles.soft}>{t("companies_none")}</p>;
  return (
    <ul className={styles.list}>
      {companies.data.map((company) => (
        <li key={company.id} className={styles.listRow}>
          <Link to={`/companies/${company.id}`}>{company.name}</Link>
          <span className={styles.soft}>{company.role}</span>
        </li>
      ))}
    </ul>
  );
}
