import { PictureOutlined, UploadOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Button, Upload } from "antd";
import { useTranslation } from "react-i18next";
import { CSRF_HEADER, csrfToken } from "@/api/csrf";
import { problemFrom } from "@/api/problem";
import type { components } from "@/api/schema";
import styles from "./PictureField.module.css";
import { Refused } from "./Refused";

type Kept = components["schemas"]["PictureOut"];

/** Where a picture of this key is seen. */
export const pictureAddress = (key: string) => `/pictures/${key}`;

/** A picture as a small square; a quiet blank where there is none. */
export function Picture({ picture, alt = "" }: { picture: string | null; alt?: string }) {
  return picture ? (
    <img className={styles.picture} src={pictureAddress(picture)} alt={alt} loading="lazy" />
  ) : (
    <span className={styles.blank} aria-hidden>
      <PictureOutlined />
    </span>
  );
}

/** Hands a picture in at `to`; its key is what it is named by. */
export function useUploadPicture(to: string) {
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: async (file: File) => {
      const body = new FormData();
      body.append("file", file);
      const headers = { [CSRF_HEADER]: csrfToken(), Accept: "application/json" };
      const answer = await fetch(to, { method: "POST", headers, body });
      const told: unknown = await answer.json().catch(() => null);
      if (!answer.ok) throw problemFrom(answer, told);
      return told as Kept;
    },
  });
}

/** One picture: uploaded at `to`, seen at once, taken away again. `value` is its key. */
export function PictureField({
  to,
  value = null,
  onChange,
}: {
  to: string;
  value?: string | null;
  onChange?: (key: string | null) => void;
}) {
  const { t } = useTranslation("kit");
  const upload = useUploadPicture(to);
  return (
    <>
      <div className={styles.field}>
        <Picture picture={value} alt={t("picture.alt")} />
        <div>
          <Upload
            accept="image/png,image/jpeg,image/webp"
            showUploadList={false}
            beforeUpload={(file) => {
              upload.mutate(file, { onSuccess: ({ key }) => onChange?.(key) });
              return false;
            }}
          >
            <Button icon={<UploadOutlined />} loading={upload.isPending}>
              {t(value ? "picture.other" : "picture.upload")}
            </Button>
          </Upload>
          {value && (
            <Button type="text" onClick={() => onChange?.(null)}>
              {t("picture.remove")}
            </Button>
          )}
          <p className={styles.hint}>{t("picture.hint")}</p>
        </div>
      </div>
      <Refused error={upload.error} />
    </>
  );
}
