import { EditOutlined, LinkOutlined } from "@ant-design/icons";
import { App, Button, DatePicker, Select, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, useAddress } from "@/components/address";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Day, None, Percent, When } from "@/components/figures";
import { Card, type Fact, Facts, ObjectPage } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import {
  type Check,
  type Decision,
  type Merchant,
  PAPER_KINDS,
  type Paper,
  paperAddress,
  useBankAccount,
  useHandIn,
  useMerchant,
  useNewLink,
  useReview,
} from "./api";
import { Complaints } from "./ComplaintsPage";
import { AskDialog, type CheckDeed, CheckDialog, CommissionDialog, DecideDialog, NoteDialog } from "./dialogs";
import { full, MerchantEdit } from "./MerchantForm";
import styles from "./merchants.module.css";
import { OutcomeTag, StateTag, useCheckName, useKindNames } from "./words";

const TABS = ["checks", "papers", "complaints", "history"] as const;
const FIELDS = { tab: choiceField(TABS, "checks") };

/** One merchant: what it told, what was checked, what was decided, what buyers say of it. */
export function MerchantPage() {
  const { t } = useTranslation("merchants");
  const may = useMay();
  const id = Number(useParams().id);
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  return <MerchantView key={id} id={id} />;
}

type Open = { kind: "edit" | "ask" | "commission" | "complaint" } | { kind: "decide"; decision: Decision } | null;

function MerchantView({ id }: { id: number }) {
  const { t } = useTranslation("merchants");
  const query = useMerchant(id);
  const address = useAddress(FIELDS);
  const [open, setOpen] = useState<Open>(null);
  const merchant = query.data;
  const close = () => setOpen(null);
  if (query.error && !merchant) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <ObjectPage
        loading={!merchant}
        above={<Link to="/groupbuy/merchants">{t("back")}</Link>}
        title={merchant?.name ?? ""}
        mark={merchant && <StateTag state={merchant.state} warned={merchant.is_warned} />}
        about={merchant?.credit_code}
        actions={merchant && <Actions merchant={merchant} onOpen={setOpen} />}
        figures={[
          {
            key: "score",
            label: t("column.score"),
            value: <Count value={merchant?.score} />,
            note: merchant && <ScoreNote merchant={merchant} />,
          },
          {
            key: "rate",
            label: t("rate"),
            value: <Percent ratio={merchant?.complaints.rate} />,
            note:
              merchant &&
              t("rate_note", {
                upheld: merchant.complaints.upheld,
                redemptions: merchant.complaints.redemptions,
                suspends: merchant.complaints.suspends_at_bp / 100,
              }),
          },
          {
            key: "commission",
            label: t("commission"),
            value: <Percent ratio={merchant && merchant.commission_bp / 10_000} />,
          },
        ]}
        tab={address.values.tab}
        onTab={(tab) => address.change({ tab: TABS.find((one) => one === tab) ?? "checks" })}
        tabs={
          merchant
            ? [
                { key: "checks", label: t("tab.checks"), content: <Checks merchant={merchant} /> },
                {
                  key: "papers",
                  label: t("tab.papers", { count: merchant.documents.length }),
                  content: <Papers merchant={merchant} />,
                },
                { key: "complaints", label: t("tab.complaints"), content: <Complaints merchant={id} /> },
                { key: "history", label: t("tab.history"), content: <History merchant={merchant} /> },
              ]
            : [{ key: "checks", label: t("tab.checks"), content: null }]
        }
        side={merchant && <Side merchant={merchant} />}
      />
      {merchant && open?.kind === "edit" && <MerchantEdit merchant={merchant} onClose={close} />}
      {merchant && open?.kind === "ask" && <AskDialog merchant={merchant} onClose={close} />}
      {merchant && open?.kind === "commission" && <CommissionDialog merchant={merchant} onClose={close} />}
      {merchant && open?.kind === "complaint" && <NoteDialog merchant={merchant} onClose={close} />}
      {merchant && open?.kind === "decide" && (
        <DecideDialog merchant={merchant} decision={open.decision} onClose={close} />
      )}
    </>
  );
}

/** What the score is of, and by which rules. */
function ScoreNote({ merchant }: { merchant: Merchant }) {
  const { t } = useTranslation("merchants");
  const isStanding = merchant.state === "admitted" || merchant.state === "suspended" || merchant.state === "closed";
  const version = (number: number) => (number === 0 ? t("rules.delivered") : t("rules.version", { version: number }));
  return (
    <>
      {isStanding
        ? t("score_of", {
            admission: merchant.admission_score ?? 0,
            percent: merchant.admission_percent,
            rest: 100 - merchant.admission_percent,
          })
        : t("score_note", { least: merchant.least_score })}
      <br />
      <Link to="/groupbuy/merchants/rules">{version(merchant.score_version)}</Link>
      {isStanding &&
        merchant.admission_version !== merchant.score_version &&
        t("admitted_by", { version: version(merchant.admission_version) })}
    </>
  );
}

