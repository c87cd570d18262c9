import { HeartOutlined } from "@ant-design/icons";
import { App, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { ListPage, listFields } from "@/components/ListPage";
import { Refused } from "@/components/Refused";
import { EmptyState, NoPermission } from "@/components/states";
import { type Term, useAddCatalogueTerms, useCreateTerm, useDeleteTerm, useTerms } from "./api";

const FIELDS = listFields("term", {});

/** Which words of customers show which interest. */
export function InterestWordsPage() {
  const { t } = useTranslation("sources");
  const may = useMay();
  if (!may("behaviour.read")) return <NoPermission what={t("words.title")} />;
  return <InterestWords />;
}

function InterestWords() {
  const { t } = useTranslation("sources");
  const may = useMay();
  const { message } = App.useApp();
  const address = useAddress(FIELDS);
  const terms = useTerms(address.values.q, address.values.cursor);
  const add = useAddCatalogueTerms();
  const remove = useDeleteTerm();
  const mayChange = may("behaviour.manage");
  const fromCatalogue = mayChange && (
    <Button
      loading={add.isPending}
      onClick={() =>
        add.mutate(undefined, {
          onSuccess: ({ added }) => void message.success(t("words.added", { count: added })),
        })
      }
    >
      {t("words.from_catalogue")}
    </Button>
  );
  const columns: Column<Term>[] = [
    { key: "term", title: t("words.term"), identity: true, cell: ({ term }) => term },
    { key: "interest", title: t("words.interest"), onCard: true, cell: ({ interest }) => interest },
    {
      key: "actions",
      title: "",
      bare: true,
      align: "end",
      width: 80,
      cell: ({ id }) =>
        mayChange && (
          <Button type="text" size="small" danger onClick={() => remove.mutate(id)}>
            {t("words.remove")}
          </Button>
        ),
    },
  ];
  return (
    <ListPage
      id="interest-words"
      title={t("words.title")}
      about={
        <>
          {t("words.about")}
          {mayChange && <NewWord />}
        </>
      }
      primary={fromCatalogue}
      address={address}
      query={terms}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ term }) => term}
      searchPlaceholder={t("words.search")}
      empty={
        <EmptyState
          icon={<HeartOutlined />}
          title={t("words.empty_title")}
          purpose={t("words.empty")}
          example={t("words.empty_example")}
          action={fromCatalogue}
        />
      }
    />
  );
}

function NewWord() {
  const { t } = useTranslation("sources");
  const [form] = Form.useForm<{ term: string; interest: string }>();
  const create = useCreateTerm();
  const required = { required: true, message: t("required") };
  return (
    <>
      <Refused error={create.error} />
      <Form
        form={form}
        layout="inline"
        style={{ marginTop: 12, rowGap: 8 }}
        onFinish={(values) => create.mutate(values, { onSuccess: () => form.resetFields() })}
      >
        <Form.Item name="term" rules={[required]}>
          <Input maxLength={60} placeholder={t("words.term")} aria-label={t("words.term")} />
        </Form.Item>
        <Form.Item name="interest" rules={[required]}>
          <Input maxLength={60} placeholder={t("words.interest")} aria-label={t("words.interest")} />
        </Form.Item>
        <Button htmlType="submit" loading={create.isPending}>
          {t("words.add")}
        </Button>
      </Form>
    </>
  );
}
