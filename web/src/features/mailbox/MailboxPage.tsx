import { InboxOutlined } from "@ant-design/icons";
import { Button, Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { When } from "@/components/figures";
import { typedFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { type Fact, Facts } from "@/components/layout";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type SandboxMail, useMail, useMails } from "./api";
import styles from "./mailbox.module.css";

const FIELDS = listFields("-sent_at", { campaign: textField() });

export function MailboxPage() {
  const { t } = useTranslation("mailbox");
  const may = useMay();
  if (!may("messages.read")) return <NoPermission what={t("title")} />;
  return <Mailbox />;
}

function Mailbox() {
  const { t } = useTranslation("mailbox");
  const may = useMay();
  const address = useAddress(FIELDS);
  const { q, campaign, cursor } = address.values;
  const mails = useMails({ q, campaign, cursor });

  const columns: Column<SandboxMail>[] = [
    {
      key: "subject",
      title: t("subject"),
      identity: true,
      cell: (mail) => (mail.channel === "sms" ? `${t("sms")} · ${mail.subject}` : mail.subject),
    },
    { key: "to", title: t("to"), onCard: true, cell: (mail) => mail.to },
    {
      key: "campaign",
      title: t("campaign"),
      cell: (mail) =>
        mail.campaign_id !== null && <Link to={`/campaigns/${mail.campaign_id}`}>{t("campaign_open")}</Link>,
    },
    { key: "sent_at", title: t("sent_at"), onCard: true, cell: (mail) => <When at={mail.sent_at} /> },
  ];

  return (
    <ListPage
      id="sandbox-mails"
      title={t("title")}
      about={t("about")}
      primary={
        may("channels.manage") && (
          <Link to="/settings/email">
            <Button tabIndex={-1}>{t("settings")}</Button>
          </Link>
        )
      }
      address={address}
      query={mails}
      columns={columns}
      rowKey={(mail) => mail.id}
      rowName={(mail) => mail.subject}
      searchPlaceholder={t("search")}
      countWords={(count) => t("count", { count })}
      filters={[
        typedFilter({
          key: "campaign",
          label: t("filter_campaign"),
          value: campaign,
          placeholder: t("filter_campaign_hint"),
          show: (value) => `#${value}`,
          check: (text) => (/^\d+$/.test(text) ? null : t("filter_campaign_hint")),
          onChange: (value) => address.change({ campaign: value, cursor: "" }),
        }),
      ]}
      preview={(mail) => <Mail key={mail.id} mail={mail} />}
      previewWide
      empty={
        <EmptyState
          icon={<InboxOutlined />}
          title={t("empty_title")}
          purpose={t("empty")}
          action={
            may("campaigns.write") && (
              <Link to="/campaigns/new">
                <Button type="primary" tabIndex={-1}>
                  {t("empty_action")}
                </Button>
              </Link>
            )
          }
        />
      }
    />
  );
}

function Mail({ mail }: { mail: SandboxMail }) {
  const { t } = useTranslation("mailbox");
  const full = useMail(mail.id);
  const headers: Fact[] = (full.data?.headers ?? []).map(([label, value], place) => ({
    key: `${place}-${label}`,
    label,
    value,
  }));
  return (
    <article className={styles.mail}>
      <header>
        <Tag tone="warning">{t("mark")}</Tag>
        {mail.channel === "sms" && <Tag tone="info">{t("sms")}</Tag>}
        <h2 className={styles.subject}>{mail.subject}</h2>
        <p className={styles.soft}>
          {t("to")} {mail.to} · <When at={mail.sent_at} />
        </p>
      </header>
      {full.data ? (
        <Tabs
          items={[
            {
              key: "html",
              label: t("html"),
              children: full.data.html ? (
                // No scripts, no forms, no way out: what a customer's name or a template holds stays inside.
                <iframe
                  className={styles.frame}
                  title={t("frame")}
                  sandbox=""
                  srcDoc={full.data.html}
                  referrerPolicy="no-referrer"
                />
              ) : (
                <p className={styles.soft}>{t("no_html")}</p>
              ),
            },
            { key: "text", label: t("text"), children: <pre className={styles.text}>{full.data.text}</pre> },
            { key: "headers", label: t("headers"), children: <Facts facts={headers} /> },
          ]}
        />
      ) : full.error ? (
        <ErrorState error={full.error} compact onRetry={() => void full.refetch()} />
      ) : (
        <BoneLines lines={6} />
      )}
    </article>
  );
}
