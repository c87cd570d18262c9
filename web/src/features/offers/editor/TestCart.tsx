import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, DatePicker, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStoreNames } from "@/api/goods";
import { useMay } from "@/api/me";
import type { FoundPerson } from "@/api/people";
import { asProblem } from "@/api/problem";
import { Money } from "@/components/figures";
import { OneSku } from "@/components/goods";
import { PersonPicker } from "@/components/PersonPicker";
import { useWordProblem } from "@/components/problems";
import { useReading } from "@/components/reading";
import { useDebounced } from "@/components/useDebounced";
import { currencyExponent, currencySign, decimalToMinor, minorToDecimal } from "@/format/money";
import { wallTimeToInstant } from "@/format/when";
import { type ExampleProduct, listPrice, type Trial, type Tried, type TriedOffer, useTrial } from "./api";
import styles from "./editor.module.css";
import type { Channel, OfferDocument } from "./form";
import { useVerdictWords } from "./useVerdictWords";
import { arranged, takenOff } from "./verdict";
import { CHANNELS } from "./WhenPart";

const REST_MILLISECONDS = 350;
const MOST_LINES = 12;
const SHOWN_AT_FIRST = 5;
const MOST_CODES = 5;
const LONGEST_CODE = 60;

interface Line {
  readonly key: number;
  readonly sku: string;
  readonly quantity: number;
  readonly priceMinor: number;
}

/** A cart with two products in it; prices the catalogue does not know are made up, and may be typed over. */
function exampleLines(products: readonly ExampleProduct[], currency: string): readonly Line[] {
  const unit = 10 ** currencyExponent(currency);
  const [first, second] = products;
  return [
    { key: 1, sku: first?.sku ?? "A-1", quantity: 1, priceMinor: first?.priceMinor ?? 128 * unit },
    { key: 2, sku: second?.sku ?? "B-1", quantity: 2, priceMinor: second?.priceMinor ?? 45 * unit },
  ];
}

