import { App, Button, Input } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useMay } from "@/api/me";
import { asProblem } from "@/api/problem";
import { AFTER_SAVING, EditorPage, PlainPage, Section } from "@/components/layout";
import { useWordProblem } from "@/components/problems";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { type Offer, useOffer, useSaveOffer } from "./api";
import { useExampleProducts } from "./editor/api";
import styles from "./editor/editor.module.css";
import { FaultWords, Field, useFaultWords } from "./editor/fields";
import { documentOf, type Faults, type Form, faultsOf, fieldOf, formOf } from "./editor/form";
import { BudgetPart, CouponPart, TogetherPart } from "./editor/LimitsPart";
import { TestCart } from "./editor/TestCart";
import { CartPart, GoodsPart, WhatPart } from "./editor/WhatPart";
import { WhenPart } from "./editor/WhenPart";
import { WhoPart } from "./editor/WhoPart";
import { OfferStateTag } from "./words";

/** Makes an offer or changes its terms, with a cart beside it that shows what a till will do. */
export function OfferEditorPage() {
  const { t } = useTranslation("offers");
  const { id } = useParams();
  const may = useMay();
  const offer = useOffer(id === undefined ? null : Number(id));
  if (!may("offers.write")) return <NoPermission what={t("title")} />;
  if (offer.error && !offer.data) return <ErrorState error={offer.error} onRetry={() => void offer.refetch()} />;
  if (id !== undefined && !offer.data) {
    return (
      <PlainPage title={t("title")}>
        <BoneLines lines={6} />
      </PlainPage>
    );
  }
  return <Editor key={id ?? "new"} offer={offer.data ?? null} />;
}

function Editor({ offer }: { offer: Offer | null }) {
  const { t } = useTranslation("offer_editor");
  const offers = useTranslation("offers").t;
  const { message } = App.useApp();
  const navigate = useNavigate();
  const { currency: home } = useReading();
  const before = offer?.terms ?? null;
  const currency = before?.currency ?? home;
  const [form, setForm] = useState<Form>(() => formOf(offer));
  const saved = useRef(form);
  const [checked, setChecked] = useState(false);
  const save = useSaveOffer();
  const refused = useRefused(save.error);
  const faults = faultsOf(form);
  const faultWords = useFaultWords(checked ? faults : typedFaults(faults, form, saved.current));
  const change = (next: Partial<Form>) => {
    // What the server refused is not what stands there any more.
    if (save.isError) save.reset();
    setForm((now) => ({ ...now, ...next }));
  };
  const document = documentOf(form, { home, before });
  const isWhole = Object.keys(faults).every((field) => field === "name");
  const example = useExampleProducts(namedProducts(saved.current), currency);
  const store = async () => {
    setChecked(true);
    const [first] = Object.keys(faults);
    if (first !== undefined) {
      // Once the words stand there: the first of them is what to look at.
      requestAnimationFrame(() =>
        window.document.getElementById(`fault-${first}`)?.scrollIntoView({ block: "center", behavior: "smooth" }),
      );
      return;
    }
    const { id } = await save.mutateAsync({ offer, name: form.name.trim(), terms: document });
    saved.current = form;
    void message.success(offers("action.saved"));
    navigate(`/offers/${id}`, { state: AFTER_SAVING });
  };
  const part = { form, change, currency };
  return (
    <FaultWords value={{ ...refused.atFields, ...faultWords }}>
      <EditorPage
        title={offer?.name ?? t("title_new")}
        mark={offer && <OfferStateTag state={offer.state} />}
        above={<Link to={offer ? `/offers/${offer.id}` : "/offers"}>{offer ? offer.name : offers("title")}</Link>}
        unsaved={form !== saved.current}
        actions={
          <Button
            type="primary"
            loading={save.isPending}
            // What is refused stands at its field, or above them.
            onClick={() => void store().catch(() => undefined)}
          >
            {offers("action.save")}
          </Button>
        }
        result={
          example.isPending ? (
            <section className={styles.trial}>
              <BoneLines lines={5} />
            </section>
          ) : (
            <TestCart
              offerId={offer?.id ?? null}
              name={form.name.trim()}
              draft={isWhole ? document : null}
              currency={currency}
              products={example.data ?? []}
            />
          )
        }
      >
        {offer && offer.issued > 0 && <p className={styles.notice}>{t("live_terms", { count: offer.issued })}</p>}
        {refused.above.length > 0 && (
          <div className={styles.refused} role="alert">
            {refused.above.map((line) => (
              <p key={line}>{line}</p>
            ))}
          </div>
        )}
        <Section>
          <Field id="offer-name" label={t("name")} hint={t("name_hint")} fault="name">
            <Input
              id="offer-name"
              value={form.name}
              maxLength={120}
              placeholder={t("name_placeholder")}
              onChange={(event) => change({ name: event.target.value })}
            />
          </Field>
        </Section>
        <WhatPart {...part} />
        <GoodsPart {...part} />
        <CartPart {...part} />
        <WhoPart {...part} />
        <WhenPart {...part} />
        <TogetherPart {...part} />
        <BudgetPart {...part} />
        <CouponPart {...part} />
      </EditorPage>
    </FaultWords>
  );
}

/** What is wrong and no mere gap is said while one types: a form that has hardly begun is not scolded. */
function typedFaults(faults: Faults, form: Form, before: Form): Faults {
  const said = Object.entries(faults).filter(
    ([, code]) =>
      code === "window_disordered" ||
      code === "named_twice" ||
      code === "every_below_amount" ||
      (code === "hours_needed" && form.hours?.from != null && form.hours.until != null) ||
      (code === "percent_needed" && form.percent !== before.percent),
  );
  return Object.fromEntries(said);
}

/** The server's refusal: in words at the fields it names, and above them what names none. */
function useRefused(error: Error | null): {
  readonly atFields: Readonly<Record<string, string>>;
  readonly above: readonly string[];
} {
  const words = useWordProblem();
  if (error === null) return { atFields: {}, above: [] };
  const problem = asProblem(error);
  const { what, safe, fields } = words(problem);
  const placed = problem.fields.map(({ where }, at) => [fieldOf(where), fields[at] ?? ""] as const);
  const atFields = Object.fromEntries(placed.flatMap(([field, line]) => (field ? [[field, line]] : [])));
  return { atFields, above: [what, ...placed.filter(([field]) => field === null).map(([, line]) => line), safe] };
}

/** The products an offer is about, to begin its example cart with. */
function namedProducts(form: Form): readonly number[] {
  return [
    ...form.goods.product_ids,
    ...(form.get?.product_ids ?? []),
    ...form.parts.flatMap(({ goods }) => goods.product_ids),
  ];
}
