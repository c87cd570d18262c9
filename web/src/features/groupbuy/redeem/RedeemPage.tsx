import { CameraOutlined, MinusOutlined, PlusOutlined, WifiOutlined } from "@ant-design/icons";
import { Alert, Button, Input, Modal, Select } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { newIdempotencyKey } from "@/api/client";
import { useStoreNames } from "@/api/goods";
import { keepClerk, useMay, useMe } from "@/api/me";
import { asProblem, Problem } from "@/api/problem";
import { useAmounts } from "@/components/amounts";
import { When } from "@/components/figures";
import { PlainPage, Section } from "@/components/layout";
import { useWordProblem } from "@/components/problems";
import { Refused } from "@/components/Refused";
import { useNow, useReading } from "@/components/reading";
import { NoPermission } from "@/components/states";
import { useStored } from "@/components/stored";
import { Tag } from "@/components/Tag";
import { dateAndTime } from "@/format/when";
import { lastMoment } from "../vouchers/words";
import { type AtCounter, useLook, useUndoHere } from "./api";
import { keepPageForOffline } from "./offline";
import { type Item, isPassing, isWaiting, isWellFormed, type Refusal, tidy } from "./queue";
import styles from "./redeem.module.css";
import { canScan, Scanner } from "./Scanner";
import { useQueue } from "./useQueue";

/** The counter: a code is typed or scanned, and redeemed in one tap, with the network or without. */
export function RedeemPage() {
  const { t } = useTranslation("redeem");
  const may = useMay();
  const me = useMe();
  useEffect(keepPageForOffline, []);
  useEffect(() => keepClerk(me), [me]);
  if (!may("groupbuy.redeem")) return <NoPermission what={t("title")} />;
  return (
    <PlainPage title={t("title")} about={t("about")} narrow>
      <Counter />
    </PlainPage>
  );
}

/** One voucher before her: looked up, or typed while nothing could be. Its key is made once, however often she taps. */
interface Shown {
  readonly key: string;
  readonly code: string;
  /** Null where it could not be looked up. */
  readonly voucher: AtCounter | null;
}

function Counter() {
  const { t } = useTranslation("redeem");
  const { language } = useReading();
  const stores = useStoresHere();
  const [remembered, setStore] = useStored<number | null>("redeem.store", null);
  const [offset, setOffset] = useStored<number>("redeem.clock", 0);
  const storeId = stores.length === 1 ? (stores[0]?.id ?? null) : remembered;
  const [text, setText] = useState("");
  const [scanning, setScanning] = useState(false);
  const [slip, setSlip] = useState(false);
  const [shown, setShown] = useState<Shown | null>(null);
  const [uses, setUses] = useState(1);
  const [tapped, setTapped] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const look = useLook();
  const queue = useQueue();
  const result = tapped === null ? undefined : queue.queue.find(({ key }) => key === tapped);

  const find = (typed: string) => {
    const code = tidy(typed);
    if (code === "" || storeId === null) return;
    setScanning(false);
    setText(code);
    setTapped(null);
    setShown(null);
    setUses(1);
    look.reset();
    setSlip(!isWellFormed(code));
    if (!isWellFormed(code)) return;
    look.mutate(
      { code, storeId },
      {
        onSuccess: ({ voucher, offset: told }) => {
          if (told !== null) setOffset(told);
          setShown({ key: newIdempotencyKey(), code: voucher.code, voucher });
        },
        onError: (error) => {
          if (isPassing(asProblem(error))) setShown({ key: newIdempotencyKey(), code, voucher: null });
        },
      },
    );
  };
  const redeem = ({ key, code, voucher }: Shown) => {
    if (storeId === null) return;
    const title = voucher ? (language === "en" && voucher.title_en) || voucher.title_zh : "";
    queue.add({ code, storeId, uses, title }, key, new Date(Date.now() + offset).toISOString());
    setTapped(key);
  };
  const next = () => {
    setTapped(null);
    setShown(null);
    setText("");
    look.reset();
    input.current?.focus();
  };

  return (
    <>
      {stores.length !== 1 && (
        <Select
          className={styles.store}
          size="large"
          aria-label={t("store")}
          placeholder={t("store_choose")}
          status={storeId === null ? "warning" : undefined}
          showSearch={{ optionFilterProp: "label" }}
          value={storeId}
          options={stores.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(id) => {
            setStore(id);
            setShown(null);
          }}
        />
      )}
      {result ? (
        <Result item={result} onNext={next} onUndone={queue.undone} />
      ) : (
        <>
          {scanning ? (
            <Scanner onFound={find} onClose={() => setScanning(false)} />
          ) : (
            <div className={styles.enter}>
              <Input
                ref={(instance) => {
                  input.current = instance?.input ?? null;
                }}
                className={styles.code}
                size="large"
                autoFocus
                allowClear
                maxLength={60}
                aria-label={t("code")}
                placeholder={t("code_placeholder")}
                autoCapitalize="characters"
                autoComplete="off"
                autoCorrect="off"
                spellCheck={false}
                enterKeyHint="go"
                value={text}
                onChange={({ target }) => {
                  setText(target.value);
                  setSlip(false);
                }}
                onPressEnter={() => find(text)}
              />
              <div className={styles.pair}>
                {canScan() && (
                  <Button
                    size="large"
                    icon={<CameraOutlined />}
                    disabled={storeId === null}
                    onClick={() => setScanning(true)}
                  >
                    {t("scan.open")}
                  </Button>
                )}
                <Button
                  size="large"
                  type={shown ? "default" : "primary"}
                  loading={look.isPending}
                  disabled={storeId === null || tidy(text) === ""}
                  onClick={() => find(text)}
                >
                  {t("look")}
                </Button>
              </div>
              {storeId === null && <p className={styles.hint}>{t("store_first")}</p>}
              {slip && (
                <p className={styles.bad} role="alert">
                  {t("slip")}
                </p>
              )}
            </div>
          )}
          {look.error && !shown && <Refused error={look.error} />}
          {shown && <Before shown={shown} uses={uses} onUses={setUses} onRedeem={() => redeem(shown)} />}
        </>
      )}
      <Told {...queue} />
    </>
  );
}

