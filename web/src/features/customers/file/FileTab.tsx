import { App, Button, Form, Input, Modal, Select } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay, useMe } from "@/api/me";
import { Day, Masked, None, When } from "@/components/figures";
import { Card, type Fact, Facts, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState } from "@/components/states";
import { Tag } from "@/components/Tag";
import type { CustomerFile, PersonalData } from "../api";
import styles from "../customers.module.css";
import { useOwnFields } from "../own/api";
import { OwnValue } from "../own/OwnValue";
import { type DocumentKind, useNotes, useRemoveIdNumber, useSetIdNumber, useTakeBackNote, useWriteNote } from "./api";

const DOCUMENTS = ["id_card", "passport", "hk_macau_permit", "taiwan_permit"] as const;

/** All that is known of a person, in sections, with what is not told shown as such; and what colleagues wrote down. */
export function FileTab({ file, clear }: { file: CustomerFile; clear: PersonalData | null }) {
  const { t } = useTranslation("file");
  const { t: words } = useTranslation("customers");
  const fields = useOwnFields();
  const fact = (key: string, label: string, value: ReactNode): Fact => ({ key, label, value: value || <None /> });
  return (
    <div className={styles.stack}>
      <Section title={t("sections.person")}>
        <Card>
          <Facts
            facts={[
              fact("gender", words("form.gender"), file.gender && words(`form.${file.gender}`)),
              fact("birthday", words("form.birthday"), <Birthday file={file} />),
              fact("next", t("next_birthday"), file.next_birthday_on && <Day on={file.next_birthday_on} />),
              fact("occupation", words("form.occupation"), file.occupation),
              fact("income", t("income"), file.income && t(`incomes.${file.income}`)),
              fact("education", t("education"), file.education && t(`educations.${file.education}`)),
              fact(
                "interests",
                t("interests"),
                file.declared_interests.length > 0 && <Words words={file.declared_interests} />,
              ),
              fact("document", t("id_number"), <Document file={file} clear={clear} />),
            ]}
          />
        </Card>
      </Section>
      {fields.data && fields.data.length > 0 && (
        <Section title={t("sections.own")}>
          <Card>
            <Facts
              facts={fields.data.map((field) => ({
                key: field.key,
                label: <span title={field.description || undefined}>{field.name}</span>,
                value: <OwnValue field={field} value={file.fields[field.key]} name={file.field_names[field.key]} />,
              }))}
            />
          </Card>
        </Section>
      )}
      <Section title={t("sections.origin")}>
        <Card>
          <Facts
            facts={[
              fact("stage", t("stage"), file.stage && <Tag tone="info">{t(`stages.${file.stage}`)}</Tag>),
              fact("owner", t("owner"), file.owner?.name),
              fact("store", words("column.store"), file.home_store?.name),
              fact("source", words("file.source"), file.source?.name),
              fact("campaign", t("campaign"), file.source_campaign),
              fact(
                "referrer",
                t("referrer"),
                file.referrer && (
                  <Link to={`/customers/${file.referrer.id}`}>{file.referrer.name || `#${file.referrer.id}`}</Link>
                ),
              ),
              fact(
                "coordinates",
                t("coordinates"),
                file.latitude !== null && file.longitude !== null && `${file.latitude}, ${file.longitude}`,
              ),
            ]}
          />
        </Card>
      </Section>
      <Notes id={file.id} />
    </div>
  );
}

function Words({ words }: { words: readonly string[] }) {
  return (
    <span className={styles.tags}>
      {words.map((word) => (
        <Tag key={word}>{word}</Tag>
      ))}
    </span>
  );
}

function Birthday({ file }: { file: CustomerFile }) {
  const { t } = useTranslation("file");
  const lunar = file.birth_lunar;
  if (!lunar) return file.birth_on ? <Day on={file.birth_on} /> : <None />;
  const month = t(lunar.leap ? "leap_month_of" : "month_of", { n: lunar.month });
  const said = lunar.year
    ? t("lunar_words_year", { year: lunar.year, month, day: lunar.day })
    : t("lunar_words", { month, day: lunar.day });
  return (
    <>
      {said}
      {file.birth_on && (
        <span className={styles.soft}>
          {" "}
          <Day on={file.birth_on} />
        </span>
      )}
    </>
  );
}

