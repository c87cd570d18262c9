import { MoreOutlined, TeamOutlined, UserAddOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Form, Input, Modal, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "@/api/me";
import { useAddress } from "@/components/address";
import { CopyField } from "@/components/copy";
import type { Column } from "@/components/DataTable";
import { When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { Refused } from "@/components/Refused";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag, type Tone } from "@/components/Tag";
import {
  type Person,
  type PersonDraft,
  ROLES,
  type Role,
  useChangePerson,
  useInvite,
  useNewInvitation,
  usePeople,
  useStores,
  useSwitchPerson,
} from "./api";
import styles from "./settings.module.css";

const FIELDS = listFields("name", {});

const STATE_TONES: Record<Person["state"], Tone> = { invited: "warning", active: "good", deactivated: "neutral" };

export function PeoplePage() {
  const { t } = useTranslation("settings");
  const may = useMay();
  if (!may("staff.read")) return <NoPermission what={t("people.title")} />;
  return <People />;
}

function People() {
  const { t } = useTranslation("settings");
  const { t: kit } = useTranslation("kit");
  const me = useMe();
  const may = useMay();
  const address = useAddress(FIELDS);
  const people = usePeople(address.values.cursor);
  const [editing, setEditing] = useState<Person | "new" | null>(null);
  const [link, setLink] = useState<{ name: string; url: string } | null>(null);
  const manages = may("staff.manage");

  const columns: Column<Person>[] = [
    {
      key: "name",
      title: t("people.name"),
      identity: true,
      cell: (person) => (
        <>
          {person.name} {person.id === me.id && <Tag>{t("people.you")}</Tag>}
        </>
      ),
    },
    { key: "email", title: t("people.email"), onCard: true, cell: (person) => person.email },
    { key: "role", title: t("people.role"), onCard: true, cell: (person) => kit(`role.${person.role}`) },
    { key: "scope", title: t("people.scope"), cell: (person) => <PersonScope person={person} /> },
    {
      key: "state",
      title: t("people.state"),
      onCard: true,
      cell: (person) => (
        <span className={styles.tags}>
          <Tag tone={STATE_TONES[person.state]}>{t(`people.state_${person.state}`)}</Tag>
          {person.totp_enabled && <Tag tone="info">{t("people.two_steps")}</Tag>}
        </span>
      ),
    },
    {
      key: "last_login",
      title: t("people.last_login"),
      cell: (person) => (person.last_login_at ? <When at={person.last_login_at} /> : t("people.never")),
    },
    ...(manages
      ? [
          {
            key: "actions",
            title: "",
            bare: true,
            align: "end" as const,
            width: 48,
            cell: (person: Person) => (
              <PersonActions
                person={person}
                isMe={person.id === me.id}
                onEdit={() => setEditing(person)}
                onLink={(url) => setLink({ name: person.name, url })}
              />
            ),
          },
        ]
      : []),
  ];

  return (
    <>
      <ListPage
        id="people"
        title={t("people.title")}
        about={t("people.about")}
        primary={
          manages && (
            <Button type="primary" icon={<UserAddOutlined />} onClick={() => setEditing("new")}>
              {t("people.invite")}
            </Button>
          )
        }
        address={address}
        query={people}
        columns={columns}
        rowKey={(person) => person.id}
        rowName={(person) => person.name}
        empty={<EmptyState icon={<TeamOutlined />} title={t("people.empty_title")} purpose={t("people.empty")} />}
      />
      {editing && (
        <PersonDialog
          person={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onInvited={(name, url) => {
            setEditing(null);
            setLink({ name, url });
          }}
        />
      )}
      <Modal
        open={link !== null}
        title={t("people.link_title", { name: link?.name ?? "" })}
        onCancel={() => setLink(null)}
        footer={<Button onClick={() => setLink(null)}>{t("people.done")}</Button>}
      >
        <p className={styles.soft}>{t("people.link_words")}</p>
        <CopyField value={link?.url ?? ""} label={t("people.copy")} done={t("people.copied")} />
      </Modal>
    </>
  );
}

function PersonScope({ person }: { person: Person }) {
  const { t } = useTranslation("settings");
  if (person.all_stores) return t("people.all_stores");
  const { store_ids, region_ids } = person;
  return [
    ...(region_ids.length > 0 ? [t("people.some_regions", { count: region_ids.length })] : []),
    ...(store_ids.length > 0 || region_ids.length === 0 ? [t("people.some_stores", { count: store_ids.length })] : []),
  ].join(" · ");
}

function PersonActions({
  person,
  isMe,
  onEdit,
  onLink,
}: {
  person: Person;
  isMe: boolean;
  onEdit: () => void;
  onLink: (url: string) => void;
}) {
  const { t } = useTranslation("settings");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const invite = useNewInvitation();
  const flip = useSwitchPerson();
  const deactivate = () =>
    modal.confirm({
      title: t("people.deactivate_question", { name: person.name }),
      content: t("people.deactivate_words"),
      okText: t("people.deactivate"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () => flip.mutateAsync({ id: person.id, active: false }).catch(() => {}),
    });
  const items = [
    { key: "edit", label: t("people.edit"), onClick: onEdit },
    ...(person.state === "invited"
      ? [
          {
            key: "reinvite",
            label: t("people.reinvite"),
            onClick: () => invite.mutate(person.id, { onSuccess: (made) => onLink(made.invitation_url) }),
          },
        ]
      : []),
    ...(person.state === "deactivated"
      ? [
          {
            key: "activate",
            label: t("people.activate"),
            onClick: () => flip.mutate({ id: person.id, active: true }),
          },
        ]
      : isMe
        ? []
        : [{ key: "deactivate", label: t("people.deactivate"), danger: true, onClick: deactivate }]),
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]} placement="bottomRight">
      <Button
        type="text"
        size="small"
        icon={<MoreOutlined />}
        aria-label={t("people.actions", { name: person.name })}
      />
    </Dropdown>
  );
}

interface PersonValues {
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly scope: "all" | "some";
  readonly store_ids: number[];
}

function PersonDialog({
  person,
  onClose,
  onInvited,
}: {
  person: Person | null;
  onClose: () => void;
  onInvited: (name: string, url: string) => void;
}) {
  const { t } = useTranslation("settings");
  const { t: kit } = useTranslation("kit");
  const [form] = Form.useForm<PersonValues>();
  const invite = useInvite();
  const change = useChangePerson();
  const scope = Form.useWatch("scope", form) ?? "all";
  const stores = useStores(scope === "some");
  const busy = invite.isPending || change.isPending;

  const submit = ({ name, email, role, scope, store_ids }: PersonValues) => {
    const draft: PersonDraft = {
      name,
      email,
      role,
      all_stores: scope === "all",
      store_ids: scope === "all" ? [] : store_ids,
    };
    if (!person) {
      invite.mutate(draft, { onSuccess: (made) => onInvited(name, made.invitation_url) });
      return;
    }
    const { email: _unchanged, ...changes } = draft;
    change.mutate({ id: person.id, ...changes }, { onSuccess: onClose });
  };

  return (
    <Modal
      open
      title={person ? t("people.edit_title", { name: person.name }) : t("people.invite")}
      onCancel={onClose}
      onOk={form.submit}
      okText={person ? t("people.save") : t("people.send")}
      cancelText={kit("cancel")}
      confirmLoading={busy}
    >
      <Form<PersonValues>
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={{
          name: person?.name,
          email: person?.email,
          role: person?.role ?? "marketing",
          scope: person && !person.all_stores ? "some" : "all",
          store_ids: person?.store_ids ?? [],
        }}
      >
        <Refused error={invite.error ?? change.error} />
        <Form.Item name="name" label={t("people.name")} rules={[{ required: true, message: t("people.required") }]}>
          <Input autoFocus maxLength={120} />
        </Form.Item>
        <Form.Item
          name="email"
          label={t("people.email")}
          rules={[
            { required: true, message: t("people.required") },
            { type: "email", message: t("people.not_email") },
          ]}
        >
          <Input type="email" disabled={person !== null} maxLength={254} />
        </Form.Item>
        <Form.Item name="role" label={t("people.role")}>
          <Select
            options={ROLES.map((role) => ({ value: role, label: kit(`role.${role}`) }))}
            optionRender={({ value }) => (
              <div className={styles.option}>
                <span>{kit(`role.${value as Role}`)}</span>
                <span className={styles.soft}>{t(`people.role_about.${value as Role}`)}</span>
              </div>
            )}
          />
        </Form.Item>
        <Form.Item name="scope" label={t("people.stores")}>
          <Radio.Group
            options={[
              { value: "all", label: t("people.scope_all") },
              { value: "some", label: t("people.scope_some") },
            ]}
          />
        </Form.Item>
        {scope === "some" && (
          <Form.Item name="store_ids" rules={[{ required: true, message: t("people.choose_stores") }]}>
            <Select
              mode="multiple"
              showSearch={{ optionFilterProp: "label" }}
              loading={stores.isLoading}
              placeholder={t("people.choose_stores")}
              options={stores.data?.items.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
