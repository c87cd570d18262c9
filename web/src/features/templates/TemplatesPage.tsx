import { DeleteOutlined, FileTextOutlined, MoreOutlined, PlusOutlined, SendOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { useReading } from "@/components/reading";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { LANGUAGES } from "@/format/language";
import { type Template, useDeleteTemplate, useTemplates } from "./api";
import { StarterLetters } from "./StarterLetters";
import styles from "./templates.module.css";

const FIELDS = listFields("-created_at", {});

/** All letters, with the subject in the reader's language. */
export function TemplatesPage() {
  const { t } = useTranslation("templates");
  const may = useMay();
  const navigate = useNavigate();
  const { language } = useReading();
  const address = useAddress(FIELDS);
  const { q, cursor } = address.values;
  const query = useTemplates({ q, cursor }, may("templates.read"));
  if (!may("templates.read")) return <NoPermission what={t("title")} />;
  const columns: Column<Template>[] = [
    { key: "name", title: t("column.name"), identity: true, width: "24%", cell: ({ name }) => name },
    {
      key: "subject",
      title: t("column.subject"),
      onCard: true,
      cell: ({ contents }) =>
        contents[language]?.subject ?? LANGUAGES.map((one) => contents[one]?.subject).find(Boolean),
    },
    {
      key: "languages",
      title: t("column.languages"),
      width: 130,
      onCard: true,
      cell: ({ contents }) => (
        <span className={styles.tags}>
          {LANGUAGES.filter((one) => contents[one]).map((one) => (
            <Tag key={one}>{t(`language.${one}`)}</Tag>
          ))}
        </span>
      ),
    },
    { key: "purpose", title: t("column.purpose"), width: 120, cell: ({ purpose }) => t(`purpose.${purpose}`) },
    { key: "layout", title: t("column.layout"), width: 100, hidden: true, cell: ({ layout }) => t(`layout.${layout}`) },
    {
      key: "updated",
      title: t("column.updated"),
      width: 140,
      onCard: true,
      cell: ({ updated_at }) => <When at={updated_at} />,
    },
    { key: "menu", title: "", width: 48, align: "end", cell: (template) => <RowMenu template={template} /> },
  ];
  const mayWrite = may("templates.write");
  const create = mayWrite && (
    <Link to="/templates/new">
      <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
        {t("new")}
      </Button>
    </Link>
  );
  return (
    <ListPage
      id="templates"
      title={t("title")}
      about={t("about")}
      address={address}
      query={query}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ name }) => name}
      rowHref={({ id }) => `/templates/${id}`}
      searchPlaceholder={t("search")}
      countWords={(count) => (count === null ? "" : t("list_count", { count }))}
      primary={create}
      empty={
        <>
          <EmptyState
            icon={<FileTextOutlined />}
            title={t("empty.title")}
            purpose={t("empty.purpose")}
            example={t("empty.example")}
            action={create}
          />
          {mayWrite && (
            <section className={styles.emptyStarters}>
              <h2>{t("empty.starters")}</h2>
              <StarterLetters onChoose={({ key }) => navigate(`/templates/new?starter=${key}`)} />
            </section>
          )}
        </>
      }
    />
  );
}

function RowMenu({ template }: { template: Template }) {
  const { t } = useTranslation("templates");
  const may = useMay();
  const navigate = useNavigate();
  const { message, modal } = App.useApp();
  const remove = useDeleteTemplate();
  const items = [
    ...(may("campaigns.write") ? [{ key: "use", icon: <SendOutlined />, label: t("action.use") }] : []),
    ...(may("templates.write")
      ? [{ key: "delete", icon: <DeleteOutlined />, danger: true, label: t("action.delete") }]
      : []),
  ];
  if (items.length === 0) return null;
  const askDelete = () =>
    modal.confirm({
      title: t("action.delete_title", { name: template.name }),
      content: t("action.delete_words"),
      okText: t("action.delete"),
      okButtonProps: { danger: true },
      onOk: async () => {
        await remove.mutateAsync(template.id);
        void message.success(t("action.deleted", { name: template.name }));
      },
    });
  return (
    <Dropdown
      trigger={["click"]}
      placement="bottomRight"
      menu={{
        items,
        onClick: ({ key, domEvent }) => {
          domEvent.stopPropagation();
          if (key === "use") navigate(`/campaigns/new?template=${template.id}`);
          else askDelete();
        },
      }}
    >
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("action.more")} />
    </Dropdown>
  );
}
