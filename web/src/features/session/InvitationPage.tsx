import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { signIn } from "@/api/auth";
import { answered, client } from "@/api/client";
import { whoIsHereChanged } from "@/api/me";
import { usePageTitle } from "@/components/PageHeader";
import { Refused } from "@/components/Refused";
import { BoneLines } from "@/components/states";
import { Door } from "./Door";

export const PASSWORD_MIN_LENGTH = 12;

/** Behind the one-time link of an invitation: she chooses her password and is in. */
export function InvitationPage() {
  const { t } = useTranslation("session");
  const { token = "" } = useParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  usePageTitle(t("invitation.accept"));
  const invitation = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => answered(client.GET("/api/v1/invitations/{token}", { params: { path: { token } } })),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const accept = useMutation({
    mutationFn: async ({ password }: { password: string }) => {
      await answered(client.POST("/api/v1/invitations/{token}", { params: { path: { token } }, body: { password } }));
      await signIn(invitation.data?.email ?? "", password);
    },
    onSuccess: async () => {
      await whoIsHereChanged(queries);
      navigate("/", { replace: true });
    },
    meta: { ownErrors: true },
  });

  if (invitation.isPending) return <Door title=" ">{<BoneLines lines={4} />}</Door>;
  if (invitation.error) {
    return (
      <Door title={t("invitation.gone_title")} words={t("invitation.gone")}>
        <Link to="/">{t("invitation.to_sign_in")}</Link>
      </Door>
    );
  }
  return (
    <Door
      title={t("invitation.title", { name: invitation.data.name })}
      words={t("invitation.words", { email: invitation.data.email })}
    >
      <Form layout="vertical" onFinish={accept.mutate} disabled={accept.isPending} size="large">
        <Refused error={accept.error} />
        <input type="hidden" autoComplete="username" value={invitation.data.email} readOnly />
        <Form.Item
          name="password"
          label={t("invitation.password")}
          extra={t("invitation.rule")}
          rules={[{ required: true, min: PASSWORD_MIN_LENGTH, message: t("invitation.too_short") }]}
        >
          <Input.Password autoFocus autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="again"
          label={t("invitation.again")}
          dependencies={["password"]}
          rules={[
            ({ getFieldValue }) => ({
              validator: (_rule, again: string) =>
                again === getFieldValue("password")
                  ? Promise.resolve()
                  : Promise.reject(new Error(t("invitation.differ"))),
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Button block type="primary" htmlType="submit" loading={accept.isPending}>
          {t("invitation.accept")}
        </Button>
      </Form>
    </Door>
  );
}
