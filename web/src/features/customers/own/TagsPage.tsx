import { PlusOutlined, TagsOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, None, When } from "@/components/figures";
import { PlainPage } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import styles from "../customers.module.css";
import { type Tag, type TagRule, useSegmentNames, useTagDeed, useTagRules, useTags } from "./api";

const COLOURS = ["grey", "red", "orange", "gold", "green", "teal", "blue", "purple"] as const;
type Colour = (typeof COLOURS)[number];
type Doing = { what: "describe" | "rename" | "follow"; tag: Tag | null };

export function TagsPage() {
  const { t } = useTranslation("file");
  const may = useMay();
  if (!may("customers.configure")) return <NoPermission what={t("tags.title")} />;
  return <Tags />;
}

function Tags() {
  const { t } = useTranslation("file");
  const { t: kit } = useTranslation("kit");
  const may = useMay();
  const { modal, message } = App.useApp();
  const tags = useTags();
  const rules = useTagRules(may("segments.read"));
  const deed = useTagDeed();
  const [doing, setDoing] = useState<Doing | null>(null);
  const list = tags.data;
  const ruleOf = (tag: Tag): TagRule | undefined => rules.data?.find((rule) => rule.tag === tag.name);
  const ask = (tag: Tag) =>
    modal.confirm({
      title: t("tags.delete_question", { name: tag.name }),
      content: t("tags.delete_words", { count: tag.customers }),
      okText: t("tags.delete"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () =>
        deed
          .mutateAsync({ verb: "delete", name: tag.name })
          .then(() => void message.success(t("tags.started")))
          .catch(() => {}),
    });
  const add = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setDoing({ what: "describe", tag: null })}>
      {t("tags.new")}
    </Button>
  );
  const columns: Column<Tag>[] = [
    {
      key: "name",
      title: t("tags.name"),
      identity: true,
      cell: (tag) => (
        <Link to={`/customers?tag=${encodeURIComponent(tag.name)}`} className={styles.tagName} data-colour={tag.colour}>
          {tag.name}
        </Link>
      ),
    },
    { key: "meaning", title: t("tags.meaning"), cell: (tag) => tag.description || <None /> },
    {
      key: "customers",
      title: t("tags.customers"),
      align: "end",
      onCard: true,
      cell: (tag) => <Count value={tag.customers} />,
    },
    { key: "automatic", title: t("tags.automatic"), align: "end", cell: (tag) => <Count value={tag.automatic} /> },
    {
      key: "follows",
      title: t("tags.follows"),
      onCard: true,
      cell: (tag) => {
        const rule = ruleOf(tag);
        if (!rule) return <None />;
        return (
          <>
            <Link to={`/segments/${rule.segment.id}`}>{t("tags.follows_segment", { name: rule.segment.name })}</Link>{" "}
            <span className={styles.soft}>
              {rule.ran_at ? (
                <>
                  {t("tags.ran", { put: rule.put ?? 0, taken: rule.taken ?? 0 })} · <When at={rule.ran_at} />
                </>
              ) : (
                t("tags.never_ran")
              )}
            </span>
          </>
        );
      },
    },
    {
      key: "actions",
      title: "",
      bare: true,
      onCard: true,
      align: "end",
      cell: (tag) => {
        const rule = ruleOf(tag);
        return (
          <Dropdown
            trigger={["click"]}
            menu={{
              items: [
                { key: "describe", label: t("tags.edit"), onClick: () => setDoing({ what: "describe", tag }) },
                { key: "rename", label: t("tags.rename"), onClick: () => setDoing({ what: "rename", tag }) },
                rule
                  ? {
                      key: "unfollow",
                      label: t("tags.rule_end"),
                      onClick: () => deed.mutate({ verb: "unfollow", id: rule.id }),
                    }
                  : { key: "follow", label: t("tags.rule"), onClick: () => setDoing({ what: "follow", tag }) },
                { key: "delete", label: t("tags.delete"), danger: true, onClick: () => ask(tag) },
              ],
            }}
          >
            <Button type="text" size="small" aria-label={`${t("tags.edit")} ${tag.name}`}>
              ···
            </Button>
          </Dropdown>
        );
      },
    },
  ];
  return (
    <PlainPage title={t("tags.title")} about={t("tags.about")} actions={list && list.length > 0 ? add : undefined}>
      {!doing && <Refused error={deed.error} />}
      {tags.error && !list ? (
        <ErrorState error={tags.error} onRetry={() => void tags.refetch()} />
      ) : !list ? (
        <BoneLines lines={6} />
      ) : list.length === 0 ? (
        <EmptyState icon={<TagsOutlined />} title={t("tags.empty_title")} purpose={t("tags.empty")} action={add} />
      ) : (
        <DataTable caption={t("tags.title")} columns={columns} rows={list} rowKey={(tag) => tag.name} />
      )}
      {doing && <TagDialog doing={doing} onClose={() => setDoing(null)} />}
    </PlainPage>
  );
}

