import { App, Button, Radio, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { When } from "@/components/figures";
import { Card, type Fact, Facts, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { type Membership, type Schedule, useSchedule } from "./api";
import styles from "./membership.module.css";
import { useFailureWords } from "./StateTag";

const CADENCES = ["quarters", "hourly", "nightly", "by_hand"] as const;

/** When a segment is asked again; of a fixed list, what it was made of. */
export function Settings({ membership }: { membership: Membership }) {
  return (
    <>
      {membership.kind === "fixed" ? <Origin membership={membership} /> : <ScheduleForm membership={membership} />}
      <Standing membership={membership} />
    </>
  );
}

function ScheduleForm({ membership }: { membership: Membership }) {
  const { t } = useTranslation("memberships");
  const { message } = App.useApp();
  const { timezone } = useReading();
  const mayWrite = useMay()("segments.write");
  const save = useSchedule(membership.id);
  const [draft, setDraft] = useState<Schedule>({
    cadence: membership.cadence,
    at_hour: membership.at_hour,
    follows_changes: membership.follows_changes,
  });
  const changed =
    draft.cadence !== membership.cadence ||
    draft.at_hour !== membership.at_hour ||
    draft.follows_changes !== membership.follows_changes;
  return (
    <Section title={t("settings.title")} about={t("settings.about", { timezone })}>
      <Card>
        <form
          className={styles.form}
          onSubmit={async (event) => {
            event.preventDefault();
            await save.mutateAsync(draft);
            void message.success(t("settings.saved"));
          }}
        >
          <Radio.Group
            vertical
            disabled={!mayWrite}
            aria-label={t("settings.title")}
            value={draft.cadence}
            onChange={({ target }) => setDraft({ ...draft, cadence: target.value })}
            options={CADENCES.map((cadence) => ({
              value: cadence,
              label: (
                <span className={styles.choice}>
                  {t(`cadence.${cadence}`)}
                  {cadence === "nightly" && draft.cadence === "nightly" && (
                    <Select
                      size="small"
                      disabled={!mayWrite}
                      aria-label={t("settings.hour")}
                      value={draft.at_hour}
                      onChange={(hour) => setDraft({ ...draft, at_hour: hour })}
                      options={Array.from({ length: 24 }, (_, hour) => ({
                        value: hour,
                        label: `${String(hour).padStart(2, "0")}:00`,
                      }))}
                    />
                  )}
                </span>
              ),
            }))}
          />
          <label className={styles.follows} htmlFor="follows-changes">
            <Switch
              id="follows-changes"
              disabled={!mayWrite}
              checked={draft.follows_changes ?? true}
              onChange={(follows) => setDraft({ ...draft, follows_changes: follows })}
            />
            <span>
              {t("settings.follows")}
              <small>{t("settings.follows_about")}</small>
            </span>
          </label>
          {mayWrite && (
            <div>
              <Button type="primary" htmlType="submit" disabled={!changed} loading={save.isPending}>
                {t("settings.save")}
              </Button>
            </div>
          )}
        </form>
      </Card>
    </Section>
  );
}

function Origin({ membership }: { membership: Membership }) {
  const { t } = useTranslation("memberships");
  const made = membership.made_from;
  return (
    <Section title={t("origin.title")} about={t("origin.about")}>
      <Card>
        {made && (
          <p className={styles.origin}>
            {t(made.segments.length === 1 ? "origin.of_one" : `origin.${made.how}`)}
            {made.segments.map(({ id, name, exists }) =>
              exists ? (
                <Link key={id} to={`/segments/${id}`}>
                  {name}
                </Link>
              ) : (
                <span key={id}>{t("origin.gone", { name })}</span>
              ),
            )}
          </p>
        )}
      </Card>
    </Section>
  );
}

function Standing({ membership }: { membership: Membership }) {
  const { t } = useTranslation("memberships");
  const why = useFailureWords();
  const facts: Fact[] = [
    { key: "refreshed", label: t("standing.refreshed"), value: <When at={membership.refreshed_at} exact /> },
    ...(membership.state === "failed"
      ? [
          { key: "failed", label: t("standing.failed"), value: <When at={membership.tried_at} exact /> },
          { key: "why", label: t("standing.why"), value: why(membership.error) },
        ]
      : []),
    ...(membership.kind === "dynamic"
      ? [{ key: "next", label: t("standing.next"), value: <When at={membership.next_at} exact /> }]
      : []),
    {
      key: "made",
      label: t("standing.made"),
      value: (
        <>
          <When at={membership.created_at} exact /> {membership.created_by?.name}
        </>
      ),
    },
  ];
  return (
    <Section title={t("standing.title")}>
      <Card>
        <Facts facts={facts} />
      </Card>
    </Section>
  );
}