/** The two or three things one does to a merchant in its state; the rest waits behind them. */
function Actions({ merchant, onOpen }: { merchant: Merchant; onOpen: (open: Open) => void }) {
  const { t } = useTranslation("merchants");
  const may = useMay();
  const review = useReview(merchant.id);
  const { state } = merchant;
  const isOpen = state === "applied" || state === "in_review";
  const decide = (decision: Decision, primary = false) => (
    <Button
      key={decision}
      type={primary ? "primary" : "default"}
      danger={decision === "suspend"}
      onClick={() => onOpen({ kind: "decide", decision })}
    >
      {t(`decide.${decision}.button`)}
    </Button>
  );
  return (
    <>
      {state === "applied" && may("groupbuy.write") && (
        <Button type="primary" loading={review.isPending} onClick={() => review.mutate(undefined)}>
          {t("review")}
        </Button>
      )}
      {state === "in_review" &&
        may("groupbuy.approve") &&
        !merchant.is_mine && [decide("admit", true), decide("reject")]}
      {state === "suspended" && may("groupbuy.approve") && [decide("reinstate", true), decide("close")]}
      {state === "admitted" && may("groupbuy.redeem") && (
        <Button onClick={() => onOpen({ kind: "complaint" })}>{t("complaint.note")}</Button>
      )}
      {(state === "admitted" || state === "suspended") && may("groupbuy.approve") && (
        <Button onClick={() => onOpen({ kind: "commission" })}>{t("agree")}</Button>
      )}
      {state === "admitted" && may("groupbuy.approve") && decide("suspend")}
      {isOpen && may("groupbuy.write") && <Button onClick={() => onOpen({ kind: "ask" })}>{t("ask")}</Button>}
      {state !== "rejected" && state !== "closed" && may("groupbuy.write") && (
        <Button icon={<EditOutlined />} onClick={() => onOpen({ kind: "edit" })}>
          {t("edit")}
        </Button>
      )}
    </>
  );
}

function Checks({ merchant }: { merchant: Merchant }) {
  const { t } = useTranslation("merchants");
  const may = useMay();
  const [asked, setAsked] = useState<{ check: Check; deed: CheckDeed } | null>(null);
  const isOpen = merchant.state === "applied" || merchant.state === "in_review";
  return (
    <>
      {merchant.is_mine && isOpen && <p className={styles.faint}>{t("is_mine")}</p>}
      {merchant.asked && (
        <p className={styles.asked}>
          <strong>{t("asked")}</strong> {merchant.asked}
        </p>
      )}
      <Card flush>
        {merchant.checks.map((check) => (
          <CheckRow
            key={check.name}
            check={check}
            mayAnswer={isOpen && may("groupbuy.write")}
            mayWaive={isOpen && may("groupbuy.approve") && !merchant.is_mine}
            onAsk={(deed) => setAsked({ check, deed })}
          />
        ))}
      </Card>
      {asked && <CheckDialog merchant={merchant} {...asked} onClose={() => setAsked(null)} />}
    </>
  );
}

function CheckRow({
  check,
  mayAnswer,
  mayWaive,
  onAsk,
}: {
  check: Check;
  mayAnswer: boolean;
  mayWaive: boolean;
  onAsk: (deed: CheckDeed) => void;
}) {
  const { t } = useTranslation("merchants");
  const name = useCheckName();
  const said = useFinding(check);
  return (
    <div className={styles.check}>
      <div>
        <div className={styles.checkHead}>
          {name(check.name)} <OutcomeTag outcome={check.outcome} />
          <span className={styles.weight}>{t("weight", { weight: check.weight })}</span>
        </div>
        {said && <div>{said}</div>}
        {check.words && <div className={styles.words}>{check.words}</div>}
        <span className={styles.faint}>
          {check.by || (check.is_manual ? t("by_hand") : t("by_itself"))}
          {check.at && (
            <>
              {" · "}
              <When at={check.at} />
            </>
          )}
        </span>
      </div>
      <div className={styles.row}>
        {mayAnswer && check.is_manual && (
          <>
            <Button size="small" onClick={() => onAsk("pass")}>
              {t("pass")}
            </Button>
            <Button size="small" onClick={() => onAsk("fail")}>
              {t("fail")}
            </Button>
          </>
        )}
        {mayWaive && (check.outcome === "failed" || check.outcome === "warned") && (
          <Button size="small" onClick={() => onAsk("waive")}>
            {t("waive")}
          </Button>
        )}
      </div>
    </div>
  );
}

