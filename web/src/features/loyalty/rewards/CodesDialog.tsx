import { App, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Refused } from "@/components/Refused";
import { type Reward, useAddCodes } from "./api";
import { useRewardName } from "./words";

/** A partner's codes, one a line, into stock. */
export function CodesDialog({ reward, onClose }: { reward: Reward; onClose: () => void }) {
  const { t } = useTranslation("rewards");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const name = useRewardName();
  const add = useAddCodes(reward.id);
  const [text, setText] = useState("");
  const codes = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return (
    <Modal
      open
      title={t("codes.title", { name: name(reward) })}
      okText={t("codes.add")}
      okButtonProps={{ disabled: codes.length === 0 }}
      cancelText={kit("cancel")}
      confirmLoading={add.isPending}
      onCancel={onClose}
      onOk={() =>
        add.mutate(codes, {
          onSuccess: ({ added }) => {
            void message.success(t("codes.added", { count: added }));
            onClose();
          },
        })
      }
    >
      <Refused error={add.error} />
      <p>{t("codes.words")}</p>
      <Input.TextArea
        autoFocus
        rows={10}
        value={text}
        aria-label={t("codes.words")}
        onChange={(event) => setText(event.target.value)}
      />
    </Modal>
  );
}
