import { DownloadOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Form, Input, InputNumber, Modal, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import { type Column, DataTable } from "@/components/DataTable";
import { Money, None, When } from "@/components/figures";
import { type Fact, Facts, ObjectPage } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { Tag, type Tone } from "@/components/Tag";
import {
  type Deed,
  type Line,
  type Statement,
  sheetAddress,
  useAccount,
  useAdjust,
  useDeed,
  useLines,
  useStatement,
} from "./api";
import styles from "./settlement.module.css";
import { Days, StateTag } from "./words";

const FIELDS = { cursor: textField() };
const TONES: Record<Line["kind"], Tone> = { redeemed: "good", refunded: "warning", adjusted: "info" };

/** One statement: how it adds up, every line of it, and the two steps to being paid. */
export function StatementPage() {
  const { t } = useTranslation("settlement");
  const may = useMay();
  const id = Number(useParams().id);
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  return <StatementView key={id} id={id} />;
}

function StatementView({ id }: { id: number }) {
  const { t } = useTranslation("settlement");
  const query = useStatement(id);
  const [asked, setAsked] = useState<"pay" | "adjust" | null>(null);
  const statement = query.data;
  if (query.error && !statement) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const money = (minor: number | undefined) => <Money minor={minor} currency={statement?.currency} />;
  return (
    <>
      <ObjectPage
        loading={!statement}
        above={<Link to="/groupbuy/settlement">{t("back")}</Link>}
        title={statement?.merchant.name ?? ""}
        mark={statement && <StateTag state={statement.state} />}
        about={statement && <Days statement={statement} />}
        actions={statement && <Actions statement={statement} onAsk={setAsked} />}
        figures={[
          { key: "carried_in", label: t("carried_in"), value: money(statement?.carried_in_minor) },
          { key: "redeemed", label: t("redeemed"), value: money(statement?.redeemed_minor) },
          { key: "refunded", label: t("refunded"), value: money(statement?.refunded_minor) },
          { key: "commission", label: t("commission"), value: money(statement && -statement.commission_minor) },
          { key: "adjusted", label: t("adjusted"), value: money(statement?.adjusted_minor) },
          { key: "payable", label: t("payable"), value: money(statement?.payable_minor), note: t("payable_note") },
        ]}
        tab="lines"
        onTab={() => {}}
        tabs={[
          {
            key: "lines",
            label: t("lines_count", { count: statement?.lines_count ?? 0 }),
            content: statement && <Lines statement={statement} />,
          },
        ]}
        side={statement && <Side statement={statement} />}
      />
      {statement && asked === "pay" && <PayDialog statement={statement} onClose={() => setAsked(null)} />}
      {statement && asked === "adjust" && <AdjustDialog statement={statement} onClose={() => setAsked(null)} />}
    </>
  );
}

function Actions({ statement, onAsk }: { statement: Statement; onAsk: (what: "pay" | "adjust") => void }) {
  const { t, i18n } = useTranslation("settlement");
  const may = useMay();
  const { message } = App.useApp();
  const deed = useDeed(statement.id);
  const language = i18n.language.startsWith("zh") ? "zh" : "en";
  const act = (what: Deed) =>
    deed.mutate({ deed: what, bank_reference: "" }, { onSuccess: () => void message.success(t(`deed.${what}_done`)) });
  const mayWrite = may("settlement.write");
  return (
    <>
      <Refused error={deed.error} />
      {mayWrite && statement.state === "cut" && (
        <Button type="primary" loading={deed.isPending} onClick={() => act("approve")}>
          {t("deed.approve")}
        </Button>
      )}
      {mayWrite && statement.state === "approved" && !statement.is_mine && (
        <Button type="primary" onClick={() => onAsk("pay")}>
          {t("deed.pay")}
        </Button>
      )}
      {mayWrite && statement.state === "approved" && (
        <Button loading={deed.isPending} onClick={() => act("take_back")}>
          {t("deed.take_back")}
        </Button>
      )}
      {mayWrite && <Button onClick={() => onAsk("adjust")}>{t("adjust")}</Button>}
      <Dropdown
        menu={{
          items: (["xlsx", "csv"] as const).map((format) => ({
            key: format,
            label: <a href={sheetAddress(statement.id, format, language)}>{t(`file.${format}`)}</a>,
          })),
        }}
      >
        <Button icon={<DownloadOutlined />}>{t("file.button")}</Button>
      </Dropdown>
    </>
  );
}

function Lines({ statement }: { statement: Statement }) {
  const { t } = useTranslation("settlement");
  const address = useAddress(FIELDS);
  const lines = useLines(statement.id, address.values.cursor);
  const columns: Column<Line>[] = [
    { key: "at", title: t("at"), identity: true, cell: (line) => <When at={line.occurred_at} exact /> },
    {
      key: "kind",
      title: t("kind_label"),
      width: 110,
      onCard: true,
      cell: (line) => <Tag tone={TONES[line.kind]}>{t(`kind.${line.kind}`)}</Tag>,
    },
    {
      key: "what",
      title: t("what"),
      onCard: true,
      cell: (line) => (
        <>
          {line.deal || line.words}
          <span className={styles.faint}>{[line.voucher_code, line.store].filter(Boolean).join(" · ")}</span>
        </>
      ),
    },
    {
      key: "gross",
      title: t("gross"),
      align: "end",
      cell: (line) => <Money minor={line.gross_minor} currency={statement.currency} />,
    },
    {
      key: "commission",
      title: t("commission"),
      align: "end",
      cell: (line) => <Money minor={line.commission_minor} currency={statement.currency} />,
    },
    {
      key: "net",
      title: t("net"),
      align: "end",
      onCard: true,
      cell: (line) => <Money minor={line.net_minor} currency={statement.currency} />,
    },
  ];
  if (lines.error) return <ErrorState error={lines.error} compact onRetry={() => void lines.refetch()} />;
  if (!lines.data) return <BoneLines lines={6} />;
  const next = lines.data.next_cursor;
  return (
    <>
      <DataTable
        caption={t("lines_count", { count: statement.lines_count })}
        columns={columns}
        rows={lines.data.items}
        rowKey={({ id }) => id}
      />
      <div className={styles.more}>
        {address.values.cursor && <Button onClick={() => address.change({ cursor: "" })}>{t("first_page")}</Button>}
        {next && <Button onClick={() => address.change({ cursor: next })}>{t("next_page")}</Button>}
      </div>
    </>
  );
}

function Side({ statement }: { statement: Statement }) {
  const { t } = useTranslation("settlement");
  const account = useAccount(statement.merchant.id).data;
  const who = (name: string, at: string | null) =>
    at === null ? (
      <None />
    ) : (
      <>
        {name} · <When at={at} />
      </>
    );
  const facts: Fact[] = [
    {
      key: "merchant",
      label: t("merchant"),
      value: <Link to={`/groupbuy/merchants/${statement.merchant.id}`}>{statement.merchant.name}</Link>,
    },
    { key: "cut", label: t("cut_at"), value: <When at={statement.cut_at} /> },
    { key: "approved", label: t("approved_by"), value: who(statement.approved_by, statement.approved_at) },
    { key: "paid", label: t("paid_by"), value: who(statement.paid_by, statement.paid_at) },
    { key: "reference", label: t("bank_reference"), value: statement.bank_reference || <None /> },
    ...(account
      ? [
          {
            key: "balance",
            label: t("balance"),
            value: <Money minor={account.balance_minor} currency={account.currency} />,
          },
          { key: "open", label: t("open"), value: <Money minor={account.open_minor} currency={account.currency} /> },
        ]
      : []),
  ];
  return (
    <>
      <Facts facts={facts} />
      {statement.state === "approved" && statement.is_mine && <p className={styles.faint}>{t("is_mine")}</p>}
      {statement.state === "carried" && <p className={styles.faint}>{t("carried_words")}</p>}
    </>
  );
}

function PayDialog({ statement, onClose }: { statement: Statement; onClose: () => void }) {
  const { t } = useTranslation("settlement");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const deed = useDeed(statement.id);
  const [reference, setReference] = useState("");
  return (
    <Modal
      open
      title={t("pay_title")}
      okText={t("deed.pay")}
      okButtonProps={{ disabled: reference.trim() === "" }}
      cancelText={kit("cancel")}
      confirmLoading={deed.isPending}
      onCancel={onClose}
      onOk={() =>
        deed.mutate(
          { deed: "pay", bank_reference: reference.trim() },
          {
            onSuccess: () => {
              void message.success(t("deed.pay_done"));
              onClose();
            },
          },
        )
      }
    >
      <Refused error={deed.error} />
      <p>
        <strong>{statement.merchant.name}</strong> ·{" "}
        <Money minor={statement.payable_minor} currency={statement.currency} />
      </p>
      <p>{t("pay_words")}</p>
      <Input
        aria-label={t("bank_reference")}
        placeholder={t("bank_reference")}
        maxLength={80}
        value={reference}
        onChange={({ target }) => setReference(target.value)}
        autoFocus
      />
    </Modal>
  );
}

function AdjustDialog({ statement, onClose }: { statement: Statement; onClose: () => void }) {
  const { t } = useTranslation("settlement");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const adjust = useAdjust(statement.merchant.id);
  const [direction, setDirection] = useState<1 | -1>(1);
  const [amount, setAmount] = useState<number | null>(null);
  const [words, setWords] = useState("");
  const digits =
    new Intl.NumberFormat("en", { style: "currency", currency: statement.currency }).resolvedOptions()
      .maximumFractionDigits ?? 2;
  const minor = amount === null ? 0 : Math.round(amount * 10 ** digits) * direction;
  return (
    <Modal
      open
      title={`${t("adjust")} · ${statement.merchant.name}`}
      okText={t("adjust_ok")}
      okButtonProps={{ disabled: minor === 0 || words.trim() === "" }}
      cancelText={kit("cancel")}
      confirmLoading={adjust.isPending}
      onCancel={onClose}
      onOk={() =>
        adjust.mutate(
          { amount_minor: minor, words: words.trim() },
          {
            onSuccess: () => {
              void message.success(t("adjust_done"));
              onClose();
            },
          },
        )
      }
    >
      <Refused error={adjust.error} />
      <p>{t("adjust_words")}</p>
      <Form layout="vertical">
        <Form.Item>
          <Radio.Group
            value={direction}
            onChange={({ target }) => setDirection(target.value as 1 | -1)}
            options={[
              { value: 1, label: t("give") },
              { value: -1, label: t("take") },
            ]}
          />
        </Form.Item>
        <Form.Item label={t("gross")}>
          <InputNumber<number>
            value={amount}
            onChange={setAmount}
            min={0}
            max={10 ** 9}
            precision={digits}
            suffix={statement.currency}
            style={{ width: 200 }}
          />
        </Form.Item>
        <Form.Item label={t("reason")}>
          <Input.TextArea rows={2} maxLength={300} value={words} onChange={({ target }) => setWords(target.value)} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
