import { Button, Checkbox, DatePicker, InputNumber } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { type Programme, useSimulate } from "../api";
import styles from "../programme.module.css";

/** Starts a simulation: the terms being edited on real orders of a period. */
export function TryOnOrders({ programme, document }: { programme: Programme; document: Record<string, unknown> }) {
  const { t } = useTranslation("programme");
  const navigate = useNavigate();
  const simulate = useSimulate(programme.id);
  const [days, setDays] = useState<[string, string]>(() => [
    dayjs().subtract(1, "year").format("YYYY-MM-DD"),
    dayjs().subtract(1, "day").format("YYYY-MM-DD"),
  ]);
  const [redeemed, setRedeemed] = useState(80);
  const [everybody, setEverybody] = useState(programme.version === 0);
  const start = async () => {
    const job = await simulate.mutateAsync({
      document,
      first_on: days[0],
      last_on: days[1],
      redeemed_bp: Math.round(redeemed * 100),
      everybody,
    });
    navigate(`/loyalty/programme/simulations/${job.id}`);
  };
  return (
    <section className={styles.example}>
      <h2>{t("simulation.start_title")}</h2>
      <p className={styles.hint}>{t("simulation.start_about")}</p>
      <div className={styles.inputs}>
        <DatePicker.RangePicker
          allowClear={false}
          aria-label={t("simulation.period")}
          maxDate={dayjs()}
          value={[dayjs(days[0]), dayjs(days[1])]}
          onChange={(chosen) =>
            chosen?.[0] && chosen[1] && setDays([chosen[0].format("YYYY-MM-DD"), chosen[1].format("YYYY-MM-DD")])
          }
        />
        <div className={styles.input}>
          <label htmlFor="simulation-redeemed">{t("simulation.redeemed")}</label>
          <InputNumber
            id="simulation-redeemed"
            className={styles.short}
            min={0}
            max={100}
            precision={0}
            suffix="%"
            value={redeemed}
            onChange={(share) => setRedeemed(share ?? 0)}
          />
        </div>
        <Checkbox checked={everybody} onChange={(event) => setEverybody(event.target.checked)}>
          {t("simulation.everybody")}
        </Checkbox>
        <Button loading={simulate.isPending} onClick={() => void start().catch(() => {})}>
          {t("simulation.start")}
        </Button>
      </div>
    </section>
  );
}
