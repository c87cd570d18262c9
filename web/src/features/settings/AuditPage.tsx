import { AuditOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import { useCodeWords } from "@/components/codes";
import type { Column } from "@/components/DataTable";
import { When } from "@/components/figures";
import { choiceFilter, typedFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type AuditEntry, useAudit } from "./api";
import styles from "./settings.module.css";

const FIELDS = listFields("-at", { action: textField(), subject: textField(), actor: textField() });

const SUBJECTS = [
  "user",
  "api_key",
  "customer",
  "import",
  "segment",
  "offer",
  "campaign",
  "template",
  "channel",
] as const;
const ACTORS = ["user", "api_key", "system", "customer"] as const;

export function AuditPage() {
  const { t } = useTranslation("settings");
  const may = useMay();
  if (!may("audit.read")) return <NoPermission what={t("audit.title")} />;
  return <Audit />;
}

function Audit() {
  const { t } = useTranslation("settings");
  const say = useCodeWords("audit");
  const address = useAddress(FIELDS);
  const { action, subject, actor, cursor } = address.values;
  const entries = useAudit({ action, subject_kind: subject, actor_id: actor, cursor });
  const subjectWords = (kind: string) => say(`subject_${kind}`) ?? kind;
  const actorWords = (entry: AuditEntry) => {
    const kind = ACTORS.find((known) => known === entry.actor_kind);
    return kind ? t(`audit.kind_${kind}`) : entry.actor_kind;
  };

  const columns: Column<AuditEntry>[] = [
    { key: "at", title: t("audit.at"), width: 150, onCard: true, cell: (entry) => <When at={entry.at} /> },
    { key: "action", title: t("audit.action"), identity: true, cell: (entry) => say(entry.action) ?? entry.action },
    {
      key: "actor",
      title: t("audit.actor"),
      onCard: true,
      cell: (entry) => (
        <>
          {entry.actor_kind === "system" ? t("audit.system") : entry.actor_label}{" "}
          {entry.actor_kind === "api_key" && <Tag>{actorWords(entry)}</Tag>}
        </>
      ),
    },
    {
      key: "subject",
      title: t("audit.subject"),
      onCard: true,
      cell: (entry) => `${subjectWords(entry.subject_kind)}${entry.subject_id === null ? "" : ` #${entry.subject_id}`}`,
    },
    {
      key: "details",
      title: t("audit.details"),
      cell: (entry) => <span className={styles.details}>{detailsText(entry.details)}</span>,
    },
  ];

  return (
    <ListPage
      id="audit"
      title={t("audit.title")}
      about={t("audit.about")}
      address={address}
      query={entries}
      columns={columns}
      rowKey={(entry) => entry.id}
      filters={[
        choiceFilter({
          key: "subject",
          label: t("audit.filter_subject"),
          value: subject,
          options: SUBJECTS.map((value) => ({ value, label: subjectWords(value) })),
          onChange: (value) => address.change({ subject: value, cursor: "" }),
        }),
        typedFilter({
          key: "action",
          label: t("audit.filter_action"),
          value: action,
          placeholder: t("audit.action_hint"),
          show: (value) => say(value) ?? value,
          onChange: (value) => address.change({ action: value, cursor: "" }),
        }),
      ]}
      empty={<EmptyState icon={<AuditOutlined />} title={t("audit.empty_title")} purpose={t("audit.empty")} />}
    />
  );
}

/** Details are for whoever looks into something: names and values, as they were written. */
function detailsText(details: AuditEntry["details"]): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("  ");
}
