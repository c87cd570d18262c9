import { App, Button, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useCountCards } from "@/api/adjusting";
import { useMay } from "@/api/me";
import { AdjustDialog } from "@/components/adjust/AdjustDialog";
import { useAmounts } from "@/components/amounts";
import { Money } from "@/components/figures";
import { Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState } from "@/components/states";
import { dayOf } from "@/format/when";
import {
  type HeldCard,
  TENDERS,
  type Tender,
  type UsesLot,
  useHeldCards,
  useRefundUses,
  useUseCard,
  useUsesQuote,
} from "./api";
import styles from "./desk.module.css";

/** Her count cards: one tap takes a use; what is unused of a card can be paid out; uses are given by hand. */
export function CountCardsSection({ id, name, storeId }: { id: number; name: string; storeId: number | null }) {
  const { t } = useTranslation("desk");
  const may = useMay();
  const offered = useCountCards(true).data ?? [];
  const held = useHeldCards(id);
  const [giving, setGiving] = useState<string | null>(null);
  const cards = held.data ?? [];
  // A house without count cards has nothing to show here.
  if (offered.length === 0 && cards.length === 0) return null;
  return (
    <Section
      title={t("cards.title")}
      about={t("cards.about")}
      extra={
        may("loyalty.adjust") && offered.length > 0 && <Button onClick={() => setGiving("")}>{t("cards.give")}</Button>
      }
    >
      {held.error && !held.data ? (
        <ErrorState error={held.error} onRetry={() => void held.refetch()} />
      ) : !held.data ? (
        <BoneLines lines={3} />
      ) : cards.length === 0 ? (
        <p className={styles.faint}>{t("cards.none")}</p>
      ) : (
        <div className={styles.cards}>
          {cards.map((card) => (
            <HeldOne
              key={card.card_key}
              id={id}
              card={card}
              storeId={storeId}
              onGive={may("loyalty.adjust") ? () => setGiving(card.card_key) : undefined}
            />
          ))}
        </div>
      )}
      {giving !== null && (
        <AdjustDialog id={id} name={name} start="uses" startCard={giving} onClose={() => setGiving(null)} />
      )}
    </Section>
  );
}

function HeldOne({
  id,
  card,
  storeId,
  onGive,
}: {
  id: number;
  card: HeldCard;
  storeId: number | null;
  onGive: (() => void) | undefined;
}) {
  const { t } = useTranslation("desk");
  const { message } = App.useApp();
  const take = useUseCard(id);
  const [uses, setUses] = useState(1);
  const [refunding, setRefunding] = useState<UsesLot | null>(null);
  return (
    <article className={styles.held} aria-label={card.name}>
      <div className={styles.heldHead}>
        <strong>{card.name}</strong>
        <span className={styles.left}>{t("cards.left", { count: card.balance })}</span>
      </div>
      <ul className={styles.lots}>
        {card.lots.map((lot) => (
          <Lot key={lot.lot_id} lot={lot} onRefund={() => setRefunding(lot)} />
        ))}
      </ul>
      <div className={styles.row}>
        <InputNumber
          className={styles.uses}
          aria-label={t("cards.how_many")}
          min={1}
          max={Math.max(1, card.balance)}
          precision={0}
          suffix={t("adjust.uses")}
          value={uses}
          onChange={(next) => setUses(next ?? 1)}
        />
        <Button
          type="primary"
          disabled={card.balance < uses}
          loading={take.isPending}
          onClick={() =>
            take.mutate(
              { card_key: card.card_key, uses, store_id: storeId },
              {
                onSuccess: ({ left }) => {
                  void message.success(t("cards.used", { count: left, name: card.name }));
                  setUses(1);
                },
              },
            )
          }
        >
          {t("cards.use", { count: uses })}
        </Button>
        {onGive && <Button onClick={onGive}>{t("cards.give_this")}</Button>}
        <Link to={`/customers/${id}?tab=value&asset=uses:${card.card_key}`}>{t("cards.history")}</Link>
      </div>
      <Refused error={take.error} />
      {refunding?.order_id != null && (
        <RefundUses
          id={id}
          card={card}
          orderId={refunding.order_id}
          most={refunding.refundable}
          storeId={storeId}
          onClose={() => setRefunding(null)}
        />
      )}
    </article>
  );
}

/** Uses that came together: how many are left, until when, and whether they can be paid out. */
function Lot({ lot, onRefund }: { lot: UsesLot; onRefund: () => void }) {
  const { t } = useTranslation("desk");
  const { language, timezone } = useReading();
  const day = (at: string) => dayOf(new Date(at), { language, timezone });
  const lastDay = lot.expires_at && day(new Date(new Date(lot.expires_at).getTime() - 1).toISOString());
  return (
    <li>
      <span>
        {t("cards.of", { left: lot.left, amount: lot.amount })}
        {" · "}
        {lastDay ? t("cards.until", { day: lastDay }) : t("cards.for_ever")}
      </span>
      <span className={styles.lotFrom}>
        {lot.order_id === null ? (
          t("cards.by_hand", { day: day(lot.came_at) })
        ) : (
          <Link to={`/orders/${lot.order_id}`}>{t("cards.sold", { day: day(lot.came_at) })}</Link>
        )}
        {lot.refundable > 0 && (
          <Button type="link" size="small" onClick={onRefund}>
            {t("cards.refund")}
          </Button>
        )}
      </span>
    </li>
  );
}

/** Shows what unused uses come to, and pays out exactly that. */
function RefundUses({
  id,
  card,
  orderId,
  most,
  storeId,
  onClose,
}: {
  id: number;
  card: HeldCard;
  orderId: number;
  most: number;
  storeId: number | null;
  onClose: () => void;
}) {
  const { t } = useTranslation("desk");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [uses, setUses] = useState(most);
  const [tender, setTender] = useState<Tender>("wallet");
  const quote = useUsesQuote(id, { order_id: orderId, card_key: card.card_key, uses });
  const refund = useRefundUses(id);
  const shown = quote.data;
  const amount = useAmounts(shown?.amount.currency ?? "CNY");
  return (
    <Modal
      open
      title={t("cards.refund_title", { name: card.name })}
      okText={t("refund.confirm", { amount: amount(shown?.amount.amount_minor ?? 0) })}
      okButtonProps={{ danger: true, disabled: !shown || quote.isPlaceholderData || shown.uses !== uses }}
      cancelText={kit("cancel")}
      confirmLoading={refund.isPending}
      onCancel={onClose}
      onOk={() =>
        shown &&
        refund.mutate(
          {
            order_id: orderId,
            card_key: card.card_key,
            uses: shown.uses,
            expected_minor: shown.amount.amount_minor,
            tender,
            store_id: storeId,
          },
          {
            onSuccess: (done) => {
              void message.success(t("refund.done", { amount: amount(done.amount.amount_minor) }));
              onClose();
            },
          },
        )
      }
    >
      <Refused error={refund.error ?? quote.error} />
      <p>{t("cards.refund_words")}</p>
      <div className={styles.row}>
        <InputNumber
          className={styles.uses}
          aria-label={t("cards.how_many")}
          min={1}
          max={most}
          precision={0}
          suffix={t("adjust.uses")}
          value={uses}
          onChange={(next) => setUses(next ?? most)}
        />
        <Select
          className={styles.amount}
          aria-label={t("refund.back")}
          value={tender}
          options={TENDERS.map((one) => ({ value: one, label: t(`tender.${one}`) }))}
          onChange={setTender}
        />
        {shown && <Money minor={shown.amount.amount_minor} currency={shown.amount.currency} />}
      </div>
    </Modal>
  );
}
