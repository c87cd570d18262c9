import { useTranslation } from "react-i18next";
import { useAmounts } from "@/components/amounts";
import { pictureAddress } from "@/components/PictureField";
import { useReading } from "@/components/reading";
import type { DealDocument } from "./api";
import styles from "./deals.module.css";
import { useTermWords } from "./words";

/** What the public page will say, at a phone's width; what is not typed yet stays open. */
export function Preview({
  terms,
  currency,
  merchant,
  stores,
}: {
  terms: DealDocument;
  currency: string;
  merchant: string;
  stores: ReadonlyMap<number, string>;
}) {
  const { t } = useTranslation("deals");
  const { language } = useReading();
  const amount = useAmounts(currency);
  const words = useTermWords();
  const english = language === "en";
  const title = (english && terms.title_en) || terms.title_zh;
  const about = (english && terms.about_en) || terms.about_zh || "";
  const steps = terms.ladder.filter(({ size, price_minor }) => size > 0 && price_minor > 0);
  return (
    <section className={styles.phone} aria-label={t("preview.label")}>
      <p className={styles.phoneNote}>{t("preview.label")}</p>
      <div className={styles.screen}>
        {terms.pictures?.[0] && <img className={styles.phoneCover} src={pictureAddress(terms.pictures[0])} alt="" />}
        <h2 className={styles.phoneTitle}>{title || t("preview.no_title")}</h2>
        <p className={styles.faint}>
          {merchant}
          {terms.list_price_minor > 0 && (
            <>
              {" · "}
              <s>{amount(terms.list_price_minor)}</s>
            </>
          )}
        </p>
        {about && <p className={styles.phoneAbout}>{about}</p>}
        {steps.map(({ size, price_minor, forms_at }) => (
          <div key={size} className={styles.phoneStep}>
            <span>
              {t("preview.of_size", { count: size })}
              {terms.list_price_minor > price_minor && (
                <em className={styles.saves}>
                  {t("preview.saves", { amount: amount(terms.list_price_minor - price_minor) })}
                </em>
              )}
              {forms_at && forms_at < size && (
                <span className={styles.faint}>{t("preview.forms_at", { count: forms_at })}</span>
              )}
            </span>
            <strong className={styles.phonePrice}>{amount(price_minor)}</strong>
            <span className={styles.phoneButton} aria-hidden="true">
              {t(size === 1 ? "preview.buy" : "preview.open")}
            </span>
          </div>
        ))}
        {(terms.package ?? []).length > 0 && (
          <>
            <h3 className={styles.phoneHead}>{t("part.package")}</h3>
            <ul className={styles.phoneList}>
              {(terms.package ?? []).map((item, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: things of a package have nothing else that is theirs alone.
                <li key={at}>
                  <span>{(english && item.name_en) || item.name_zh}</span>
                  <span>× {item.quantity ?? 1}</span>
                  <span className="hk-tabular">{item.value_minor ? amount(item.value_minor) : ""}</span>
                </li>
              ))}
            </ul>
          </>
        )}
        <h3 className={styles.phoneHead}>{t("preview.terms")}</h3>
        <dl className={styles.phoneTerms}>
          {words(terms, stores).map(({ key, name, text }) => (
            <div key={key}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}
