import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { When } from "@/components/figures";
import { Tag } from "@/components/Tag";
import { useInterests } from "./api";
import styles from "./customers.module.css";

/** What she is interested in, each with the sentence that shows it. Nothing where nothing is known. */
export function Interests({ id }: { id: number }) {
  const { t } = useTranslation("customers");
  const interests = useInterests(id);
  if (!interests.data || interests.data.length === 0) return null;
  return (
    <section>
      <h2 className={styles.sideTitle}>{t("file.interests")}</h2>
      <ul className={styles.interests}>
        {interests.data.map(({ interest, score, evidence_count, evidence }) => {
          const [latest] = evidence;
          return (
            <li key={interest}>
              <Tooltip title={t("file.interest_score", { score: score.toFixed(2), count: evidence_count })}>
                <span>
                  <Tag tone={score < 0 ? "bad" : "good"}>{score < 0 ? t("file.dislikes", { interest }) : interest}</Tag>
                </span>
              </Tooltip>
              {latest && (
                <p className={styles.faintQuote}>
                  “{latest.sentence}” <When at={latest.said_at} />
                </p>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
