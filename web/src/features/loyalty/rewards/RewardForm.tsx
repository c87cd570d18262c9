import { App, Button, Checkbox, DatePicker, Drawer, Form, Input, InputNumber, Radio, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useTranslation } from "react-i18next";
import { PictureField } from "@/components/PictureField";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { endOfDay, isoDay, zonedDayStart } from "@/format/when";
import { useTiers } from "../tiers/api";
import { useTierOptions } from "../tiers/words";
import { LIMIT_PERIODS, REWARD_KINDS, type Reward, type RewardDraft, useRunningOffers, useSaveReward } from "./api";
import styles from "./rewards.module.css";

type Typed = Omit<RewardDraft, "starts_at" | "ends_at"> & { window: [Dayjs | null, Dayjs | null] | null };

const FRESH: Typed = {
  kind: "product",
  name_zh: "",
  name_en: "",
  about_zh: "",
  about_en: "",
  picture: null,
  use_zh: "",
  use_en: "",
  points: 1_000,
  offer_id: null,
  product_id: null,
  partner: "",
  has_codes: false,
  tiers: [],
  limit_count: null,
  limit_period: "month",
  stock: null,
  collect_days: 30,
  window: null,
};

/** A reward's price, words and conditions, in the order in which they are decided. */
export function RewardForm({ reward, onClose }: { reward: Reward | null; onClose: () => void }) {
  const { t } = useTranslation("rewards");
  const { timezone } = useReading();
  const { message } = App.useApp();
  const save = useSaveReward(reward?.id ?? null);
  const [form] = Form.useForm<Typed>();
  const kind = Form.useWatch("kind", form) ?? reward?.kind ?? FRESH.kind;
  const hasCodes = Form.useWatch("has_codes", form) ?? reward?.has_codes ?? false;
  const offers = useRunningOffers(kind === "coupon");
  const tiers = useTiers(true);
  const tierOptions = useTierOptions(tiers.data?.ladder?.tiers ?? []);
  const day = (at: string | null, justBefore = 0) =>
    at === null ? null : dayjs(isoDay(new Date(Date.parse(at) - justBefore), timezone));
  const initial: Typed = reward ? { ...reward, window: [day(reward.starts_at), day(reward.ends_at, 1)] } : FRESH;
  const needed = { required: true, message: t("form.required") };
  const finish = ({ window, ...typed }: Typed) => {
    const [first, last] = window ?? [null, null];
    save.mutate(
      {
        ...FRESH_BODY,
        ...typed,
        offer_id: typed.kind === "coupon" ? (typed.offer_id ?? null) : null,
        has_codes: typed.kind === "benefit" && Boolean(typed.has_codes),
        stock: typed.stock ?? null,
        limit_count: typed.limit_count ?? null,
        starts_at: first ? (zonedDayStart(first.format("YYYY-MM-DD"), timezone) ?? null) : null,
        ends_at: last ? endOfDay(last.format("YYYY-MM-DD"), timezone) : null,
      },
      {
        onSuccess: () => {
          void message.success(t("done"));
          onClose();
        },
      },
    );
  };
  return (
    <Drawer
      open
      size="large"
      title={t(reward ? "form.title_edit" : "form.title_new")}
      onClose={onClose}
      extra={
        <Button type="primary" loading={save.isPending} onClick={form.submit}>
          {t("form.save")}
        </Button>
      }
    >
      <Form<Typed> form={form} layout="vertical" initialValues={initial} onFinish={finish}>
        <Refused error={save.error} />
        <Form.Item name="kind" label={t("form.kind")}>
          <Radio.Group
            disabled={reward !== null}
            optionType="button"
            options={REWARD_KINDS.map((one) => ({ value: one, label: t(`kind.${one}`) }))}
          />
        </Form.Item>
        {kind === "coupon" && (
          <Form.Item name="offer_id" label={t("form.offer")} rules={[needed]}>
            <Select
              showSearch
              optionFilterProp="label"
              loading={offers.isLoading}
              options={[
                ...(offers.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
                ...(reward?.offer_id && !offers.data?.items.some(({ id }) => id === reward.offer_id)
                  ? [{ value: reward.offer_id, label: reward.offer_name ?? "" }]
                  : []),
              ]}
            />
          </Form.Item>
        )}
        {kind === "benefit" && (
          <>
            <Form.Item name="partner" label={t("form.partner")}>
              <Input maxLength={120} />
            </Form.Item>
            <Form.Item name="has_codes" valuePropName="checked">
              <Checkbox disabled={reward !== null}>{t("form.has_codes")}</Checkbox>
            </Form.Item>
          </>
        )}
        <div className={styles.row}>
          <Form.Item name="name_zh" label={t("form.name_zh")} rules={[{ ...needed, whitespace: true }]}>
            <Input maxLength={120} />
          </Form.Item>
          <Form.Item name="name_en" label={t("form.name_en")} rules={[{ ...needed, whitespace: true }]}>
            <Input maxLength={120} />
          </Form.Item>
        </div>
        <div className={styles.row}>
          <Form.Item name="about_zh" label={t("form.about_zh")}>
            <Input.TextArea autoSize={{ minRows: 2 }} maxLength={1_000} />
          </Form.Item>
          <Form.Item name="about_en" label={t("form.about_en")}>
            <Input.TextArea autoSize={{ minRows: 2 }} maxLength={1_000} />
          </Form.Item>
        </div>
        <Form.Item name="picture" label={t("form.picture")}>
          <PictureField to="/api/v1/loyalty/reward-pictures" />
        </Form.Item>
        <div className={styles.row}>
          <Form.Item name="points" label={t("form.points")} rules={[needed]}>
            <InputNumber min={1} max={1_000_000_000} precision={0} className={styles.wide} />
          </Form.Item>
          {!(kind === "benefit" && hasCodes) && (
            <Form.Item name="stock" label={t("form.stock")}>
              <InputNumber min={0} precision={0} className={styles.wide} placeholder={t("form.stock_hint")} />
            </Form.Item>
          )}
          {kind === "product" && (
            <Form.Item name="collect_days" label={t("form.collect_days")} rules={[needed]}>
              <InputNumber min={0} max={365} precision={0} className={styles.wide} />
            </Form.Item>
          )}
        </div>
        <div className={styles.row}>
          <Form.Item name="limit_count" label={t("form.limit")}>
            <InputNumber min={1} max={100_000} precision={0} className={styles.wide} />
          </Form.Item>
          <Form.Item name="limit_period" label=" ">
            <Select options={LIMIT_PERIODS.map((one) => ({ value: one, label: t(`form.period.${one}`) }))} />
          </Form.Item>
        </div>
        <Form.Item name="window" label={t("form.window")}>
          <DatePicker.RangePicker allowEmpty={[true, true]} className={styles.wide} />
        </Form.Item>
        <Form.Item name="tiers" label={t("form.tiers")}>
          <Select mode="multiple" placeholder={t("form.tiers_hint")} options={tierOptions} loading={tiers.isLoading} />
        </Form.Item>
        <div className={styles.row}>
          <Form.Item name="use_zh" label={t("form.use_zh")}>
            <Input.TextArea autoSize={{ minRows: 2 }} maxLength={1_000} />
          </Form.Item>
          <Form.Item name="use_en" label={t("form.use_en")}>
            <Input.TextArea autoSize={{ minRows: 2 }} maxLength={1_000} />
          </Form.Item>
        </div>
      </Form>
    </Drawer>
  );
}

const { window: _, ...FRESH_BODY } = FRESH;
