import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useSyncExternalStore } from "react";

export type NewsListener = (topic: string, news: unknown) => void;

const REOPEN_MILLISECONDS = 5_000;
/** What is followed is not looked up again sooner. */
const REST_MILLISECONDS = 1_000;
/** What is followed is asked for this often where no news get through. */
const POLL_MILLISECONDS = 10_000;
/** The server says `alive` after 15 seconds without news; silent for longer, the stream died without telling the browser. */
const SILENT_MILLISECONDS = 40_000;
const NOTHING: readonly string[] = [];

/**
 * One event stream for the whole tab, whatever number of components listen: a browser allows six connections to a
 * server, and a page that holds several would starve its own requests. A hidden tab holds none.
 */
class NewsDesk {
  private readonly listeners = new Map<string, Set<NewsListener>>();
  private readonly watchers = new Set<() => void>();
  private source: EventSource | null = null;
  private openTopics = "";
  private heard = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;

  listen(topics: readonly string[], listener: NewsListener): () => void {
    for (const topic of topics) {
      const known = this.listeners.get(topic);
      if (known) known.add(listener);
      else this.listeners.set(topic, new Set([listener]));
    }
    this.settle();
    return () => {
      for (const topic of topics) {
        const known = this.listeners.get(topic);
        known?.delete(listener);
        if (known?.size === 0) this.listeners.delete(topic);
      }
      this.settle();
    };
  }

  /** Several components come and go in one turn of the page; the stream is opened anew once, after it. */
  settle(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), 0);
  }

  /** Whether news get through: something came (each topic's state does at once), and the stream has not broken off since. */
  readonly isHeard = (): boolean => this.heard;

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  private open(): void {
    const wanted = document.visibilityState === "hidden" ? "" : [...this.listeners.keys()].sort().join(",");
    const alive = this.source !== null && this.source.readyState !== EventSource.CLOSED;
    if (wanted === this.openTopics && (alive || wanted === "")) return;
    this.close();
    this.openTopics = wanted;
    if (wanted === "") return;
    const source = new EventSource(`/api/v1/events?topics=${encodeURIComponent(wanted)}`);
    for (const topic of wanted.split(",")) {
      source.addEventListener(topic, (event) => {
        this.hear();
        this.tell(topic, (event as MessageEvent<string>).data);
      });
    }
    source.addEventListener("alive", () => this.hear());
    // The browser reconnects after a lost connection by itself, but not after a refusal (a server restarting).
    source.onerror = () => {
      if (source !== this.source) return;
      this.note(false);
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.open(), REOPEN_MILLISECONDS);
    };
    this.source = source;
    this.awaitNews();
  }

  private close(): void {
    clearTimeout(this.silence);
    this.source?.close();
    this.source = null;
    this.note(false);
  }

  private hear(): void {
    this.note(true);
    this.awaitNews();
  }

  private awaitNews(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.close();
      this.open();
    }, SILENT_MILLISECONDS);
  }

  private note(heard: boolean): void {
    if (heard === this.heard) return;
    this.heard = heard;
    for (const watcher of [...this.watchers]) watcher();
  }

  private tell(topic: string, text: string): void {
    const news = parsed(text);
    for (const listener of [...(this.listeners.get(topic) ?? [])]) listener(topic, news);
  }
}

let desk: NewsDesk | null = null;

function newsDesk(): NewsDesk | null {
  if (typeof EventSource === "undefined") return null;
  if (!desk) {
    const made = new NewsDesk();
    document.addEventListener("visibilitychange", () => made.settle());
    desk = made;
  }
  return desk;
}

/** Listens to topics of the server's event stream (`job:12`, `jobs`, `lake:orders`) while on screen. */
export function useNews(topics: readonly string[], listener: NewsListener): void {
  const latest = useRef(listener);
  latest.current = listener;
  const joined = topics.join(",");
  useEffect(() => {
    if (joined === "") return;
    return newsDesk()?.listen(joined.split(","), (topic, news) => latest.current(topic, news));
  }, [joined]);
}

/**
 * As `useNews` for what is looked up again whatever the news say: at once, and then not sooner than the rest, however
 * often something is told.
 */
export function useNewsAtMost(topics: readonly string[], restMilliseconds: number, look: () => void): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const again = useRef(false);
  const latest = useRef(look);
  latest.current = look;
  useEffect(() => () => clearTimeout(timer.current), []);
  const heard = () => {
    if (timer.current !== undefined) {
      again.current = true;
      return;
    }
    latest.current();
    timer.current = setTimeout(() => {
      timer.current = undefined;
      if (again.current) heard();
      again.current = false;
    }, restMilliseconds);
  };
  useNews(topics, heard);
}

/** How often to ask where no news get through (a proxy that holds streams back, say); never while they do. */
export function useWithoutNews(milliseconds: number): number | false {
  const isHeard = useSyncExternalStore(
    (watcher) => newsDesk()?.watch(watcher) ?? (() => {}),
    () => newsDesk()?.isHeard() ?? false,
  );
  return isHeard ? false : milliseconds;
}

/**
 * Keeps what a query shows as it stands: asked again when the server says that one of these topics moved. What it answers
 * is the query's `refetchInterval`: a clock runs only where no news get through. Listened is from the first answer on: who
 * may not have it may not hear of it either, and one refused topic would close the tab's whole stream.
 */
export function useFollowed(
  queryKey: QueryKey,
  topics: readonly string[],
  restMilliseconds = REST_MILLISECONDS,
): number | false {
  const queries = useQueryClient();
  const wasAnswered = useRef(false);
  if (queries.getQueryState(queryKey)?.data !== undefined) wasAnswered.current = true;
  useNewsAtMost(
    wasAnswered.current ? topics : NOTHING,
    restMilliseconds,
    () => void queries.invalidateQueries({ queryKey }),
  );
  const poll = useWithoutNews(POLL_MILLISECONDS);
  return topics.length > 0 && poll;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
