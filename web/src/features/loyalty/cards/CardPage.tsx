import { MoreOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { None, When } from "@/components/figures";
import { Card as Box, Facts, PlainPage, Section } from "@/components/layout";
import { ErrorState, NoPermission } from "@/components/states";
import { type Card, type CardStep, useCard } from "./api";
import styles from "./cards.module.css";
import { BindDialog, ReplaceDialog, StepDialog } from "./dialogs";
import { grouped } from "./numbers";
import { CardStateTag } from "./words";

type Deed = CardStep | "bind" | "replace";

/** What may be done to a card by its state, the likeliest first. */
const DEEDS: Record<Card["state"], readonly Deed[]> = {
  made: ["bind", "close"],
  active: ["report_lost", "replace", "block"],
  blocked: ["unblock", "report_lost", "replace"],
  lost: ["replace", "found"],
  replaced: [],
  closed: [],
};

/** One card: whose it is, what one does to it at the desk, and everything that happened to it. */
export function CardPage() {
  const { t } = useTranslation("cards");
  const { number = "" } = useParams();
  const may = useMay();
  const query = useCard(number, may("loyalty.read"));
  const card = query.data;
  if (!may("loyalty.read")) return <NoPermission what={t("title")} />;
  const above = <Link to="/loyalty/cards">{t("title")}</Link>;
  if (query.error && !card) {
    return (
      <PlainPage title={grouped(number)} above={above}>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </PlainPage>
    );
  }
  return (
    <PlainPage
      title={grouped(number)}
      mark={card && <CardStateTag state={card.state} />}
      above={above}
      about={card && t(`about_state.${card.state}`)}
      actions={card && <Deeds card={card} />}
    >
      <Box>
        <Facts
          facts={[
            {
              key: "customer",
              label: t("card.customer"),
              value: card?.customer ? (
                <Link to={`/customers/${card.customer.id}`}>{card.customer.name || t("card.nameless")}</Link>
              ) : (
                <None />
              ),
            },
            { key: "bound", label: t("card.bound"), value: card?.bound_at ? <When at={card.bound_at} /> : <None /> },
            {
              key: "batch",
              label: t("card.batch"),
              value: card && `${card.batch_name} · ${t(`kind.${card.kind}`)}`,
            },
            ...(card?.replaces
              ? [{ key: "replaces", label: t("card.replaces"), value: <CardLink number={card.replaces} /> }]
              : []),
            ...(card?.replaced_by
              ? [{ key: "replaced_by", label: t("card.replaced_by"), value: <CardLink number={card.replaced_by} /> }]
              : []),
          ]}
        />
      </Box>
      <div className={styles.history}>
        <Section title={t("history.title")}>
          {card?.changes.length === 0 ? (
            <p className={styles.faint}>{t("history.none")}</p>
          ) : (
            <History changes={card?.changes} />
          )}
        </Section>
      </div>
    </PlainPage>
  );
}

function CardLink({ number }: { number: string }) {
  return (
    <Link className={styles.number} to={`/loyalty/cards/${number}`}>
      {grouped(number)}
    </Link>
  );
}

function History({ changes }: { changes: Card["changes"] | undefined }) {
  const { t } = useTranslation("cards");
  const columns: Column<Card["changes"][number]>[] = [
    { key: "at", title: t("history.at"), identity: true, width: 180, cell: ({ at }) => <When at={at} /> },
    {
      key: "state",
      title: t("history.state"),
      width: 220,
      onCard: true,
      cell: ({ from_state, to_state }) => (
        <span className={styles.move}>
          <span className={styles.from}>{t(`state.${from_state}`)}</span>
          <span aria-hidden="true">→</span>
          <CardStateTag state={to_state} />
        </span>
      ),
    },
    { key: "actor", title: t("history.actor"), width: 180, onCard: true, cell: ({ actor }) => actor || <None /> },
    { key: "note", title: t("history.note"), onCard: true, cell: ({ note }) => note || <None /> },
  ];
  return (
    <DataTable
      caption={t("history.title")}
      columns={columns}
      rows={changes?.toReversed()}
      rowKey={({ at, to_state }) => `${at} ${to_state}`}
    />
  );
}

function Deeds({ card }: { card: Card }) {
  const { t } = useTranslation("cards");
  const may = useMay();
  const [doing, setDoing] = useState<Deed | null>(null);
  const deeds = DEEDS[card.state].filter((deed) => may(deed === "close" ? "loyalty.write" : "loyalty.serve"));
  const [first, second, ...rest] = deeds;
  const close = () => setDoing(null);
  const name = (deed: Deed) => (deed === "bind" || deed === "replace" ? t(`${deed}.button`) : t(`step.${deed}.button`));
  return (
    <>
      {second && <Button onClick={() => setDoing(second)}>{name(second)}</Button>}
      {first && (
        <Button type="primary" onClick={() => setDoing(first)}>
          {name(first)}
        </Button>
      )}
      {rest.length > 0 && (
        <Dropdown
          trigger={["click"]}
          placement="bottomRight"
          menu={{
            items: rest.map((deed) => ({ key: deed, label: name(deed) })),
            onClick: ({ key }) => setDoing(key as Deed),
          }}
        >
          <Button icon={<MoreOutlined />} aria-label={t("more")} />
        </Dropdown>
      )}
      {doing === "bind" && <BindDialog card={card} onClose={close} />}
      {doing === "replace" && <ReplaceDialog card={card} onClose={close} />}
      {doing && doing !== "bind" && doing !== "replace" && <StepDialog card={card} step={doing} onClose={close} />}
    </>
  );
}
