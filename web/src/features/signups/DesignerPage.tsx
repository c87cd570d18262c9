import { DeleteOutlined, PlusOutlined, UploadOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, ColorPicker, Input, Segmented, Select, Upload } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useMay } from "@/api/me";
import { asProblem } from "@/api/problem";
import { EditorPage, PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { useAutosave } from "@/components/useAutosave";
import {
  type AskedConsent,
  type Design,
  PAGE_LANGUAGES,
  type PageLanguage,
  type SignUpPage,
  useDeletePage,
  useMovePage,
  useOwnFieldChoices,
  usePreview,
  useSaveDraft,
  useSignUpPage,
  useStoreChoices,
  useUploadLogo,
} from "./api";
import styles from "./signups.module.css";
import { StateTag, useFieldName } from "./words";

const REST_MILLISECONDS = 250;
const OWN = ["name", "gender", "birthday", "city"] as const;
const FIT_TYPES = new Set(["text", "number", "date", "choice", "multi_choice"]);
const CHANNELS = ["sms", "email", "phone", "wechat"] as const;

/** Words, look and questions of a page, with the page itself beside them at a phone's width. */
export function DesignerPage() {
  const { t } = useTranslation("signups");
  const { id } = useParams();
  const may = useMay();
  const page = useSignUpPage(Number(id));
  if (!may("signups.read")) return <NoPermission what={t("title")} />;
  if (page.error && !page.data) return <ErrorState error={page.error} onRetry={() => void page.refetch()} />;
  if (!page.data) {
    return (
      <PlainPage title={t("title")}>
        <BoneLines lines={10} />
      </PlainPage>
    );
  }
  return <Designer key={page.data.id} page={page.data} mayWrite={may("signups.write")} />;
}

interface Edited {
  readonly name: string;
  readonly slug: string;
  readonly design: Design;
}

function Designer({ page, mayWrite }: { page: SignUpPage; mayWrite: boolean }) {
  const { t } = useTranslation("signups");
  const { t: kit } = useTranslation("kit");
  const { modal, message } = App.useApp();
  const navigate = useNavigate();
  const [edited, setEdited] = useState<Edited>({ name: page.name, slug: page.slug, design: page.draft as Design });
  const save = useSaveDraft(page.id);
  const move = useMovePage(page.id);
  const remove = useDeletePage(page.id);
  const state = useAutosave(edited, mayWrite && edited.name.trim() !== "", async (value) => {
    await save.mutateAsync(value);
  });
  const design = edited.design;
  const change = (next: Partial<Design>) =>
    setEdited((before) => ({ ...before, design: { ...before.design, ...next } }));
  const faults = (where: string) =>
    page.faults.filter((fault) => fault.where === where || fault.where.startsWith(`${where}.`));

  const publish = () =>
    modal.confirm({
      title: t("publish_question"),
      content: page.state === "live" ? t("publish_words_again") : t("publish_words", { address: page.address }),
      okText: t("publish"),
      cancelText: kit("cancel"),
      onOk: async () => {
        try {
          await save.mutateAsync(edited);
          await move.mutateAsync("publish");
          void message.success(t("published"));
        } catch {
          // The reason stands above the form.
        }
      },
    });
  const close = () =>
    modal.confirm({
      title: t("close_question"),
      content: t("close_words"),
      okText: t("close"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () => move.mutateAsync("close").catch(() => {}),
    });

  return (
    <EditorPage
      title={edited.name || page.name}
      mark={<StateTag page={page} />}
      about={mayWrite ? <span className={styles.soft}>{t(`saving.${state}`)}</span> : undefined}
      above={<Link to="/sign-up">{t("title")}</Link>}
      unsaved={mayWrite && state !== "saved"}
      actions={
        <>
          <Link to={`/sign-up/${page.id}/results`}>
            <Button tabIndex={-1}>{t("results")}</Button>
          </Link>
          {mayWrite && page.state === "draft" && page.published === null && (
            <Button
              danger
              onClick={() =>
                modal.confirm({
                  title: t("delete_question"),
                  okText: t("delete"),
                  okButtonProps: { danger: true },
                  cancelText: kit("cancel"),
                  onOk: () =>
                    remove
                      .mutateAsync()
                      .then(() => navigate("/sign-up"))
                      .catch(() => {}),
                })
              }
            >
              {t("delete")}
            </Button>
          )}
          {mayWrite && page.state === "live" && <Button onClick={close}>{t("close")}</Button>}
          {mayWrite && page.state === "closed" && (
            <Button onClick={() => move.mutate("reopen")} loading={move.isPending}>
              {t("reopen")}
            </Button>
          )}
          {mayWrite && (
            <Button type="primary" onClick={publish} loading={move.isPending}>
              {page.published === null ? t("publish") : t("publish_again")}
            </Button>
          )}
        </>
      }
      result={<PhonePreview design={design} />}
    >
      <Refused error={move.error ?? (state === "failed" ? save.error : null)} />
      <fieldset disabled={!mayWrite} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Section title={t("section.page")}>
          <div className={styles.pair}>
            <div className={styles.field}>
              <label htmlFor="page-name">{t("name")}</label>
              <Input
                id="page-name"
                value={edited.name}
                maxLength={120}
                onChange={({ target }) => setEdited((before) => ({ ...before, name: target.value }))}
              />
            </div>
            <div className={styles.field}>
              <label htmlFor="page-slug">{t("slug")}</label>
              <Input
                id="page-slug"
                addonBefore="/join/"
                value={edited.slug}
                maxLength={60}
                disabled={page.published !== null}
                onChange={({ target }) => setEdited((before) => ({ ...before, slug: target.value.toLowerCase() }))}
              />
              {page.published !== null && <p className={styles.hint}>{t("slug_stays")}</p>}
            </div>
          </div>
        </Section>
        <Section title={t("section.words")} about={t("section.words_about")}>
          {(["title", "welcome", "button", "thanks", "notice"] as const).map((part) => (
            <BothLanguages
              key={part}
              id={`words-${part}`}
              label={t(`words.${part}`)}
              long={part === "welcome" || part === "thanks" || part === "notice"}
              value={design[part]}
              onChange={(value) => change({ [part]: value })}
              notes={faults(part).map(({ code }) => code)}
            />
          ))}
          <div className={styles.field}>
            <label htmlFor="notice-url">{t("words.notice_url")}</label>
            <Input
              id="notice-url"
              value={design.notice_url}
              placeholder="https://"
              maxLength={500}
              onChange={({ target }) => change({ notice_url: target.value.trim() })}
            />
          </div>
        </Section>
        <Section title={t("section.look")}>
          <Look
            design={design}
            change={change}
            notes={[...faults("accent"), ...faults("logo")].map(({ code }) => code)}
          />
        </Section>
        <Section title={t("section.asked")} about={t("section.asked_about")}>
          <Asked
            design={design}
            change={change}
            notes={[...faults("confirm_by"), ...faults("fields")].map(({ code }) => code)}
          />
        </Section>
        <Section title={t("section.consents")} about={t("section.consents_about")}>
          <Consents design={design} change={change} notes={faults("consents").map(({ code }) => code)} />
        </Section>
        <Section title={t("section.after")}>
          <After design={design} change={change} />
        </Section>
      </fieldset>
    </EditorPage>
  );
}

type Change = (next: Partial<Design>) => void;

function Notes({ codes }: { codes: readonly string[] }) {
  const { t } = useTranslation("signups");
  const known = [...new Set(codes)];
  return (
    <>
      {known.map((code) => (
        <p key={code} className={styles.fault}>
          {(t as (key: string) => string)(`fault.${code.replace("sign_up.", "")}`)}
        </p>
      ))}
    </>
  );
}

function BothLanguages({
  id,
  label,
  long,
  value,
  onChange,
  notes = [],
}: {
  id: string;
  label: string;
  long: boolean;
  value: { zh?: string; en?: string };
  onChange: (value: { zh: string; en: string }) => void;
  notes?: readonly string[];
}) {
  const { t } = useTranslation("signups");
  const whole = { zh: value.zh ?? "", en: value.en ?? "" };
  return (
    <div className={styles.field}>
      <span className={styles.label}>{label}</span>
      <div className={styles.both}>
        {PAGE_LANGUAGES.map((language) => {
          const shared = {
            id: `${id}-${language}`,
            lang: language,
            "aria-label": `${label} · ${t(`language.${language}`)}`,
            placeholder: t(`language.${language}`),
            value: whole[language],
          };
          return long ? (
            <Input.TextArea
              key={language}
              {...shared}
              autoSize={{ minRows: 2, maxRows: 8 }}
              maxLength={2000}
              onChange={({ target }) => onChange({ ...whole, [language]: target.value })}
            />
          ) : (
            <Input
              key={language}
              {...shared}
              maxLength={120}
              onChange={({ target }) => onChange({ ...whole, [language]: target.value })}
            />
          );
        })}
      </div>
      <Notes codes={notes} />
    </div>
  );
}

function Look({ design, change, notes }: { design: Design; change: Change; notes: readonly string[] }) {
  const { t } = useTranslation("signups");
  const upload = useUploadLogo();
  return (
    <>
      <div className={styles.field}>
        <span className={styles.label}>{t("look.logo")}</span>
        <div className={styles.row}>
          {design.logo && <img className={styles.logo} src={`/join/logo/${design.logo}`} alt={t("look.logo")} />}
          <Upload
            accept="image/png,image/jpeg,image/webp"
            showUploadList={false}
            beforeUpload={(file) => {
              upload.mutate(file, { onSuccess: ({ logo }) => change({ logo }) });
              return false;
            }}
          >
            <Button icon={<UploadOutlined />} loading={upload.isPending}>
              {t("look.upload")}
            </Button>
          </Upload>
          {design.logo && (
            <Button type="text" onClick={() => change({ logo: "" })}>
              {t("look.remove")}
            </Button>
          )}
        </div>
        <p className={styles.hint}>{t("look.logo_hint")}</p>
        <Refused error={upload.error} />
      </div>
      <div className={styles.field}>
        <span className={styles.label}>{t("look.accent")}</span>
        <ColorPicker
          value={design.accent || "#1f5f5b"}
          disabledAlpha
          showText
          onChangeComplete={(colour) => change({ accent: colour.toHexString().slice(0, 7) })}
        />
        <Notes codes={notes} />
      </div>
    </>
  );
}

const NEEDS = ["required", "optional", "no"] as const;

function Asked({ design, change, notes }: { design: Design; change: Change; notes: readonly string[] }) {
  const { t } = useTranslation("signups");
  const own = useOwnFieldChoices();
  const fit = (own.data ?? []).filter(
    ({ type, unique, archived_at }) => FIT_TYPES.has(type) && !unique && !archived_at,
  );
  const name = useFieldName(new Map((own.data ?? []).map(({ key, name }) => [key, name])));
  const choices = [...OWN, ...fit.map(({ key }) => `field:${key}`)];
  const asked = new Map(design.fields.map(({ field, required }) => [field, required ?? false]));
  const put = (field: string, need: string) => {
    const others = design.fields.filter((one) => one.field !== field);
    const next = need === "no" ? others : [...others, { field, required: need === "required" }];
    change({ fields: choices.flatMap((known) => next.filter((one) => one.field === known)) });
  };
  const address = (kind: "phone" | "email", need: "no" | "optional" | "required") => {
    const confirm_by = need === "no" ? design.confirm_by.filter((one) => one !== kind) : design.confirm_by;
    change({ [kind]: need, confirm_by });
  };
  return (
    <>
      {(["phone", "email"] as const).map((kind) => (
        <div key={kind} className={styles.item}>
          <div className={styles.row}>
            <strong>{name(kind)}</strong>
            <Segmented
              value={design[kind]}
              options={NEEDS.map((need) => ({ value: need, label: t(`need.${need}`) }))}
              onChange={(need) => address(kind, need)}
            />
            <Checkbox
              disabled={design[kind] === "no"}
              checked={design.confirm_by.includes(kind)}
              onChange={({ target }) =>
                change({
                  confirm_by: (["phone", "email"] as const).filter((one) =>
                    one === kind ? target.checked : design.confirm_by.includes(one),
                  ),
                })
              }
            >
              {t("confirmed")}
            </Checkbox>
          </div>
        </div>
      ))}
      <p className={styles.hint}>{t("confirm_hint")}</p>
      <Notes codes={notes} />
      {choices.map((field) => (
        <div key={field} className={styles.item}>
          <div className={styles.row}>
            <strong>{name(field)}</strong>
            <Segmented
              value={asked.has(field) ? (asked.get(field) ? "required" : "optional") : "no"}
              options={NEEDS.map((need) => ({ value: need, label: t(`need.${need}`) }))}
              onChange={(need) => put(field, need)}
            />
            {field === "birthday" && asked.has("birthday") && (
              <Checkbox checked={design.lunar} onChange={({ target }) => change({ lunar: target.checked })}>
                {t("lunar")}
              </Checkbox>
            )}
          </div>
        </div>
      ))}
    </>
  );
}

function Consents({ design, change, notes }: { design: Design; change: Change; notes: readonly string[] }) {
  const { t } = useTranslation("signups");
  const put = (place: number, next: Partial<AskedConsent>) =>
    change({ consents: design.consents.map((one, index) => (index === place ? { ...one, ...next } : one)) });
  const add = () =>
    change({
      consents: [
        ...design.consents,
        {
          channel: CHANNELS.find((channel) => design.consents.every((one) => one.channel !== channel)) ?? "sms",
          purpose: "marketing",
          text: { zh: "", en: "" },
        },
      ],
    });
  return (
    <>
      {design.consents.map((consent, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a consent has no name of its own; its place is what it is.
        <div key={place} className={styles.item}>
          <div className={styles.row}>
            <Select
              aria-label={t("consent.channel")}
              value={consent.channel}
              style={{ width: 130 }}
              options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))}
              onChange={(channel) => put(place, { channel })}
            />
            <Select
              aria-label={t("consent.purpose")}
              value={consent.purpose}
              style={{ width: 150 }}
              options={(["marketing", "service"] as const).map((value) => ({ value, label: t(`purpose.${value}`) }))}
              onChange={(purpose) => put(place, { purpose })}
            />
            <Button
              type="text"
              icon={<DeleteOutlined />}
              aria-label={t("consent.remove")}
              onClick={() => change({ consents: design.consents.filter((_, index) => index !== place) })}
            />
          </div>
          <BothLanguages
            id={`consent-${place}`}
            label={t("consent.text")}
            long
            value={consent.text}
            onChange={(text) => put(place, { text })}
          />
        </div>
      ))}
      <Notes codes={notes} />
      {design.consents.length < 8 && (
        <Button icon={<PlusOutlined />} onClick={add}>
          {t("consent.add")}
        </Button>
      )}
    </>
  );
}

