import { MergeOutlined } from "@ant-design/icons";
import { App, Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import type { FoundPerson } from "@/api/people";
import { textField, useAddress } from "@/components/address";
import { Card, PlainPage, Section } from "@/components/layout";
import { PersonPicker } from "@/components/PersonPicker";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { type Choices, useMerge, useMergePlan } from "./api";
import { Comparison, ConsentOutcomes } from "./Comparison";
import styles from "./identity.module.css";

const FIELDS = { a: textField(), b: textField() };

/** Two files side by side, and making them one. The duplicates review leads here too. */
export function MergePage() {
  const { t } = useTranslation("identity");
  const may = useMay();
  const address = useAddress(FIELDS);
  const [a, b] = [Number(address.values.a) || 0, Number(address.values.b) || 0];
  if (!may("customers.merge")) return <NoPermission what={t("title")} />;
  if (a && b) return <Pair key={`${a}-${b}`} a={a} b={b} />;
  return (
    <PlainPage title={t("title")} about={t("about")} above={<Link to="/customers">{t("back")}</Link>} narrow>
      <Card>
        <Section title={t("pick")} about={t("pick_about")}>
          <PersonPicker
            person={null}
            onChoose={(person: FoundPerson) =>
              address.change(a ? { b: String(person.id) } : { a: String(person.id) }, { replace: true })
            }
          />
        </Section>
      </Card>
    </PlainPage>
  );
}

function Pair({ a, b }: { a: number; b: number }) {
  const { t } = useTranslation("identity");
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [survivor, setSurvivor] = useState<number | null>(null);
  const [choices, setChoices] = useState<Choices>({});
  const [note, setNote] = useState("");
  const plan = useMergePlan(a, b, survivor, choices);
  const merge = useMerge(a);
  const above = <Link to={`/customers/${a}`}>{t("back_to_file")}</Link>;
  if (plan.error)
    return (
      <PlainPage title={t("title")} above={above}>
        <ErrorState error={plan.error} onRetry={() => void plan.refetch()} />
      </PlainPage>
    );
  const decided = plan.data;
  const confirm = () =>
    decided &&
    merge.mutate(
      { other_id: b, survivor_id: decided.survivor.id, choices, note },
      {
        onSuccess: (made) => {
          void message.success(t("merged"));
          void navigate(`/customers/${made.survivor.id}`);
        },
      },
    );
  return (
    <PlainPage title={t("title")} about={t("about")} above={above}>
      {!decided ? (
        <BoneLines lines={10} />
      ) : (
        <>
          <Section>
            <Comparison
              plan={decided}
              onChoose={setChoices}
              onSurvivor={(id) => {
                setSurvivor(id);
                setChoices({});
              }}
            />
          </Section>
          <Section title={t("consents")} about={t("consents_about")}>
            <ConsentOutcomes consents={decided.consents} />
          </Section>
          <Section title={t("moves")} about={t("moves_about")}>
            <Moves moves={decided.moves} />
          </Section>
          <div className={styles.act}>
            <Refused error={merge.error} />
            <Input
              value={note}
              maxLength={300}
              aria-label={t("note")}
              placeholder={t("note")}
              onChange={(event) => setNote(event.target.value)}
            />
            <div>
              <Button
                type="primary"
                icon={<MergeOutlined />}
                loading={merge.isPending}
                disabled={plan.isPlaceholderData}
                onClick={confirm}
              >
                {t("merge")}
              </Button>
            </div>
            <span className={styles.soft}>{t("can_undo")}</span>
          </div>
        </>
      )}
    </PlainPage>
  );
}

export function Moves({ moves }: { moves: Readonly<Record<string, number>> }) {
  const { t } = useTranslation("identity");
  const kinds = Object.entries(moves);
  if (kinds.length === 0) return <p className={styles.soft}>{t("moves_none")}</p>;
  return (
    <span>
      {kinds
        .map(([kind, count]) => t(`moved.${kind as "orders"}`, { count, defaultValue: `${kind} ${count}` }))
        .join(t("comma"))}
    </span>
  );
}
