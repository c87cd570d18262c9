import { App, Button, Form, InputNumber, Switch, TimePicker } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { Card, PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { type SendingRules, useSaveSendingRules, useSendingRules } from "./api";
import styles from "./settings.module.css";

const CLOCK = "HH:mm";
/** What most brands keep to, proposed when a rule is switched on. */
const USUAL = { cap_messages: 3, cap_days: 7, quiet_from: "21:00", quiet_until: "09:00" } as const;

/** How often, and at which hours, marketing may write to a person. */
export function SendingPage() {
  const { t } = useTranslation("settings");
  const may = useMay();
  const rules = useSendingRules();
  if (!may("channels.manage")) return <NoPermission what={t("sending.title")} />;
  return (
    <PlainPage title={t("sending.title")} about={t("sending.about")} narrow>
      {rules.data ? (
        <RulesForm rules={rules.data} />
      ) : rules.error ? (
        <ErrorState error={rules.error} onRetry={() => void rules.refetch()} />
      ) : (
        <BoneLines lines={6} />
      )}
    </PlainPage>
  );
}

interface Values {
  readonly capped: boolean;
  readonly cap_messages: number;
  readonly cap_days: number;
  readonly quiet: boolean;
  readonly quiet_from: Dayjs;
  readonly quiet_until: Dayjs;
}

function RulesForm({ rules }: { rules: SendingRules }) {
  const { t } = useTranslation("settings");
  const { timezone } = useReading();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const save = useSaveSendingRules();
  const capped = Form.useWatch("capped", form) ?? (rules.cap_messages ?? 0) > 0;
  const quiet = Form.useWatch("quiet", form) ?? Boolean(rules.quiet_from);
  const required = { required: true, message: t("email.required") };
  const submit = () => {
    // Of all fields: those of a rule that is switched off are not on the page.
    const values: Values = form.getFieldsValue(true);
    save.mutate(
      {
        cap_messages: values.capped ? values.cap_messages : 0,
        cap_days: values.capped ? values.cap_days : (rules.cap_days ?? USUAL.cap_days),
        quiet_from: values.quiet ? values.quiet_from.format(CLOCK) : null,
        quiet_until: values.quiet ? values.quiet_until.format(CLOCK) : null,
      },
      { onSuccess: () => void message.success(t("sending.saved")) },
    );
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={submit}
      initialValues={{
        capped: (rules.cap_messages ?? 0) > 0,
        cap_messages: rules.cap_messages || USUAL.cap_messages,
        cap_days: rules.cap_days || USUAL.cap_days,
        quiet: Boolean(rules.quiet_from),
        quiet_from: clock(rules.quiet_from ?? USUAL.quiet_from),
        quiet_until: clock(rules.quiet_until ?? USUAL.quiet_until),
      }}
    >
      <Section title={t("sending.cap")} about={t("sending.cap_words")}>
        <Card>
          <Form.Item name="capped" label={t("sending.cap_on")} valuePropName="checked">
            <Switch />
          </Form.Item>
          {capped && (
            <div className={styles.pair}>
              <Form.Item name="cap_messages" label={t("sending.cap_messages")} rules={[required]}>
                <InputNumber
                  className={styles.wide}
                  min={1}
                  max={1000}
                  precision={0}
                  suffix={t("sending.messages_unit")}
                />
              </Form.Item>
              <Form.Item name="cap_days" label={t("sending.cap_days")} rules={[required]}>
                <InputNumber className={styles.wide} min={1} max={365} precision={0} suffix={t("sending.days_unit")} />
              </Form.Item>
            </div>
          )}
        </Card>
      </Section>
      <Section title={t("sending.quiet")} about={t("sending.quiet_words", { timezone })}>
        <Card>
          <Form.Item name="quiet" label={t("sending.quiet_on")} valuePropName="checked">
            <Switch />
          </Form.Item>
          {quiet && (
            <div className={styles.pair}>
              <Form.Item name="quiet_from" label={t("sending.quiet_from")} rules={[required]}>
                <TimePicker format={CLOCK} minuteStep={5} needConfirm={false} allowClear={false} />
              </Form.Item>
              <Form.Item name="quiet_until" label={t("sending.quiet_until")} rules={[required]}>
                <TimePicker format={CLOCK} minuteStep={5} needConfirm={false} allowClear={false} />
              </Form.Item>
            </div>
          )}
        </Card>
      </Section>
      {save.error && <Refused error={save.error} />}
      <Button type="primary" htmlType="submit" loading={save.isPending}>
        {t("sending.save")}
      </Button>
    </Form>
  );
}

/** A time of day as the picker holds it; the day is of no account. */
function clock(text: string): Dayjs {
  const [hour, minute] = text.split(":").map(Number);
  return dayjs()
    .hour(hour ?? 0)
    .minute(minute ?? 0)
    .second(0);
}