/** The stores as they were read last, so that they are there without a network too. */
function useStoresHere(): readonly { readonly id: number; readonly name: string }[] {
  const { data } = useStoreNames();
  const [kept, keep] = useStored<readonly { id: number; name: string }[]>("redeem.stores", []);
  useEffect(() => {
    if (data) keep(data.map(({ id, name }) => ({ id, name })));
  }, [data, keep]);
  return data ?? kept;
}

/** The voucher before it is redeemed: what it gives, what is left, whether it holds; and the one button. */
function Before({
  shown,
  uses,
  onUses,
  onRedeem,
}: {
  shown: Shown;
  uses: number;
  onUses: (uses: number) => void;
  onRedeem: () => void;
}) {
  const { t } = useTranslation("redeem");
  const { language } = useReading();
  const say = useRefusalWords();
  const { voucher } = shown;
  const english = language === "en";
  const refusal = voucher?.refusal
    ? { code: voucher.refusal, status: 409, params: voucher.refusal_params as Record<string, unknown> }
    : null;
  const most = voucher ? voucher.left : 100;
  return (
    <section className={styles.card} aria-live="polite">
      {voucher ? (
        <>
          <h2 className={styles.title}>{(english && voucher.title_en) || voucher.title_zh}</h2>
          <p className={styles.left}>{t("left", { count: voucher.left, uses: voucher.uses })}</p>
          {voucher.package.length > 0 && (
            <ul className={styles.package}>
              {voucher.package.map((item, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: things of a package have nothing else that is theirs alone.
                <li key={at}>
                  {(english && item.name_en) || item.name_zh} × {item.quantity}
                </li>
              ))}
            </ul>
          )}
          <p className={styles.hint}>
            {t("until")} <When at={lastMoment(voucher.valid_until)} exact />
          </p>
        </>
      ) : (
        <>
          <h2 className={styles.title}>{t("offline.title")}</h2>
          <p className={styles.words}>{t("offline.words")}</p>
          <p className={styles.codeShown}>{shown.code}</p>
        </>
      )}
      {refusal ? (
        <Alert type="error" showIcon title={say(refusal).what} description={say(refusal).safe} />
      ) : (
        <>
          {most > 1 && (
            <div className={styles.stepper}>
              <Button
                size="large"
                shape="circle"
                icon={<MinusOutlined />}
                aria-label={t("fewer")}
                disabled={uses <= 1}
                onClick={() => onUses(uses - 1)}
              />
              <output className={styles.uses}>{t("uses", { count: uses })}</output>
              <Button
                size="large"
                shape="circle"
                icon={<PlusOutlined />}
                aria-label={t("more")}
                disabled={uses >= most}
                onClick={() => onUses(uses + 1)}
              />
            </div>
          )}
          <Button type="primary" size="large" block className={styles.redeem} onClick={onRedeem}>
            {t(voucher ? "redeem" : "offline.note", { count: uses })}
          </Button>
        </>
      )}
    </section>
  );
}