function Document({ file, clear }: { file: CustomerFile; clear: PersonalData | null }) {
  const { t } = useTranslation("file");
  const { t: kit } = useTranslation("kit");
  const may = useMay();
  const { modal } = App.useApp();
  const [setting, setSetting] = useState(false);
  const remove = useRemoveIdNumber(file.id);
  const document = file.id_document;
  const ask = () =>
    modal.confirm({
      title: t("id_remove_question"),
      okText: t("id_remove"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () => remove.mutateAsync(undefined).catch(() => {}),
    });
  return (
    <span className={styles.inline}>
      {document ? (
        <>
          {t(`id_kinds.${document.kind}`)} <Masked masked={document.shown} clear={clear?.id_number?.number} />
        </>
      ) : (
        <span className={styles.faint}>{t("id_none")}</span>
      )}
      {may("customers.write") && (
        <>
          <Button size="small" type="text" onClick={() => setSetting(true)}>
            {t(document ? "id_change" : "id_set")}
          </Button>
          {document && (
            <Button size="small" type="text" onClick={ask}>
              {t("id_remove")}
            </Button>
          )}
        </>
      )}
      {setting && <DocumentForm id={file.id} onClose={() => setSetting(false)} />}
    </span>
  );
}

function DocumentForm({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("file");
  const { t: kit } = useTranslation("kit");
  const [form] = Form.useForm<{ kind: DocumentKind; number: string }>();
  const set = useSetIdNumber(id);
  return (
    <Modal
      open
      title={t("id_set")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("id_save")}
      cancelText={kit("cancel")}
      confirmLoading={set.isPending}
    >
      <p className={styles.soft}>{t("id_words")}</p>
      <Form
        form={form}
        layout="vertical"
        initialValues={{ kind: "id_card" }}
        onFinish={(values) => set.mutate(values, { onSuccess: onClose })}
      >
        <Refused error={set.error} />
        <Form.Item name="kind" label={t("id_kind")}>
          <Select options={DOCUMENTS.map((value) => ({ value, label: t(`id_kinds.${value}`) }))} />
        </Form.Item>
        <Form.Item name="number" label={t("id_value")} rules={[{ required: true, min: 4, message: t("id_value") }]}>
          <Input autoFocus autoComplete="off" maxLength={40} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function Notes({ id }: { id: number }) {
  const { t } = useTranslation("file");
  const { t: words } = useTranslation("customers");
  const may = useMay();
  const me = useMe();
  const notes = useNotes(id);
  const write = useWriteNote(id);
  const takeBack = useTakeBackNote(id);
  const [text, setText] = useState("");
  const rows = notes.data?.pages.flatMap(({ items }) => items);
  return (
    <Section title={t("notes")}>
      <Card>
        {may("customers.write") && (
          <form
            className={styles.stack}
            onSubmit={(event) => {
              event.preventDefault();
              write.mutate(text.trim(), { onSuccess: () => setText("") });
            }}
          >
            <Refused error={write.error} />
            <Input.TextArea
              value={text}
              maxLength={5_000}
              autoSize={{ minRows: 2, maxRows: 8 }}
              placeholder={t("note_placeholder")}
              aria-label={t("notes")}
              onChange={(event) => setText(event.target.value)}
            />
            <span>
              <Button htmlType="submit" disabled={text.trim() === ""} loading={write.isPending}>
                {t("note_add")}
              </Button>
            </span>
          </form>
        )}
        {notes.error && !rows ? (
          <ErrorState error={notes.error} compact onRetry={() => void notes.refetch()} />
        ) : !rows ? (
          <BoneLines lines={3} />
        ) : rows.length === 0 ? (
          <p className={styles.soft}>{t("note_none")}</p>
        ) : (
          rows.map((note) => (
            <div key={note.id} className={styles.note}>
              <span className={styles.noteText}>{note.text}</span>
              <span className={styles.soft}>
                {note.author_name} · <When at={note.written_at} />{" "}
                {note.author_id === me.id && (
                  <Button type="text" size="small" onClick={() => takeBack.mutate(note.id)}>
                    {t("note_delete")}
                  </Button>
                )}
              </span>
            </div>
          ))
        )}
        {notes.hasNextPage && (
          <Button loading={notes.isFetchingNextPage} onClick={() => void notes.fetchNextPage()}>
            {words("file.more")}
          </Button>
        )}
      </Card>
    </Section>
  );
}
