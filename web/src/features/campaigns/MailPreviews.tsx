import { MailOutlined } from "@ant-design/icons";
import { App, Button, Input, Popover, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "@/api/me";
import { MailFrame } from "@/components/MailFrame";
import { ErrorState } from "@/components/states";
import { type Campaign, useMailPreview, usePreviewPeople, useTestMail } from "./api";
import styles from "./campaigns.module.css";
import { armLetter } from "./plan";

/** The mail as three real customers of the audience get it, and a way to send one to oneself. */
export function MailPreviews({ campaign, version }: { campaign: Campaign; version: string }) {
  const { t } = useTranslation("campaigns");
  const may = useMay();
  const people = usePreviewPeople(campaign.id, version, true);
  const [place, setPlace] = useState(0);
  const [arm, setArm] = useState(1);
  const known = people.data ?? [];
  const person = known[place] ?? known[0] ?? null;
  const armNumber = arm <= campaign.arms.length ? arm : 1;
  const mail = useMailPreview(campaign.id, version, person?.id ?? null, armNumber);
  if (people.isError) return <ErrorState compact error={people.error} onRetry={() => void people.refetch()} />;
  return (
    <section className={styles.previews}>
      <div className={styles.previewHead}>
        <h2 className={styles.boxTitle}>{t("preview.title")}</h2>
        {may("campaigns.write") && <TestMail campaign={campaign} arm={armNumber} customerId={person?.id ?? null} />}
      </div>
      {campaign.arms.length > 1 && (
        <Segmented
          block
          size="small"
          value={armNumber}
          options={campaign.arms.map(({ number }, at) => ({
            value: number,
            label: t("editor.arm", { letter: armLetter(at) }),
          }))}
          onChange={setArm}
        />
      )}
      {known.length > 0 && (
        <Segmented
          block
          size="small"
          value={Math.min(place, known.length - 1)}
          options={known.slice(0, 3).map(({ name }, at) => ({ value: at, label: name || t("preview.nameless") }))}
          onChange={setPlace}
        />
      )}
      {mail.isError ? (
        <ErrorState compact error={mail.error} onRetry={() => void mail.refetch()} />
      ) : (
        <>
          {mail.data && mail.data.missing.length > 0 && (
            <p className={styles.warning}>{t("preview.missing", { what: mail.data.missing.join(" · ") })}</p>
          )}
          <MailFrame subject={mail.data?.subject} html={mail.data?.html} stale={mail.isFetching} />
        </>
      )}
    </section>
  );
}

function TestMail({ campaign, arm, customerId }: { campaign: Campaign; arm: number; customerId: number | null }) {
  const { t } = useTranslation("campaigns");
  const { message } = App.useApp();
  const { email } = useMe();
  const [open, setOpen] = useState(false);
  const [to, setTo] = useState(email);
  const test = useTestMail();
  const send = async () => {
    const answer = await test.mutateAsync({ id: campaign.id, to, arm, customer_id: customerId });
    if (answer.ok) {
      void message.success(t("preview.test_done", { to }));
      setOpen(false);
    } else void message.error(t("preview.test_failed", { detail: answer.detail }));
  };
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      arrow={false}
      placement="bottomRight"
      content={
        <form
          className={styles.test}
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <label htmlFor="test-to">{t("preview.test_to")}</label>
          <Input id="test-to" type="email" required value={to} onChange={(event) => setTo(event.target.value)} />
          <p className={styles.hint}>{t("preview.test_hint")}</p>
          <Button type="primary" htmlType="submit" loading={test.isPending}>
            {t("preview.test_send")}
          </Button>
        </form>
      }
    >
      <Button size="small" icon={<MailOutlined />}>
        {t("preview.test")}
      </Button>
    </Popover>
  );
}
