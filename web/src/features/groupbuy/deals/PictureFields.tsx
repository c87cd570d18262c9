import { DeleteOutlined, LeftOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Upload } from "antd";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/layout";
import { pictureAddress, useUploadPicture } from "@/components/PictureField";
import { Refused } from "@/components/Refused";
import styles from "./deals.module.css";
import { type PartProps, without } from "./fields";
import { faultAt } from "./form";

const MOST = 6;

/** Photos of the deal, in the order in which they are shown; the first one stands for it in lists and shared links. */
export function PictureFields({ typed, change, faults }: PartProps) {
  const { t } = useTranslation("deals");
  const upload = useUploadPicture("/api/v1/groupbuy/deal-pictures");
  const { pictures } = typed;
  const forward = (at: number) => {
    const moved = pictures[at];
    if (moved !== undefined)
      change({ pictures: [...pictures.slice(0, at - 1), moved, ...without(pictures, at).slice(at - 1)] });
  };
  const fault = faultAt(faults, "pictures");
  return (
    <Section title={t("part.pictures")} about={t("part.pictures_about")}>
      {upload.error && <Refused error={upload.error} />}
      <div className={styles.pictures}>
        {pictures.map((name, at) => (
          <figure key={name} className={styles.picture}>
            <img src={pictureAddress(name)} alt={t("field.picture", { number: at + 1 })} />
            {at === 0 && <figcaption>{t("field.cover")}</figcaption>}
            <span className={styles.pictureDeeds}>
              {at > 0 && (
                <Button
                  size="small"
                  icon={<LeftOutlined />}
                  aria-label={t("field.picture_forward", { number: at + 1 })}
                  onClick={() => forward(at)}
                />
              )}
              <Button
                size="small"
                icon={<DeleteOutlined />}
                aria-label={t("field.picture_remove", { number: at + 1 })}
                onClick={() => change({ pictures: without(pictures, at) })}
              />
            </span>
          </figure>
        ))}
        {pictures.length < MOST && (
          <Upload
            accept="image/png,image/jpeg,image/webp"
            showUploadList={false}
            beforeUpload={(file) => {
              upload.mutate(file, {
                onSuccess: ({ key }) => {
                  if (!pictures.includes(key)) change({ pictures: [...pictures, key] });
                },
              });
              return false;
            }}
          >
            <Button className={styles.pictureAdd} type="dashed" icon={<PlusOutlined />} loading={upload.isPending}>
              {t("field.picture_add")}
            </Button>
          </Upload>
        )}
      </div>
      {fault && <p className={styles.fault}>{fault}</p>}
    </Section>
  );
}
