import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import { OneSku } from "@/components/goods";
import { Section } from "@/components/layout";
import type { CountCard } from "../api";
import styles from "../programme.module.css";
import { freeKey, Whole } from "./fields";

/** Goods that are a number of uses: a ten-cup card, a season of classes. */
export function CountCardsPart({
  cards,
  onChange,
}: {
  cards: readonly CountCard[];
  onChange: (cards: readonly CountCard[]) => void;
}) {
  const { t } = useTranslation("terms");
  const put = (place: number, next: Partial<CountCard>) =>
    onChange(cards.map((card, at) => (at === place ? { ...card, ...next } : card)));
  return (
    <Section title={t("count_cards.title")} about={t("count_cards.about")}>
      <div className={styles.things}>
        {cards.map((card, place) => (
          <fieldset key={card.key} className={styles.thing} aria-label={card.name || t("count_cards.card")}>
            <label className={styles.grow} htmlFor={`card-${card.key}`}>
              {t("count_cards.name")}
              <Input
                id={`card-${card.key}`}
                value={card.name}
                maxLength={60}
                placeholder={t("count_cards.name_example")}
                onChange={(event) => put(place, { name: event.target.value })}
              />
            </label>
            <label className={styles.grow} htmlFor={`sku-${card.key}`}>
              {t("count_cards.sku")}
              <OneSku id={`sku-${card.key}`} value={card.sku} onChange={(sku) => put(place, { sku })} />
            </label>
            <label htmlFor={`uses-${card.key}`}>
              {t("count_cards.uses")}
              <Whole
                id={`uses-${card.key}`}
                least={1}
                most={10_000}
                unit={t("times")}
                value={card.uses}
                onChange={(uses) => uses && put(place, { uses })}
              />
            </label>
            <label htmlFor={`valid-${card.key}`}>
              {t("count_cards.valid")}
              <Whole
                id={`valid-${card.key}`}
                least={1}
                most={3_650}
                unit={t("days")}
                placeholder={t("for_ever")}
                value={card.valid_days}
                onChange={(valid_days) => put(place, { valid_days })}
              />
            </label>
            <Button
              type="text"
              icon={<DeleteOutlined />}
              aria-label={t("remove", { name: card.name || t("count_cards.card") })}
              onClick={() => onChange(cards.filter((_, at) => at !== place))}
            />
          </fieldset>
        ))}
      </div>
      <Button
        icon={<PlusOutlined />}
        disabled={cards.length >= 100}
        onClick={() =>
          onChange([...cards, { key: freeKey("card", cards), name: "", sku: "", uses: 10, valid_days: null }])
        }
      >
        {t("count_cards.add")}
      </Button>
    </Section>
  );
}
