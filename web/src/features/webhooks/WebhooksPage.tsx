import { PlusOutlined, SendOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { useWebhooks, type Webhook } from "./api";
import { CreateDialog, SecretDialog } from "./dialogs";
import styles from "./webhooks.module.css";
import { HealthTag, useEventWords } from "./words";

const FIELDS = listFields("-created_at", {});

/** The addresses that are told what happens here, and how each is. */
export function WebhooksPage() {
  const { t } = useTranslation("webhooks");
  const may = useMay();
  if (!may("webhooks.manage")) return <NoPermission what={t("title")} />;
  return <Webhooks />;
}

function Webhooks() {
  const { t } = useTranslation("webhooks");
  const navigate = useNavigate();
  const address = useAddress(FIELDS);
  const webhooks = useWebhooks(address.values.cursor);
  const words = useEventWords();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<{ secret: string; id: number } | null>(null);
  const create = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
      {t("create")}
    </Button>
  );
  const columns: Column<Webhook>[] = [
    {
      key: "url",
      title: t("column.url"),
      identity: true,
      cell: (webhook) => (
        <span className={styles.address}>
          <span>{webhook.url}</span>
          {webhook.description && <span className={styles.soft}>{webhook.description}</span>}
        </span>
      ),
    },
    { key: "health", title: t("column.health"), onCard: true, cell: (webhook) => <HealthTag webhook={webhook} /> },
    {
      key: "events",
      title: t("column.events"),
      onCard: true,
      cell: ({ event_types }) => (
        <span title={event_types.map(words).join(" · ")}>
          {event_types.length === 1 ? words(event_types[0] ?? "") : t("events_count", { count: event_types.length })}
        </span>
      ),
    },
    {
      key: "lately",
      title: t("column.lately"),
      onCard: true,
      cell: ({ delivered, failed }) => t("lately", { delivered, failed }),
    },
    { key: "waiting", title: t("column.waiting"), align: "end", cell: ({ waiting }) => <Count value={waiting} /> },
    {
      key: "last",
      title: t("column.last"),
      cell: ({ last_success_at }) => (last_success_at ? <When at={last_success_at} /> : t("never")),
    },
  ];
  return (
    <>
      <ListPage
        id="webhooks"
        title={t("title")}
        about={t("about")}
        primary={create}
        address={address}
        query={webhooks}
        columns={columns}
        rowKey={({ id }) => id}
        rowName={({ url }) => url}
        rowHref={({ id }) => `/settings/webhooks/${id}`}
        empty={
          <EmptyState
            icon={<SendOutlined />}
            title={t("empty_title")}
            purpose={t("empty")}
            example={t("empty_example")}
            action={create}
          />
        }
      />
      {making && (
        <CreateDialog
          onClose={() => setMaking(false)}
          onMade={(secret, id) => {
            setMaking(false);
            setMade({ secret, id });
          }}
        />
      )}
      <SecretDialog
        secret={made?.secret ?? null}
        onDone={() => {
          const id = made?.id;
          setMade(null);
          void navigate(`/settings/webhooks/${id}`);
        }}
      />
    </>
  );
}
