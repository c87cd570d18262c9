import { App } from "antd";
import type { HookAPI } from "antd/es/modal/useModal";
import { useTranslation } from "react-i18next";
import { type Segment, useDeleteSegment, useSaveSegment } from "./api";

/** What one does to a segment as a whole, each told when done. */
export function useSegmentActions(modal: HookAPI) {
  const { t } = useTranslation("segments");
  const { message } = App.useApp();
  const save = useSaveSegment();
  const remove = useDeleteSegment();
  return {
    duplicate: async ({ name, description, rule }: Segment): Promise<Segment> => {
      const copy = await save.mutateAsync({
        id: null,
        name: t("action.copy_name", { name }).slice(0, 120),
        description,
        rule,
      });
      void message.success(t("action.duplicated", { name: copy.name }));
      return copy;
    },
    remove: (segment: Segment, done: () => void) => {
      modal.confirm({
        title: t("action.delete_title", { name: segment.name }),
        content: t("action.delete_words"),
        okText: t("action.delete"),
        okButtonProps: { danger: true },
        onOk: async () => {
          await remove.mutateAsync(segment.id);
          void message.success(t("action.deleted", { name: segment.name }));
          done();
        },
      });
    },
  };
}