function After({ design, change }: { design: Design; change: Change }) {
  const { t } = useTranslation("signups");
  const stores = useStoreChoices();
  return (
    <>
      <div className={styles.pair}>
        <div className={styles.field}>
          <label htmlFor="home-store">{t("after.store")}</label>
          <Select
            id="home-store"
            allowClear
            showSearch={{ optionFilterProp: "label" }}
            style={{ width: "100%" }}
            value={design.home_store_id ?? undefined}
            options={stores.data ?? []}
            placeholder={t("after.no_store")}
            onChange={(home_store_id) => change({ home_store_id: home_store_id ?? null })}
          />
          <p className={styles.hint}>{t("after.store_hint")}</p>
        </div>
        <div className={styles.field}>
          <label htmlFor="page-tags">{t("after.tags")}</label>
          <Select
            id="page-tags"
            mode="tags"
            style={{ width: "100%" }}
            maxCount={10}
            value={design.tags}
            onChange={(tags: string[]) => change({ tags: tags.map((tag) => tag.slice(0, 40)).filter(Boolean) })}
          />
        </div>
      </div>
      <Checkbox
        checked={design.shows_referral_link}
        onChange={({ target }) => change({ shows_referral_link: target.checked })}
      >
        {t("after.referral")}
      </Checkbox>
    </>
  );
}

function PhonePreview({ design }: { design: Design }) {
  const { t } = useTranslation("signups");
  const { language: reading } = useReading();
  const [language, setLanguage] = useState<PageLanguage>(reading === "en" ? "en" : "zh");
  const [rested, setRested] = useState(design);
  useEffect(() => {
    const timer = setTimeout(() => setRested(design), REST_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [design]);
  const preview = usePreview(rested, language);
  return (
    <div className={styles.phone}>
      <div className={styles.phoneBar}>
        <span className={styles.soft}>{t("preview")}</span>
        <Segmented
          size="small"
          value={language}
          options={PAGE_LANGUAGES.map((value) => ({ value, label: t(`language.${value}`) }))}
          onChange={setLanguage}
        />
      </div>
      {preview.data ? (
        <iframe
          className={styles.screen}
          title={t("preview")}
          sandbox=""
          srcDoc={preview.data.html}
          referrerPolicy="no-referrer"
        />
      ) : preview.error && asProblem(preview.error).status !== 422 ? (
        <ErrorState compact error={preview.error} onRetry={() => void preview.refetch()} />
      ) : (
        <BoneLines lines={12} />
      )}
    </div>
  );
}