interface Finding {
  readonly region?: string;
  readonly region_code?: string;
  readonly expires_on?: string;
  readonly missing?: readonly string[];
  readonly over?: readonly string[];
  readonly over_soon?: readonly string[];
  readonly others?: readonly { merchant_id: number; state: Merchant["state"]; same: string }[];
}

/** What a check found, in words. */
function useFinding(check: Check) {
  const { t } = useTranslation("merchants");
  const { paper } = useKindNames();
  const told = check.details as Finding;
  const list = (kinds: readonly string[] | undefined) => (kinds ?? []).map(paper).join(" · ");
  if (told.region) return t("found.region", { region: told.region });
  if (told.region_code) return t("found.region_code", { code: told.region_code });
  if (told.others)
    return told.others.map(({ merchant_id, state, same }) => (
      <span key={`${merchant_id}${same}`} className={styles.row}>
        {same === "credit_code"
          ? t("found.same_code")
          : same === "phone"
            ? t("found.same_phone")
            : t("found.same_bank")}
        <Link to={`/groupbuy/merchants/${merchant_id}`}>#{merchant_id}</Link>
        <StateTag state={state} />
      </span>
    ));
  const lines = [
    list(told.missing) && t("found.missing", { papers: list(told.missing) }),
    list(told.over) && t("found.over", { papers: list(told.over) }),
    list(told.over_soon) && t("found.over_soon", { papers: list(told.over_soon) }),
    told.expires_on && t("found.expires_on", { day: told.expires_on }),
  ].filter(Boolean);
  return lines.length > 0 ? lines.join(" · ") : null;
}

function Papers({ merchant }: { merchant: Merchant }) {
  const { t } = useTranslation("merchants");
  const may = useMay();
  const { paper } = useKindNames();
  const columns: Column<Paper>[] = [
    {
      key: "kind",
      title: t("paper_kind"),
      identity: true,
      cell: (one) => (
        <>
          {paper(one.kind)} {!one.is_newest && <Tag>{t("older")}</Tag>}
        </>
      ),
    },
    {
      key: "until",
      title: t("until"),
      onCard: true,
      cell: (one) => (one.expires_on ? <Day on={one.expires_on} /> : t("long_term")),
    },
    {
      key: "size",
      title: t("size"),
      align: "end",
      cell: (one) => t("kilobytes", { size: Math.max(1, Math.round(one.size_bytes / 1024)) }),
    },
    { key: "by", title: t("handed_in_by"), cell: (one) => one.handed_in_by || t("applicant") },
    { key: "at", title: t("handed_in_at"), onCard: true, align: "end", cell: (one) => <When at={one.handed_in_at} /> },
    ...(may("groupbuy.write")
      ? [
          {
            key: "open",
            title: "",
            bare: true,
            onCard: true,
            align: "end" as const,
            cell: (one: Paper) => <a href={paperAddress(merchant.id, one)}>{t("download")}</a>,
          },
        ]
      : []),
  ];
  const missing = merchant.required_documents.filter((kind) => !merchant.documents.some((one) => one.kind === kind));
  return (
    <>
      {missing.length > 0 && (
        <p className={styles.faint}>{t("found.missing", { papers: missing.map(paper).join(" · ") })}</p>
      )}
      {may("groupbuy.write") && merchant.state !== "rejected" && merchant.state !== "closed" && (
        <HandIn merchant={merchant} suggested={missing[0]} />
      )}
      {merchant.documents.length === 0 ? (
        <EmptyState title={t("papers_empty.title")} purpose={t("papers_empty.purpose")} />
      ) : (
        <DataTable
          caption={t("tab.papers", { count: merchant.documents.length })}
          columns={columns}
          rows={merchant.documents}
          rowKey={({ id }) => id}
        />
      )}
    </>
  );
}