/** A cart to try the draft on beside the live offers, counted by the server as a till's would be. */
export function TestCart({
  offerId,
  name,
  draft,
  currency,
  products,
}: {
  offerId: number | null;
  name: string;
  /** Null while the form has faults: the draft is then left out. */
  draft: OfferDocument | null;
  currency: string;
  products: readonly ExampleProduct[];
}) {
  const { t } = useTranslation("offer_editor");
  const { language, timezone, currency: homeCurrency } = useReading();
  const may = useMay();
  const stores = useStoreNames();
  const exponent = currencyExponent(currency);
  const [lines, setLines] = useState(() => exampleLines(products, currency));
  const [person, setPerson] = useState<FoundPerson | null>(null);
  const [storeId, setStoreId] = useState<number | null>(null);
  const [channel, setChannel] = useState<Channel>("pos");
  const [at, setAt] = useState<string | null>(null);
  const [codes, setCodes] = useState<readonly string[]>([]);
  const put = (key: number, next: Partial<Line>) =>
    setLines((before) => before.map((line) => (line.key === key ? { ...line, ...next } : line)));
  const choose = (key: number, sku: string) => {
    put(key, { sku });
    // The catalogue's price, where it has one; else the one that stands there stays.
    listPrice(sku, currency).then(
      (priceMinor) => priceMinor !== null && put(key, { priceMinor }),
      () => undefined,
    );
  };
  const filled = lines.filter(({ sku }) => sku !== "");
  const trial: Trial | null =
    filled.length === 0
      ? null
      : {
          currency,
          lines: filled.map(({ sku, quantity, priceMinor }) => ({
            sku,
            quantity: String(quantity),
            unit_price: minorToDecimal(priceMinor, exponent),
          })),
          channel,
          store_id: storeId,
          customer_id: person?.id ?? null,
          placed_at: at && wallTimeToInstant(`${at}:00`, timezone),
          coupons: [...codes],
          draft,
          offer_id: draft ? offerId : null,
        };
  // Compared as text: the same cart is not asked about twice.
  const tried = useTrial(JSON.parse(useDebounced(JSON.stringify(trial), REST_MILLISECONDS)) as Trial | null);
  const offName = (offer: TriedOffer) => {
    if (offer.code !== null && offer.offer_id === null) return t("trial.unknown_code");
    return offer.offer_id === offerId ? name || t("trial.this") : (offer.name ?? "");
  };
  return (
    <section className={styles.trial}>
      <h2>{t("trial.title")}</h2>
      <p className={styles.hint}>{t("trial.about")}</p>
      <ul className={styles.lines}>
        {lines.map((line, place) => (
          <li key={line.key} className={styles.line}>
            <OneSku
              label={t("trial.product", { number: place + 1 })}
              value={line.sku}
              onChange={(sku) => choose(line.key, sku)}
            />
            <InputNumber
              size="middle"
              min={1}
              max={999}
              precision={0}
              controls={false}
              prefix="×"
              aria-label={t("trial.quantity", { number: place + 1 })}
              value={line.quantity}
              onChange={(quantity) => put(line.key, { quantity: quantity ?? 1 })}
            />
            <InputNumber<string>
              stringMode
              controls={false}
              min="0"
              prefix={currencySign(currency, { language, homeCurrency })}
              aria-label={t("trial.price", { number: place + 1 })}
              value={minorToDecimal(line.priceMinor, exponent)}
              onChange={(text) => put(line.key, { priceMinor: decimalToMinor(String(text ?? "0"), currency) ?? 0 })}
            />
            <Button
              type="text"
              size="small"
              icon={<CloseOutlined />}
              disabled={lines.length === 1}
              aria-label={t("trial.remove", { number: place + 1 })}
              onClick={() => setLines(lines.filter(({ key }) => key !== line.key))}
            />
            {tried.data &&
              filled.indexOf(line) >= 0 &&
              takenOff(tried.data, filled.indexOf(line)).map(({ offer, minor }) => (
                <span key={`${offer.offer_id}-${offer.code}`} className={styles.off}>
                  <span>{offName(offer)}</span>
                  <Money minor={-minor} currency={currency} />
                </span>
              ))}
          </li>
        ))}
      </ul>
      <Button
        type="text"
        size="small"
        icon={<PlusOutlined />}
        disabled={lines.length >= MOST_LINES}
        onClick={() =>
          setLines([
            ...lines,
            {
              key: Math.max(...lines.map(({ key }) => key)) + 1,
              sku: "",
              quantity: 1,
              priceMinor: 60 * 10 ** exponent,
            },
          ])
        }
      >
        {t("trial.add")}
      </Button>
      <div className={styles.circumstances}>
        {may("customers.read") && (
          <>
            <span>{t("trial.customer")}</span>
            <div className={styles.buyer}>
              <PersonPicker person={person} onChoose={setPerson} />
              {person && (
                <Button
                  type="text"
                  icon={<CloseOutlined />}
                  aria-label={t("trial.nobody")}
                  onClick={() => setPerson(null)}
                />
              )}
            </div>
          </>
        )}
        <label htmlFor="trial-store">{t("trial.store")}</label>
        <Select
          id="trial-store"
          allowClear
          placeholder={t("trial.no_store")}
          showSearch={{ optionFilterProp: "label" }}
          value={storeId}
          options={(stores.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(chosen) => setStoreId(chosen ?? null)}
        />
        <label htmlFor="trial-channel">{t("trial.channel")}</label>
        <Select
          id="trial-channel"
          value={channel}
          options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))}
          onChange={setChannel}
        />
        <label htmlFor="trial-at">{t("trial.at")}</label>
        <DatePicker
          id="trial-at"
          showTime={{ format: "HH:mm" }}
          format="YYYY-MM-DD HH:mm"
          placeholder={t("trial.now")}
          value={at === null ? null : dayjs(at)}
          onChange={(chosen) => setAt(chosen ? chosen.format("YYYY-MM-DDTHH:mm") : null)}
        />
        <label htmlFor="trial-codes">{t("trial.codes")}</label>
        <Select
          id="trial-codes"
          mode="tags"
          open={false}
          suffixIcon={null}
          maxCount={MOST_CODES}
          tokenSeparators={[" ", ",", "，", "、", ";"]}
          placeholder={t("trial.codes_hint")}
          value={[...codes]}
          onChange={(typed: string[]) => setCodes(toldCodes(typed))}
        />
      </div>
      <div aria-live="polite">
        {draft === null && <p className={styles.fault}>{t("trial.faulty")}</p>}
        {tried.error ? (
          <Refused error={tried.error} />
        ) : (
          tried.data && (
            <Outcome
              tried={tried.data}
              offerId={offerId}
              hasDraft={draft !== null}
              name={offName}
              currency={currency}
            />
          )
        )}
      </div>
    </section>
  );
}