/** What became of the tap, readable at arm's length. */
function Result({ item, onNext, onUndone }: { item: Item; onNext: () => void; onUndone: (id: number) => void }) {
  const { t } = useTranslation("redeem");
  const say = useRefusalWords();
  const amount = useAmounts(item.taken?.currency ?? "CNY");
  const tone = item.refusal ? "bad" : item.taken ? "good" : "waits";
  return (
    <section className={styles.result} data-tone={tone} aria-live="assertive">
      {item.taken ? (
        <>
          <p className={styles.big}>{t(item.undone ? "result.undone" : "result.taken", { count: item.uses })}</p>
          <p className={styles.words}>
            {item.taken.deal} · {amount(item.taken.amountMinor)} · {item.taken.store}
          </p>
        </>
      ) : item.refusal ? (
        <>
          <p className={styles.big}>{t("result.refused")}</p>
          <p className={styles.words}>{say(item.refusal).what}</p>
          <p className={styles.hint}>{say(item.refusal).safe}</p>
        </>
      ) : (
        <>
          <p className={styles.big}>{t("result.waits")}</p>
          <p className={styles.words}>{t("result.waits_words")}</p>
        </>
      )}
      <Button type="primary" size="large" block className={styles.redeem} onClick={onNext}>
        {t("next")}
      </Button>
      <Undo item={item} onUndone={onUndone} />
    </section>
  );
}

const UNDO_MILLISECONDS = 30 * 60_000;

/** Gives back what was taken by mistake, as long as it may be. */
function Undo({ item, onUndone }: { item: Item; onUndone: (id: number) => void }) {
  const { t } = useTranslation("redeem");
  const { t: kit } = useTranslation("kit");
  const now = useNow();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const undo = useUndoHere();
  const { taken } = item;
  if (!taken || item.undone || now.getTime() - Date.parse(taken.recordedAt) > UNDO_MILLISECONDS) return null;
  return (
    <>
      <Button type="text" block onClick={() => setAsking(true)}>
        {t("undo.button")}
      </Button>
      <Modal
        open={asking}
        title={t("undo.title")}
        okText={t("undo.ok")}
        cancelText={kit("cancel")}
        okButtonProps={{ danger: true, disabled: reason.trim() === "" }}
        confirmLoading={undo.isPending}
        onCancel={() => setAsking(false)}
        onOk={() =>
          undo.mutate(
            { id: taken.redemptionId, reason: reason.trim() },
            {
              onSuccess: () => {
                onUndone(taken.redemptionId);
                setAsking(false);
              },
            },
          )
        }
      >
        <Refused error={undo.error} />
        <p className={styles.words}>{t("undo.words", { count: item.uses })}</p>
        <Input
          maxLength={200}
          value={reason}
          aria-label={t("undo.reason")}
          placeholder={t("undo.reason")}
          onChange={({ target }) => setReason(target.value)}
        />
      </Modal>
    </>
  );
}

/** The redemptions of this phone: what waits for the network, what was taken, what was refused and why. */
function Told({ queue, problem, send, undone, clear }: ReturnType<typeof useQueue>) {
  const { t } = useTranslation("redeem");
  const say = useRefusalWords();
  if (queue.length === 0) return null;
  const waiting = queue.filter(isWaiting).length;
  return (
    <Section
      title={t("told.title")}
      extra={
        queue.length > waiting && (
          <Button type="text" size="small" onClick={clear}>
            {t("told.clear")}
          </Button>
        )
      }
    >
      {waiting > 0 && (
        <Alert
          className={styles.alert}
          type="warning"
          showIcon
          icon={<WifiOutlined />}
          title={t("told.waiting", { count: waiting })}
          description={
            <>
              <p>{problem && !isPassing(problem) ? say(problem).what : t("told.waiting_words")}</p>
              <Button onClick={send}>{t("told.send")}</Button>
            </>
          }
        />
      )}
      <ul className={styles.list}>
        {queue.map((item) => (
          <li key={item.key}>
            <span className={styles.what}>
              {item.taken?.deal || item.title || <code>{item.code}</code>}
              <span className={styles.hint}>
                {t("uses", { count: item.uses })} · …{item.code.slice(-4)} · <When at={item.occurredAt} />
              </span>
              {item.refusal && <span className={styles.bad}>{say(item.refusal).what}</span>}
            </span>
            <span className={styles.state}>
              <StateTag item={item} />
              <Undo item={item} onUndone={undone} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function StateTag({ item }: { item: Item }) {
  const { t } = useTranslation("redeem");
  if (item.undone) return <Tag>{t("told.undone")}</Tag>;
  if (item.taken) return <Tag tone="good">{t("told.taken")}</Tag>;
  if (item.refusal) return <Tag tone="bad">{t("told.refused")}</Tag>;
  return <Tag tone="warning">{t("told.waits")}</Tag>;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** A refusal in plain words, its instants as they are read here. */
function useRefusalWords(): (refusal: Refusal | Problem) => { what: string; safe: string } {
  const word = useWordProblem();
  const { language, timezone } = useReading();
  return ({ code, status, params }) => {
    const readable = Object.entries(params).map(([name, value]) => [
      name,
      typeof value === "string" && INSTANT.test(value) ? dateAndTime(new Date(value), { language, timezone }) : value,
    ]);
    return word(new Problem({ code, status, title: code, params: Object.fromEntries(readable) }));
  };
}
