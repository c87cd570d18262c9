import { Button, Checkbox, Input, Result, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { Card, PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import {
  type Design,
  PAGE_LANGUAGES,
  type PageLanguage,
  type SignUpPage,
  useBeginCall,
  useConfirmCall,
  useOwnFieldChoices,
  useSendAgain,
  useSignUpPage,
} from "./api";
import { CallBirthday } from "./CallBirthday";
import styles from "./signups.module.css";
import { useFieldName } from "./words";

/** An agent fills the form in for a caller, reads the words of consent aloud, and types the code she reads back. */
export function CallPage() {
  const { t } = useTranslation("signups");
  const { id } = useParams();
  const may = useMay();
  const page = useSignUpPage(Number(id));
  if (!may("signups.enrol")) return <NoPermission what={t("call.title")} />;
  if (page.error && !page.data) return <ErrorState error={page.error} onRetry={() => void page.refetch()} />;
  return (
    <PlainPage
      title={t("call.title")}
      about={t("call.about")}
      above={<Link to={`/sign-up/${id}/results`}>{page.data?.name ?? t("title")}</Link>}
      narrow
    >
      {!page.data ? (
        <BoneLines lines={8} />
      ) : page.data.state === "live" && page.data.published ? (
        <Call page={page.data} design={page.data.published as Design} />
      ) : (
        <p>{t("call.not_live")}</p>
      )}
    </PlainPage>
  );
}

function Call({ page, design }: { page: SignUpPage; design: Design }) {
  const { t } = useTranslation("signups");
  const [language, setLanguage] = useState<PageLanguage>("zh");
  const [answers, setAnswers] = useState<Readonly<Record<string, readonly string[]>>>({});
  const [agreed, setAgreed] = useState<readonly number[]>([]);
  const [code, setCode] = useState("");
  const begin = useBeginCall(page.id);
  const again = useSendAgain(page.id);
  const confirm = useConfirmCall(page.id);
  const begun = begin.data;
  const afresh = () => {
    setAnswers({});
    setAgreed([]);
    setCode("");
    begin.reset();
    confirm.reset();
    again.reset();
  };

  if (confirm.data) {
    return (
      <Result
        status="success"
        title={t(`call.done_${confirm.data.outcome === "new" ? "new" : "back"}`)}
        extra={[
          <Link key="file" to={`/customers/${confirm.data.customer_id}`}>
            <Button type="primary" tabIndex={-1}>
              {t("call.file")}
            </Button>
          </Link>,
          <Button key="next" onClick={afresh}>
            {t("call.next")}
          </Button>,
        ]}
      />
    );
  }
  if (begun) {
    return (
      <Section title={t("call.code")} about={t("call.code_about", { to: begun.sent_to })}>
        <Card>
          <Refused error={confirm.error ?? again.error} />
          <form
            className={styles.row}
            onSubmit={(event) => {
              event.preventDefault();
              confirm.mutate({ token: begun.token, code });
            }}
          >
            <Input
              className={styles.code}
              aria-label={t("call.code")}
              inputMode="numeric"
              autoFocus
              required
              maxLength={12}
              value={code}
              onChange={({ target }) => setCode(target.value)}
            />
            <Button type="primary" htmlType="submit" loading={confirm.isPending}>
              {t("call.confirm")}
            </Button>
            <Button onClick={() => again.mutate(begun.token)} loading={again.isPending}>
              {t("call.again")}
            </Button>
            <Button type="text" onClick={afresh}>
              {t("call.afresh")}
            </Button>
          </form>
        </Card>
      </Section>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate({
          language,
          answers: Object.fromEntries(Object.entries(answers).map(([name, values]) => [name, [...values]])),
          agreed: [...agreed],
        });
      }}
    >
      <div className={styles.field}>
        <span className={styles.label}>{t("call.language")}</span>
        <Segmented
          value={language}
          options={PAGE_LANGUAGES.map((value) => ({ value, label: t(`language.${value}`) }))}
          onChange={setLanguage}
        />
      </div>
      <Section title={t("call.answers")}>
        <Answers
          design={design}
          answers={answers}
          onAnswer={(name, values) => setAnswers((all) => ({ ...all, [name]: values }))}
        />
      </Section>
      {design.consents.length > 0 && (
        <Section title={t("call.consents")} about={t("call.consents_about")}>
          {design.consents.map((consent, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the server names a consent by its place.
            <div key={place} className={styles.field}>
              <blockquote className={styles.aloud} lang={language}>
                {consent.text[language]}
              </blockquote>
              <Checkbox
                checked={agreed.includes(place)}
                onChange={({ target }) =>
                  setAgreed((all) => (target.checked ? [...all, place] : all.filter((one) => one !== place)))
                }
              >
                {t("call.agrees", { channel: t(`channel.${consent.channel}`) })}
              </Checkbox>
            </div>
          ))}
        </Section>
      )}
      <Refused error={begin.error} />
      <Button type="primary" htmlType="submit" loading={begin.isPending}>
        {t("call.send")}
      </Button>
    </form>
  );
}

function Answers({
  design,
  answers,
  onAnswer,
}: {
  design: Design;
  answers: Readonly<Record<string, readonly string[]>>;
  onAnswer: (name: string, values: readonly string[]) => void;
}) {
  const { t } = useTranslation("signups");
  const own = useOwnFieldChoices();
  const specs = new Map((own.data ?? []).map((spec) => [spec.key, spec]));
  const name = useFieldName(new Map((own.data ?? []).map((spec) => [spec.key, spec.name])));
  const asked = [
    ...(["phone", "email"] as const)
      .filter((kind) => design[kind] !== "no")
      .map((kind) => ({ field: kind as string, required: design[kind] === "required" })),
    ...design.fields,
  ];
  return (
    <div className={styles.pair}>
      {asked.map(({ field, required }) => {
        const spec = specs.get(field.replace(/^field:/, ""));
        const value = answers[field] ?? [];
        const options =
          field === "gender"
            ? (["female", "male", "other"] as const).map((one) => ({ value: one as string, label: t(`gender.${one}`) }))
            : spec?.options.map((option) => ({ value: option.key, label: option.name }));
        const label = `${name(field)}${required ? " *" : ""}`;
        if (field === "birthday" && design.lunar)
          return <CallBirthday key={field} label={label} answers={answers} onAnswer={onAnswer} />;
        const id = `answer-${field.replace(":", "-")}`;
        return (
          <div key={field} className={styles.field}>
            <label htmlFor={id}>{label}</label>
            {options && options.length > 0 ? (
              <Select
                id={id}
                style={{ width: "100%" }}
                allowClear
                mode={spec?.type === "multi_choice" ? "multiple" : undefined}
                options={options}
                value={spec?.type === "multi_choice" ? [...value] : value[0]}
                onChange={(next: string | string[] | undefined) =>
                  onAnswer(field, next === undefined ? [] : Array.isArray(next) ? next : [next])
                }
              />
            ) : (
              <Input
                id={id}
                type={
                  field === "birthday" || spec?.type === "date"
                    ? "date"
                    : field === "email"
                      ? "email"
                      : field === "phone"
                        ? "tel"
                        : "text"
                }
                value={value[0] ?? ""}
                maxLength={254}
                onChange={({ target }) => onAnswer(field, target.value ? [target.value] : [])}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}
