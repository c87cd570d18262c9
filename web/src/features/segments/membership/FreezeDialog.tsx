import { App, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { asProblem } from "@/api/problem";
import { useWordProblem } from "@/components/problems";
import { useReading } from "@/components/reading";
import { calendarDate, isoDay } from "@/format/when";
import { type FixedList, useMakeFixedList } from "./api";

/** Keeps people as a list that stays, under a name; then shows it. */
export function FreezeDialog({
  suggestion,
  made,
  count,
  onClose,
}: {
  suggestion: string;
  made: Pick<FixedList, "segment_ids" | "how" | "regions">;
  count: number | null;
  onClose: () => void;
}) {
  const { t } = useTranslation("memberships");
  const { language, timezone } = useReading();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const word = useWordProblem();
  const make = useMakeFixedList();
  const today = isoDay(new Date(), timezone);
  const [name, setName] = useState(() => `${suggestion} · ${calendarDate(today, language)}`.slice(0, 120));
  const save = async () => {
    const list = await make.mutateAsync({ ...made, name: name.trim(), description: "" });
    void message.success(t("freeze.done", { name: list.name }));
    onClose();
    navigate(`/segments/${list.id}`);
  };
  return (
    <Modal
      open
      title={t("freeze.title")}
      okText={t("freeze.save")}
      okButtonProps={{ disabled: name.trim() === "", loading: make.isPending }}
      onOk={() => void save().catch(() => {})}
      onCancel={onClose}
    >
      <p>{count === null ? t("freeze.words_unknown") : t("freeze.words", { count })}</p>
      <Form layout="vertical">
        <Form.Item
          label={t("freeze.name")}
          htmlFor="fixed-list-name"
          validateStatus={make.error ? "error" : undefined}
          help={make.error ? word(asProblem(make.error)).what : undefined}
        >
          <Input
            id="fixed-list-name"
            autoFocus
            maxLength={120}
            value={name}
            onChange={({ target }) => setName(target.value)}
            onPressEnter={() => void save().catch(() => {})}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
