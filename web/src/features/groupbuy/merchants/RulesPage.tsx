import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { App, Button, Form, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { When } from "@/components/figures";
import { Card, PlainPage, Section, useLeaveWarning } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { CATEGORIES, PAPER_KINDS, type Terms, useSetTerms, useTerms, useTermsVersions } from "./api";
import styles from "./merchants.module.css";
import { formOf, PERIODS, type RulesForm, termsOf, WEIGHED, weightOf } from "./rules";
import { useCheckName, useKindNames } from "./words";

/** What the house asks of merchants, how it weighs them and their complaints, and how it settles. */
export function RulesPage() {
  const { t } = useTranslation("merchants");
  const may = useMay();
  if (!may("groupbuy.read")) return <NoPermission what={t("rules.title")} />;
  return <Rules mayChange={may("groupbuy.approve")} />;
}

function Rules({ mayChange }: { mayChange: boolean }) {
  const { t } = useTranslation("merchants");
  const terms = useTerms();
  // Above the editor, which begins anew with each version: what follows a save is still heard.
  const set = useSetTerms();
  const { message } = App.useApp();
  const save = (instead_of: number, typed: RulesForm) =>
    set.mutate({ instead_of, terms: termsOf(typed) }, { onSuccess: () => void message.success(t("rules.saved")) });
  return (
    <PlainPage
      title={t("rules.title")}
      about={t("rules.about")}
      above={<Link to="/groupbuy/merchants">{t("back")}</Link>}
      narrow
    >
      {terms.data ? (
        <>
          <Editor
            key={terms.data.version}
            terms={terms.data}
            mayChange={mayChange}
            saving={set.isPending}
            error={set.error}
            onSave={save}
          />
          <Versions />
        </>
      ) : terms.error ? (
        <ErrorState error={terms.error} onRetry={() => void terms.refetch()} />
      ) : (
        <BoneLines lines={10} />
      )}
    </PlainPage>
  );
}

function Editor({
  terms,
  mayChange,
  saving,
  error,
  onSave,
}: {
  terms: Terms;
  mayChange: boolean;
  saving: boolean;
  error: unknown;
  onSave: (insteadOf: number, typed: RulesForm) => void;
}) {
  const { t } = useTranslation("merchants");
  const [form] = Form.useForm<RulesForm>();
  const [touched, setTouched] = useState(false);
  useLeaveWarning(touched);
  return (
    <Form<RulesForm>
      form={form}
      layout="vertical"
      requiredMark={false}
      disabled={!mayChange}
      initialValues={formOf(terms.terms)}
      onValuesChange={() => setTouched(true)}
      onFinish={(typed) => onSave(terms.version, typed)}
    >
      {!mayChange && <p className={styles.faint}>{t("rules.not_yours")}</p>}
      <Admission />
      <Weights />
      <ComplaintsPart />
      <SettlementPart />
      <Refused error={error} />
      {mayChange && (
        <div className={styles.save}>
          <Button type="primary" htmlType="submit" loading={saving} disabled={!touched}>
            {t("rules.save")}
          </Button>
          <span className={styles.faint}>{t("rules.from_now_on")}</span>
        </div>
      )}
    </Form>
  );
}

function Admission() {
  const { t } = useTranslation("merchants");
  const { category, paper } = useKindNames();
  const required = { required: true, message: t("needed") };
  return (
    <Section title={t("rules.admission")} about={t("rules.admission_words")}>
      <Card>
        <div className={styles.two}>
          <Form.Item name="least_score" label={t("rules.least_score")} rules={[required]}>
            <InputNumber className={styles.wide ?? ""} min={0} max={100} precision={0} suffix={t("rules.points")} />
          </Form.Item>
          <Form.Item name="commission" label={t("rules.commission")} rules={[required]}>
            <InputNumber className={styles.wide ?? ""} min={0} max={100} precision={2} suffix="%" />
          </Form.Item>
        </div>
        <h3 className={styles.part}>{t("rules.documents")}</h3>
        <Form.List name="documents">
          {(rows, { add, remove }) => (
            <>
              {rows.map(({ key, name }) => (
                <div key={key} className={styles.asking}>
                  <Form.Item name={[name, "kind"]} rules={[required]}>
                    <Select
                      aria-label={t("paper_kind")}
                      options={PAPER_KINDS.map((one) => ({ value: one, label: paper(one) }))}
                    />
                  </Form.Item>
                  <Form.Item name={[name, "categories"]}>
                    <Select
                      mode="multiple"
                      aria-label={t("rules.of_categories")}
                      placeholder={t("rules.of_all")}
                      options={CATEGORIES.map((one) => ({ value: one, label: category(one) }))}
                    />
                  </Form.Item>
                  <Button
                    type="text"
                    icon={<DeleteOutlined />}
                    aria-label={t("rules.ask_no_more")}
                    onClick={() => remove(name)}
                  />
                </div>
              ))}
              {rows.length < 20 && (
                <Button icon={<PlusOutlined />} onClick={() => add({ kind: "other", categories: [] })}>
                  {t("rules.ask_another")}
                </Button>
              )}
            </>
          )}
        </Form.List>
      </Card>
    </Section>
  );
}

function Weights() {
  const { t } = useTranslation("merchants");
  const name = useCheckName();
  const form = Form.useFormInstance<RulesForm>();
  const weights = Form.useWatch("weights", form);
  const share = Form.useWatch("admission_percent", form);
  const sum = weights ? weightOf(weights) : 100;
  const required = { required: true, message: t("needed") };
  return (
    <Section title={t("rules.score")} about={t("rules.score_words")}>
      <Card>
        <div className={styles.weights}>
          {WEIGHED.map((check) => (
            <Form.Item key={check} name={["weights", check]} label={name(check)} rules={[required]}>
              <InputNumber className={styles.wide ?? ""} min={0} max={100} precision={0} suffix={t("rules.points")} />
            </Form.Item>
          ))}
        </div>
        <Form.Item
          name="sum"
          dependencies={WEIGHED.map((check) => ["weights", check])}
          rules={[
            {
              validator: () =>
                weightOf(form.getFieldValue("weights")) === 100
                  ? Promise.resolve()
                  : Promise.reject(new Error(t("rules.not_a_hundred"))),
            },
          ]}
        >
          <span className={sum === 100 ? styles.sum : styles.wrong}>{t("rules.sum", { sum })}</span>
        </Form.Item>
        <Form.Item
          name="admission_percent"
          label={t("rules.admission_percent")}
          extra={typeof share === "number" ? t("rules.admission_percent_words", { rest: 100 - share }) : undefined}
          rules={[required]}
        >
          <InputNumber className={styles.narrow ?? ""} min={0} max={100} precision={0} suffix="%" />
        </Form.Item>
      </Card>
    </Section>
  );
}

function ComplaintsPart() {
  const { t } = useTranslation("merchants");
  const required = { required: true, message: t("needed") };
  return (
    <Section title={t("complaint.title")} about={t("rules.complaints_words")}>
      <Card>
        <div className={styles.two}>
          <Form.Item name="window_days" label={t("rules.window")} rules={[required]}>
            <InputNumber className={styles.wide ?? ""} min={7} max={730} precision={0} suffix={t("rules.days")} />
          </Form.Item>
          <Form.Item
            name="least_redemptions"
            label={t("rules.least_redemptions")}
            extra={t("rules.least_redemptions_words")}
            rules={[required]}
          >
            <InputNumber className={styles.wide ?? ""} min={1} max={10_000} precision={0} suffix={t("rules.times")} />
          </Form.Item>
          <Form.Item
            name="warns_at"
            label={t("rules.warns_at")}
            dependencies={["suspends_at"]}
            rules={[
              required,
              ({ getFieldValue }) => ({
                validator: (_, warns: number) =>
                  warns <= getFieldValue("suspends_at")
                    ? Promise.resolve()
                    : Promise.reject(new Error(t("rules.warns_before"))),
              }),
            ]}
          >
            <InputNumber className={styles.wide ?? ""} min={0.01} max={100} precision={2} suffix="%" />
          </Form.Item>
          <Form.Item name="suspends_at" label={t("rules.suspends_at")} rules={[required]}>
            <InputNumber className={styles.wide ?? ""} min={0.01} max={100} precision={2} suffix="%" />
          </Form.Item>
        </div>
        <Form.Item
          name="suspends"
          label={t("rules.suspends")}
          extra={t("rules.suspends_words")}
          valuePropName="checked"
        >
          <Switch />
        </Form.Item>
      </Card>
    </Section>
  );
}

function SettlementPart() {
  const { t } = useTranslation("merchants");
  const required = { required: true, message: t("needed") };
  return (
    <Section title={t("rules.settlement")} about={t("rules.settlement_words")}>
      <Card>
        <div className={styles.two}>
          <Form.Item name="period" label={t("rules.period")}>
            <Select options={PERIODS.map((one) => ({ value: one, label: t(`rules.period_of.${one}`) }))} />
          </Form.Item>
          <Form.Item name="waits_days" label={t("rules.waits")} extra={t("rules.waits_words")} rules={[required]}>
            <InputNumber className={styles.wide ?? ""} min={0} max={10} precision={0} suffix={t("rules.days")} />
          </Form.Item>
        </div>
      </Card>
    </Section>
  );
}

/** Who changed the rules, and when. */
function Versions() {
  const { t } = useTranslation("merchants");
  const versions = useTermsVersions();
  if (!versions.data || versions.data.length < 2) return null;
  return (
    <Section title={t("rules.versions")}>
      <ul className={styles.steps}>
        {versions.data.map((one, place) => (
          <li key={one.version}>
            <strong>{one.version === 0 ? t("rules.delivered") : t("rules.version", { version: one.version })}</strong>
            {place === 0 && ` · ${t("rules.in_force")}`}
            {one.made_at && (
              <span className={styles.faint}>
                {one.made_by} · <When at={one.made_at} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
