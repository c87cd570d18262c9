import { App, Form, Input, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { FoundPerson } from "@/api/people";
import { PersonPicker } from "@/components/PersonPicker";
import { Refused } from "@/components/Refused";
import { useGiveCoupon, useIssueToSegment, useMakeBatch, useSegmentChoice } from "./api";
import styles from "./coupons.module.css";

const MOST_CODES = 5_000_000;

/** A deed that asks for its reason, which the audit log keeps. */
export function ReasonDialog({
  title,
  words,
  act,
  danger = false,
  pending,
  error,
  onAct,
  onClose,
}: {
  title: string;
  words: string;
  act: string;
  danger?: boolean;
  pending: boolean;
  error: Error | null;
  onAct: (reason: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation("coupons");
  const { t: kit } = useTranslation("kit");
  const [reason, setReason] = useState("");
  return (
    <Modal
      open
      title={title}
      okText={act}
      cancelText={kit("cancel")}
      okButtonProps={{ danger, disabled: reason.trim() === "" }}
      confirmLoading={pending}
      onCancel={onClose}
      onOk={() => onAct(reason.trim())}
    >
      <Refused error={error} />
      <p className={styles.words}>{words}</p>
      <label className={styles.field} htmlFor="coupon-reason">
        <span>{t("reason_label")}</span>
        <Input
          id="coupon-reason"
          autoFocus
          maxLength={300}
          value={reason}
          placeholder={t("reason_hint")}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
    </Modal>
  );
}

interface BatchForm {
  readonly name: string;
  readonly prefix: string;
  readonly count: number;
}

/** A batch of codes of one offer; its page shows how far it is. */
export function BatchDialog({ offer, onClose }: { offer: { id: number; name: string }; onClose: () => void }) {
  const { t, i18n } = useTranslation("coupons");
  const { t: kit } = useTranslation("kit");
  const navigate = useNavigate();
  const make = useMakeBatch();
  const [form] = Form.useForm<BatchForm>();
  const count = new Intl.NumberFormat(i18n.language);
  return (
    <Modal
      open
      title={t("make.title")}
      okText={t("make.act")}
      cancelText={kit("cancel")}
      confirmLoading={make.isPending}
      onCancel={onClose}
      onOk={() => form.submit()}
    >
      <p className={styles.words}>{t("make.words", { offer: offer.name })}</p>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: "", prefix: "", count: 1_000 }}
        onFinish={({ name, prefix, count: wanted }) =>
          make.mutate(
            { offer_id: offer.id, name: name.trim(), prefix: prefix.trim().toUpperCase(), count: wanted },
            { onSuccess: (batch) => void navigate(`/offers/batches/${batch.id}`) },
          )
        }
      >
        <Refused error={make.error} />
        <Form.Item
          name="name"
          label={t("make.name")}
          rules={[{ required: true, whitespace: true, message: t("make.needed") }]}
        >
          <Input autoFocus maxLength={120} placeholder={t("make.name_hint")} />
        </Form.Item>
        <div className={styles.row}>
          <Form.Item name="count" label={t("make.count")} rules={[{ required: true, message: t("make.needed") }]}>
            <InputNumber<number>
              min={1}
              max={MOST_CODES}
              precision={0}
              className={styles.wide}
              formatter={(value) => (value === undefined ? "" : count.format(Number(value)))}
              parser={(text) => Number((text ?? "").replace(/\D/g, ""))}
            />
          </Form.Item>
          <Form.Item
            name="prefix"
            label={t("make.prefix")}
            extra={t("make.prefix_hint")}
            rules={[{ pattern: /^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{0,8}$/, message: t("make.prefix_wrong") }]}
          >
            <Input maxLength={8} />
          </Form.Item>
        </div>
      </Form>
    </Modal>
  );
}

/** Gives everybody in a segment a coupon who was given none for it. */
export function SegmentDialog({ offer, onClose }: { offer: { id: number; name: string }; onClose: () => void }) {
  const { t } = useTranslation("coupons");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [q, setQ] = useState("");
  const [segment, setSegment] = useState<number | null>(null);
  const segments = useSegmentChoice(q);
  const issue = useIssueToSegment(offer.id);
  return (
    <Modal
      open
      title={t("segment.title", { offer: offer.name })}
      okText={t("segment.act")}
      cancelText={kit("cancel")}
      okButtonProps={{ disabled: segment === null }}
      confirmLoading={issue.isPending}
      onCancel={onClose}
      onOk={() =>
        segment !== null &&
        issue.mutate(segment, {
          onSuccess: () => {
            void message.success(t("segment.started"));
            onClose();
          },
        })
      }
    >
      <Refused error={issue.error} />
      <p className={styles.words}>{t("segment.words")}</p>
      <label className={styles.field} htmlFor="coupon-segment">
        <span>{t("segment.label")}</span>
        <Select<number>
          id="coupon-segment"
          className={styles.wide}
          showSearch={{ filterOption: false, onSearch: setQ }}
          loading={segments.isFetching}
          value={segment}
          placeholder={t("segment.hint")}
          options={segments.data?.items.map((one) => ({ value: one.id, label: one.name }))}
          onChange={setSegment}
        />
      </label>
    </Modal>
  );
}

/** Gives a bearer's coupon to a customer, or a customer's to another. */
export function GiveDialog({ code, onClose }: { code: string; onClose: () => void }) {
  const { t } = useTranslation("coupons");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [person, setPerson] = useState<FoundPerson | null>(null);
  const give = useGiveCoupon(code);
  return (
    <Modal
      open
      title={t("give.title")}
      okText={t("give.act")}
      cancelText={kit("cancel")}
      okButtonProps={{ disabled: person === null }}
      confirmLoading={give.isPending}
      onCancel={onClose}
      onOk={() =>
        person &&
        give.mutate(person.id, {
          onSuccess: () => {
            void message.success(t("give.done"));
            onClose();
          },
        })
      }
    >
      <Refused error={give.error} />
      <p className={styles.words}>{t("give.words")}</p>
      <PersonPicker person={person} onChoose={setPerson} />
    </Modal>
  );
}