function HandIn({ merchant, suggested }: { merchant: Merchant; suggested: string | undefined }) {
  const { t } = useTranslation("merchants");
  const { message } = App.useApp();
  const { paper } = useKindNames();
  const handIn = useHandIn(merchant.id);
  const [kind, setKind] = useState<string>(suggested ?? "other");
  const [until, setUntil] = useState("");
  return (
    <>
      <Refused error={handIn.error} />
      <div className={styles.upload}>
        <Select
          aria-label={t("paper_kind")}
          value={kind}
          onChange={setKind}
          style={{ width: 180 }}
          options={PAPER_KINDS.map((one) => ({ value: one, label: paper(one) }))}
        />
        <DatePicker
          aria-label={t("until")}
          placeholder={t("until_or_long")}
          onChange={(_, day) => setUntil(typeof day === "string" ? day : "")}
        />
        <Upload
          accept="application/pdf,image/jpeg,image/png"
          showUploadList={false}
          beforeUpload={(file) => {
            handIn.mutate({ file, kind, expires_on: until }, { onSuccess: () => void message.success(t("handed_in")) });
            return false;
          }}
        >
          <Button loading={handIn.isPending}>{t("hand_in")}</Button>
        </Upload>
      </div>
    </>
  );
}

function History({ merchant }: { merchant: Merchant }) {
  const { t } = useTranslation("merchants");
  return (
    <>
      <ul className={styles.steps}>
        {merchant.steps.map((step) => (
          <li key={step.at + step.to_state + step.reason}>
            <span className={styles.row}>
              {step.from_state === step.to_state ? (
                <Tag tone="warning">{t("warned")}</Tag>
              ) : (
                <StateTag state={step.to_state as Merchant["state"]} />
              )}
              {step.reason === "complaints" ? t("by_complaints", { counts: step.words }) : step.words}
            </span>
            <span className={styles.faint}>
              {step.reason === "complaints" ? t("by_itself") : step.by || t("applicant")} · <When at={step.at} />
            </span>
          </li>
        ))}
      </ul>
      {merchant.rates.length > 0 && (
        <>
          <h3 className={styles.gap}>{t("commission")}</h3>
          <ul className={styles.steps}>
            {merchant.rates.map((rate) => (
              <li key={rate.starts_at}>
                <span className={styles.row}>
                  <Percent ratio={rate.commission_bp / 10_000} /> {rate.words}
                </span>
                <span className={styles.faint}>
                  {t("from")} <When at={rate.starts_at} /> · {rate.agreed_by}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Side({ merchant }: { merchant: Merchant }) {
  const { t } = useTranslation("merchants");
  const names = useKindNames();
  const facts: Fact[] = [
    { key: "categories", label: t("field.categories"), value: merchant.categories.map(names.category).join(" · ") },
    {
      key: "stores",
      label: t("field.stores"),
      value: merchant.stores.map(({ name }) => name).join(" · ") || <None />,
    },
    { key: "contact", label: t("field.contact_name"), value: merchant.contact_name || <None /> },
    { key: "phone", label: t("field.contact_phone"), value: merchant.contact_phone || <None /> },
    { key: "email", label: t("field.contact_email"), value: merchant.contact_email || <None /> },
    { key: "bank", label: t("field.bank_name"), value: merchant.bank_name || <None /> },
    { key: "holder", label: t("field.bank_holder"), value: merchant.bank_holder || <None /> },
    { key: "account", label: t("field.bank_account"), value: <Account merchant={merchant} /> },
    ...(merchant.about
      ? [{ key: "about", label: t("field.about"), value: <span className={styles.words}>{merchant.about}</span> }]
      : []),
    { key: "entered", label: t("entered_by"), value: merchant.entered_by || t("public_page") },
    { key: "applied", label: t("column.applied"), value: <When at={merchant.applied_at} /> },
  ];
  return (
    <>
      <Facts facts={facts} />
      <ApplicantLink merchant={merchant} />
    </>
  );
}

function Account({ merchant }: { merchant: Merchant }) {
  const { t } = useTranslation("merchants");
  const may = useMay();
  const read = useBankAccount(merchant.id);
  if (!merchant.bank_account_shown) return <None />;
  if (read.data) return read.data.bank_account;
  return (
    <span className={styles.row}>
      {merchant.bank_account_shown}
      {may("groupbuy.approve") && (
        <Button size="small" type="link" loading={read.isPending} onClick={() => read.mutate()}>
          {t("show")}
        </Button>
      )}
    </span>
  );
}

function ApplicantLink({ merchant }: { merchant: Merchant }) {
  const { t } = useTranslation("merchants");
  const may = useMay();
  const make = useNewLink(merchant.id);
  const { modal } = App.useApp();
  if (!may("groupbuy.write") || merchant.state === "rejected" || merchant.state === "closed") return null;
  return (
    <Button
      className={styles.gap}
      icon={<LinkOutlined />}
      loading={make.isPending}
      onClick={() =>
        make.mutate(undefined, {
          onSuccess: ({ link }) => void modal.info({ title: t("link_words"), content: full(link), width: 560 }),
        })
      }
    >
      {t("new_link")}
    </Button>
  );
}
