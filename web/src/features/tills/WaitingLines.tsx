import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { useCodeWords } from "@/components/codes";
import { When } from "@/components/figures";
import { Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState } from "@/components/states";
import { exactMoney } from "@/format/money";
import { useDecide, useWaiting, type WaitingItem } from "./api";
import { SetAsideDialog } from "./dialogs";
import styles from "./tills.module.css";

/** What was sold without the server and could not be taken as it came: one card each, with why and what to do. */
export function WaitingLines({ count }: { count: number }) {
  const { t } = useTranslation("tills");
  const waiting = useWaiting(count > 0);
  if (count === 0) return null;
  const items = waiting.data?.pages.flatMap((page) => page.items);
  return (
    <Section title={t("waiting.title", { count })} about={t("waiting.about")}>
      {waiting.error && !items ? (
        <ErrorState error={waiting.error} onRetry={() => void waiting.refetch()} />
      ) : items ? (
        <ul className={styles.lines}>
          {items.map((item) => (
            <WaitingLine key={item.id} item={item} />
          ))}
        </ul>
      ) : (
        <BoneLines lines={4} />
      )}
      {waiting.hasNextPage && (
        <Button loading={waiting.isFetchingNextPage} onClick={() => void waiting.fetchNextPage()}>
          {t("waiting.more")}
        </Button>
      )}
    </Section>
  );
}

function WaitingLine({ item }: { item: WaitingItem }) {
  const { t } = useTranslation("tills");
  const { message } = App.useApp();
  const may = useMay();
  const decide = useDecide(item.id);
  const [asking, setAsking] = useState(false);
  const { language, currency: homeCurrency } = useReading();
  const money = (amount_minor: number) =>
    exactMoney({ amount_minor, currency: item.currency }, { language, homeCurrency });
  const paid = item.payments.map(({ tender, amount_minor }) => `${t(`tender.${tender}`)} ${money(amount_minor)}`);
  const goods = item.lines.map(({ name, quantity }) => `${name} ×${Number(quantity)}`);
  return (
    <li className={styles.line}>
      <div className={styles.lineHead}>
        <strong>{t(item.kind === "return" ? "waiting.return" : "waiting.sale", { number: item.external_id })}</strong>
        <span className={styles.soft}>
          {item.store ? `${item.store} · ` : ""}
          {item.till} · <When at={item.placed_at} />
        </span>
      </div>
      <p className={styles.why}>
        <Why item={item} />
      </p>
      <p className={styles.soft}>
        {goods.join(" · ")}
        {paid.length > 0 && ` · ${paid.join(" · ")}`}
        {item.buyer !== "" && ` · ${item.buyer}`}
      </p>
      <Refused error={asking ? null : decide.error} />
      {may("loyalty.approve") && (
        <div className={styles.row}>
          <Button
            size="small"
            type="primary"
            loading={decide.isPending && !asking}
            onClick={() =>
              decide.mutate(
                { kind: "accept" },
                { onSuccess: () => void message.success(t("waiting.taken", { number: item.external_id })) },
              )
            }
          >
            {t("waiting.again")}
          </Button>
          <Button size="small" onClick={() => setAsking(true)}>
            {t("waiting.aside")}
          </Button>
        </div>
      )}
      {asking && (
        <SetAsideDialog
          pending={decide.isPending}
          error={decide.error}
          onClose={() => setAsking(false)}
          onSetAside={(note) =>
            decide.mutate({ kind: "dismiss", note }, { onSuccess: () => void message.success(t("waiting.set_aside")) })
          }
        />
      )}
    </li>
  );
}

/** The reason in the reader's words; a reason without words is named by its code. */
function Why({ item }: { item: WaitingItem }) {
  const { t } = useTranslation("tills");
  const say = useCodeWords("problems");
  return <>{say(item.problem, item.problem_params) ?? t("waiting.refused_with", { code: item.problem })}</>;
}
