import {
  CheckCircleOutlined,
  CrownOutlined,
  EditOutlined,
  EnvironmentOutlined,
  EyeOutlined,
  FileTextOutlined,
  GiftOutlined,
  HeartOutlined,
  IdcardOutlined,
  ImportOutlined,
  MailOutlined,
  MergeOutlined,
  RollbackOutlined,
  SafetyOutlined,
  ShoppingCartOutlined,
  ShoppingOutlined,
  StarOutlined,
  TagOutlined,
  ThunderboltOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useCodeWords } from "@/components/codes";
import { Money } from "@/components/figures";
import { useReading } from "@/components/reading";
import { type Moment, Timeline } from "@/components/Timeline";
import type { TimelineEntry } from "./api";
import styles from "./customers.module.css";

const LOOKS: Record<string, Pick<Moment, "icon" | "tone">> = {
  order: { icon: <ShoppingOutlined />, tone: "accent" },
  return: { icon: <RollbackOutlined />, tone: "warning" },
  message: { icon: <MailOutlined />, tone: "info" },
  receipt: { icon: <EyeOutlined />, tone: "info" },
  tag: { icon: <TagOutlined /> },
  note: { icon: <FileTextOutlined />, tone: "accent" },
  change: { icon: <EditOutlined /> },
  tier: { icon: <CrownOutlined />, tone: "good" },
  points: { icon: <StarOutlined />, tone: "good" },
  reward: { icon: <GiftOutlined />, tone: "accent" },
  group: { icon: <ShoppingCartOutlined />, tone: "accent" },
  voucher: { icon: <GiftOutlined />, tone: "good" },
  coupon: { icon: <GiftOutlined />, tone: "good" },
  identity: { icon: <IdcardOutlined /> },
  merge: { icon: <MergeOutlined />, tone: "accent" },
  claim: { icon: <CheckCircleOutlined />, tone: "good" },
  consent: { icon: <SafetyOutlined /> },
  import: { icon: <ImportOutlined /> },
  event: { icon: <ThunderboltOutlined /> },
  cart: { icon: <ShoppingCartOutlined />, tone: "accent" },
  check_in: { icon: <EnvironmentOutlined />, tone: "info" },
  interest: { icon: <HeartOutlined />, tone: "good" },
};

const UNKNOWN: Pick<Moment, "icon"> = { icon: <SafetyOutlined /> };

/** Entries of the timeline in the reader's words. */
export function Story({ entries }: { entries: readonly TimelineEntry[] }) {
  const words = useEntryWords();
  return (
    <Timeline
      moments={entries.map((entry) => {
        const { title, details } = words(entry);
        return {
          key: `${entry.kind}-${entry.id}-${entry.at}`,
          at: entry.at,
          ...(LOOKS[entry.kind] ?? UNKNOWN),
          title: entry.link ? <Link to={entry.link}>{title}</Link> : title,
          details,
          figure: <EntryAmount entry={entry} />,
        };
      })}
    />
  );
}

function EntryAmount({ entry: { params } }: { entry: TimelineEntry }) {
  const { currency } = params;
  const net_minor = params.net_minor ?? params.value_minor;
  if (typeof net_minor !== "number" || typeof currency !== "string") return null;
  return (
    <span className={net_minor < 0 ? styles.negative : undefined}>
      <Money minor={net_minor} currency={currency} />
    </span>
  );
}

function useEntryWords(): (entry: TimelineEntry) => { title: string; details: ReactNode } {
  const { t } = useTranslation("customers");
  const { language } = useReading();
  const say = useCodeWords("timeline");
  /** Parameters that are codes themselves are worded too: `channel: "pos"` becomes 门店; a list of fields becomes 姓名、城市. */
  const listed = (names: readonly unknown[]) =>
    [...new Set(names.map((name) => say(`field.${String(name)}`) ?? String(name)))].join(t("timeline.and"));
  const worded = (params: TimelineEntry["params"]) =>
    Object.fromEntries(
      Object.entries(params).map(([name, value]) => [
        name,
        typeof value === "string" ? (say(`${name}.${value}`) ?? value) : Array.isArray(value) ? listed(value) : value,
      ]),
    );
  return ({ kind, title_code, params }) => {
    // A reward has a name in each language of its readers.
    const given: Record<string, unknown> = {
      ...worded(params),
      reward: language === "en" ? params.reward_en : params.reward_zh,
    };
    const done = ["clicked", "opened"].find((name) => given[name] === true);
    const parts = [given.channel, given.store, given.source, given.reason, done && say(done)];
    const place = parts.filter((part) => typeof part === "string" && part !== "");
    return {
      title: say(title_code, given) ?? t(`timeline.kind.${kind as "order"}`, { defaultValue: kind }),
      details: say(`${title_code}.details`, given) ?? (place.length > 0 ? [...new Set(place)].join(" · ") : null),
    };
  };
}