interface Values {
  name: string;
  colour: Colour;
  description: string;
  to: string;
  segment_id: number;
}

function TagDialog({ doing: { what, tag }, onClose }: { doing: Doing; onClose: () => void }) {
  const { t } = useTranslation("file");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const deed = useTagDeed();
  const segments = useSegmentNames(what === "follow");
  const done = (count: number | null) => {
    void message.success(count === null ? t("tags.saved") : t("tags.changed", { count }));
    onClose();
  };
  const submit = ({ name, colour, description, to, segment_id }: Values) => {
    const own = tag?.name ?? name;
    const wanted =
      what === "describe"
        ? ({ verb: "describe", body: { name: own, colour, description: description ?? "" } } as const)
        : what === "rename"
          ? ({ verb: "rename", name: own, to } as const)
          : ({ verb: "follow", tag: own, segment_id } as const);
    deed.mutate(wanted, { onSuccess: done });
  };
  const title =
    what === "describe"
      ? tag
        ? t("tags.edit")
        : t("tags.new")
      : what === "rename"
        ? t("tags.rename")
        : t("tags.rule");
  return (
    <Modal
      open
      title={tag ? `${title} · ${tag.name}` : title}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("save")}
      cancelText={kit("cancel")}
      confirmLoading={deed.isPending}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={{ colour: (tag?.colour as Colour) ?? "grey", description: tag?.description ?? "" }}
      >
        <Refused error={deed.error} />
        {what === "describe" && (
          <>
            {!tag && (
              <Form.Item
                name="name"
                label={t("tags.name")}
                rules={[{ required: true, whitespace: true, message: t("tags.name") }]}
              >
                <Input autoFocus maxLength={40} />
              </Form.Item>
            )}
            <Form.Item name="colour" label={t("tags.colour")}>
              <Select
                options={COLOURS.map((value) => ({
                  value,
                  label: (
                    <span className={styles.tagName} data-colour={value}>
                      {t(`tags.colours.${value}`)}
                    </span>
                  ),
                }))}
              />
            </Form.Item>
            <Form.Item name="description" label={t("tags.meaning")}>
              <Input maxLength={300} />
            </Form.Item>
          </>
        )}
        {what === "rename" && (
          <Form.Item
            name="to"
            label={t("tags.rename_to")}
            extra={t("tags.rename_words")}
            rules={[{ required: true, whitespace: true, message: t("tags.rename_to") }]}
          >
            <Input autoFocus maxLength={40} />
          </Form.Item>
        )}
        {what === "follow" && (
          <Form.Item
            name="segment_id"
            label={t("tags.segment")}
            extra={t("tags.rule_words")}
            rules={[{ required: true, message: t("tags.segment") }]}
          >
            <Select
              showSearch={{ optionFilterProp: "label" }}
              loading={segments.isLoading}
              options={segments.data?.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
