import type { ReactNode } from "react";
import { dayOf, timeOfDay } from "@/format/when";
import { useReading } from "./reading";
import type { Tone } from "./Tag";
import styles from "./Timeline.module.css";

export interface Moment {
  readonly key: string;
  readonly at: string;
  readonly icon: ReactNode;
  readonly tone?: Tone;
  readonly title: ReactNode;
  readonly details?: ReactNode;
  /** A figure at the far end. */
  readonly figure?: ReactNode;
}

/** What happened, newest first, under the days it happened on. */
export function Timeline({ moments }: { moments: readonly Moment[] }) {
  const { language, timezone } = useReading();
  const days = byDay(moments, (at) => dayOf(new Date(at), { language, timezone }));
  return (
    <ol className={styles.timeline}>
      {days.map(([day, ofDay]) => (
        <li key={day}>
          <h2 className={styles.day}>{day}</h2>
          <ol>
            {ofDay.map((moment) => (
              <li key={moment.key} className={styles.moment}>
                <span className={styles.icon} data-tone={moment.tone} aria-hidden="true">
                  {moment.icon}
                </span>
                <div className={styles.words}>
                  <div className={styles.title}>{moment.title}</div>
                  {moment.details && <div className={styles.details}>{moment.details}</div>}
                </div>
                <div className={styles.end}>
                  {moment.figure}
                  <time dateTime={moment.at} className={styles.time}>
                    {timeOfDay(new Date(moment.at), { language, timezone })}
                  </time>
                </div>
              </li>
            ))}
          </ol>
        </li>
      ))}
    </ol>
  );
}

function byDay(moments: readonly Moment[], nameOf: (at: string) => string): readonly (readonly [string, Moment[]])[] {
  const days = new Map<string, Moment[]>();
  for (const moment of moments) {
    const day = nameOf(moment.at);
    const already = days.get(day);
    if (already) already.push(moment);
    else days.set(day, [moment]);
  }
  return [...days];
}
