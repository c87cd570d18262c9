import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, Popconfirm, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import styles from "./views.module.css";

/** A saved set of filters and order of a list: its address, under a name. */
export interface SavedView {
  readonly key: string;
  readonly name: string;
  /** The address without the question mark. */
  readonly search: string;
  /** Made by a person, so it can be deleted; the others come with the product. */
  readonly own: boolean;
}

export interface SavedViewsProps {
  readonly views: readonly SavedView[];
  readonly search: string;
  readonly onSave?: (name: string) => void;
  readonly onDelete?: (key: string) => void;
}

/** Saved views as tabs; the one whose address this is, is on. */
export function SavedViews({ views, search, onSave, onDelete }: SavedViewsProps) {
  const { t } = useTranslation("kit");
  const current = comparable(search);
  const known = views.some((view) => comparable(view.search) === current);
  return (
    <nav className={styles.views} aria-label={t("views.label")}>
      {views.map((view) => {
        const on = comparable(view.search) === current;
        return (
          <span key={view.key} className={styles.view} data-on={on || undefined}>
            <Link to={`?${view.search}`} aria-current={on ? "page" : undefined} className={styles.link}>
              {view.name}
            </Link>
            {on && view.own && onDelete && (
              <Popconfirm
                title={t("views.delete_question", { name: view.name })}
                okText={t("views.delete")}
                cancelText={t("cancel")}
                onConfirm={() => onDelete(view.key)}
              >
                <Button
                  type="text"
                  size="small"
                  icon={<DeleteOutlined />}
                  aria-label={t("views.delete_named", { name: view.name })}
                />
              </Popconfirm>
            )}
          </span>
        );
      })}
      {!known && onSave && <SaveView onSave={onSave} />}
    </nav>
  );
}

function SaveView({ onSave }: { onSave: (name: string) => void }) {
  const { t } = useTranslation("kit");
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const save = () => {
    if (name.trim() === "") return;
    onSave(name.trim());
    setName("");
    setOpen(false);
  };
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      arrow={false}
      placement="bottomLeft"
      content={
        <form
          className={styles.save}
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          <Input
            autoFocus
            maxLength={40}
            value={name}
            placeholder={t("views.name")}
            aria-label={t("views.name")}
            onChange={(event) => setName(event.target.value)}
          />
          <Button type="primary" htmlType="submit" disabled={name.trim() === ""}>
            {t("save")}
          </Button>
        </form>
      }
    >
      <Button type="text" size="small" icon={<PlusOutlined />} className={styles.add}>
        {t("views.save")}
      </Button>
    </Popover>
  );
}

/** Two addresses show the same view whatever the order of their parameters and the page reached. */
function comparable(search: string): string {
  const params = new URLSearchParams(search);
  params.delete("cursor");
  params.sort();
  return params.toString();
}
