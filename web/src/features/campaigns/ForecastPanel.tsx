import { useTranslation } from "react-i18next";
import { Count } from "@/components/figures";
import { BoneLines, ErrorState } from "@/components/states";
import { type Forecast, useForecast } from "./api";
import styles from "./campaigns.module.css";
import { useReasonWords } from "./words";

/** What sending now would do: who is left out, kept as control, reached, and why the others are not. */
export function ForecastPanel({ id, version, enabled }: { id: number | null; version: string; enabled: boolean }) {
  const { t } = useTranslation("campaigns");
  const forecast = useForecast(id, version, enabled);
  return (
    <section className={styles.box} aria-live="polite">
      <h2 className={styles.boxTitle}>{t("forecast.title")}</h2>
      {!enabled ? (
        <p className={styles.soft}>{t("forecast.waiting")}</p>
      ) : forecast.isError && !forecast.isFetching ? (
        <ErrorState compact error={forecast.error} onRetry={() => void forecast.refetch()} />
      ) : !forecast.data ? (
        <BoneLines lines={5} />
      ) : forecast.data.audience === 0 ? (
        <p className={styles.soft}>{t("forecast.none")}</p>
      ) : (
        <ForecastFigures forecast={forecast.data} stale={forecast.isFetching} />
      )}
    </section>
  );
}

export function ForecastFigures({ forecast, stale = false }: { forecast: Forecast; stale?: boolean }) {
  const { t } = useTranslation("campaigns");
  const reason = useReasonWords();
  const { audience, excluded, control, treated, reachable, not_reachable } = forecast;
  const share = (count: number) => `${audience > 0 ? (count / audience) * 100 : 0}%`;
  return (
    <div className={styles.forecast} data-stale={stale || undefined}>
      <p className={styles.reach}>
        <Count value={reachable} />
        <span>{t("forecast.reachable")}</span>
      </p>
      <div className={styles.split} aria-hidden="true">
        <span data-part="reachable" style={{ width: share(reachable) }} />
        <span data-part="unreachable" style={{ width: share(treated - reachable) }} />
        <span data-part="control" style={{ width: share(control) }} />
      </div>
      <dl className={styles.sums}>
        <div>
          <dt>{t("forecast.audience")}</dt>
          <dd>
            <Count value={audience} />
          </dd>
        </div>
        {excluded > 0 && (
          <div>
            <dt>{t("forecast.excluded")}</dt>
            <dd>
              <Count value={excluded} />
            </dd>
          </div>
        )}
        <div>
          <dt>
            <i className={styles.dot} data-part="control" aria-hidden="true" />
            {t("forecast.control")}
          </dt>
          <dd>
            <Count value={control} />
          </dd>
        </div>
        <div>
          <dt>{t("forecast.treated")}</dt>
          <dd>
            <Count value={treated} />
          </dd>
        </div>
        <div>
          <dt>
            <i className={styles.dot} data-part="reachable" aria-hidden="true" />
            {t("forecast.reachable")}
          </dt>
          <dd>
            <Count value={reachable} />
          </dd>
        </div>
      </dl>
      {not_reachable.length > 0 && (
        <>
          <h3 className={styles.boxHead}>
            <i className={styles.dot} data-part="unreachable" aria-hidden="true" />
            {t("forecast.unreachable")}
          </h3>
          <dl className={styles.sums}>
            {not_reachable.map(({ reason: code, count }) => (
              <div key={code}>
                <dt>{reason(code)}</dt>
                <dd>
                  <Count value={count} />
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </div>
  );
}