/** As the till would tell them: each once, in capitals. */
function toldCodes(typed: readonly string[]): readonly string[] {
  const told = typed.map((code) => code.trim().toUpperCase().slice(0, LONGEST_CODE)).filter((code) => code !== "");
  return [...new Set(told)].slice(0, MOST_CODES);
}

function Refused({ error }: { error: Error }) {
  const { what, fields } = useWordProblem()(asProblem(error));
  return (
    <div className={styles.fault}>
      <p>{what}</p>
      {fields.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

function Outcome({
  tried,
  offerId,
  hasDraft,
  name,
  currency,
}: {
  tried: Tried;
  offerId: number | null;
  hasDraft: boolean;
  name: (offer: TriedOffer) => string;
  currency: string;
}) {
  const { t } = useTranslation("offer_editor");
  const [all, setAll] = useState(false);
  const { own, codes, standing, others } = arranged(tried.offers, offerId);
  const shown = all ? others : others.slice(0, SHOWN_AT_FIRST);
  return (
    <>
      <dl className={styles.sums}>
        <div>
          <dt>{t("trial.gross")}</dt>
          <dd>
            <Money minor={tried.totals.gross.amount_minor} currency={currency} />
          </dd>
        </div>
        <div data-good={tried.totals.discount.amount_minor > 0 || undefined}>
          <dt>{t("trial.discount")}</dt>
          <dd>
            <Money minor={-tried.totals.discount.amount_minor} currency={currency} />
          </dd>
        </div>
        <div className={styles.pay}>
          <dt>{t("trial.net")}</dt>
          <dd>
            <Money minor={tried.totals.net.amount_minor} currency={currency} />
          </dd>
        </div>
      </dl>
      <ul className={styles.offers}>
        {codes.map((offer) => (
          <Verdict key={offer.code} offer={offer} name={name(offer)} currency={currency} />
        ))}
        {own && hasDraft && <Verdict offer={own} name={name(own)} currency={currency} />}
        {standing.map((offer) => (
          <Verdict key={offer.offer_id} offer={offer} name={name(offer)} currency={currency} />
        ))}
      </ul>
      {others.length > 0 && (
        <>
          <h3>{t("trial.others")}</h3>
          <ul className={styles.offers}>
            {shown.map((offer) => (
              <Verdict key={offer.offer_id} offer={offer} name={name(offer)} currency={currency} />
            ))}
          </ul>
          {shown.length < others.length && (
            <Button type="text" size="small" onClick={() => setAll(true)}>
              {t("trial.show_all", { count: others.length })}
            </Button>
          )}
        </>
      )}
      {!tried.is_exact && <p className={styles.hint}>{t("trial.not_exact")}</p>}
    </>
  );
}

function Verdict({ offer, name, currency }: { offer: TriedOffer; name: string; currency: string }) {
  const words = useVerdictWords(currency);
  return (
    <li className={styles.offer} data-good={offer.applied || undefined}>
      <strong>{name}</strong>
      {offer.code !== null && <code className={styles.code}>{offer.code}</code>}
      {words(offer, name).map((line) => (
        <p key={line}>{line}</p>
      ))}
    </li>
  );
}
