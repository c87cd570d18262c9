import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { answered, client } from "@/api/client";
import { ME_KEY, useMe } from "@/api/me";
import { asProblem, type Problem } from "@/api/problem";
import type { components } from "@/api/schema";
import {
  type Heard,
  type Item,
  isWaiting,
  nextBatch,
  onlyWaiting,
  parse,
  type Queue,
  type Told,
  withHeard,
  withItem,
  withUndone,
} from "./queue";

type Redemption = components["schemas"]["VoucherRedemptionOut"];

const AGAIN_MILLISECONDS = 15_000;

/** The phone's queue of one clerk: what is added is sent at once, and again until the server has answered for it. */
export function useQueue() {
  const me = useMe();
  const queries = useQueryClient();
  // Keys count within whoever tells them, so the queue of one clerk is never told by another.
  const storageKey = `huike.redeem.queue.${me.id}`;
  const [queue, setQueue] = useState<Queue>(() => parse(localStorage.getItem(storageKey)));
  const [problem, setProblem] = useState<Problem | null>(null);
  const sending = useRef(false);

  /** Changes what is stored, which another tab may have changed meanwhile. */
  const change = useCallback(
    (how: (queue: Queue) => Queue) => {
      const next = how(parse(localStorage.getItem(storageKey)));
      localStorage.setItem(storageKey, JSON.stringify(next));
      setQueue(next);
    },
    [storageKey],
  );

  const send = useCallback(async () => {
    if (sending.current) return;
    sending.current = true;
    try {
      for (;;) {
        const batch = nextBatch(parse(localStorage.getItem(storageKey)));
        if (batch.length === 0) break;
        const heard = await tell(batch);
        change((before) => withHeard(before, heard));
        // Some failed in passing: they are told again later, not at once.
        if (heard.length < batch.length || heard.some(({ taken, refusal }) => !taken && !refusal)) break;
        if (nextBatch(parse(localStorage.getItem(storageKey))).some(({ key }) => batch.some((one) => one.key === key)))
          break;
      }
      setProblem(null);
    } catch (error) {
      const why = asProblem(error);
      if (why.status === 401) void queries.invalidateQueries({ queryKey: ME_KEY });
      setProblem(why);
    } finally {
      sending.current = false;
    }
  }, [change, queries, storageKey]);

  const waits = queue.some(isWaiting);
  useEffect(() => {
    if (!waits) return;
    const now = () => void send();
    now();
    const timer = setInterval(now, AGAIN_MILLISECONDS);
    window.addEventListener("online", now);
    document.addEventListener("visibilitychange", now);
    return () => {
      clearInterval(timer);
      window.removeEventListener("online", now);
      document.removeEventListener("visibilitychange", now);
    };
  }, [waits, send]);

  return {
    queue,
    /** Why the last sending did not get through; null where it did. */
    problem,
    add: (told: Told, key: string, occurredAt: string) => {
      change((before) => withItem(before, told, key, occurredAt));
      void send();
    },
    send: () => void send(),
    undone: (redemptionId: number) => change((before) => withUndone(before, redemptionId)),
    clear: () => change(onlyWaiting),
  };
}

/** Tells a batch. One that the server refuses as a whole is told line by line, so that one bad line stops no other. */
async function tell(batch: Queue): Promise<readonly Heard[]> {
  try {
    return await ask(batch);
  } catch (error) {
    const { status, code, params } = asProblem(error);
    const isOfTheLines = status === 400 || status === 422;
    if (!isOfTheLines) throw error;
    const [only] = batch;
    if (batch.length === 1 && only) return [{ key: only.key, taken: null, refusal: { code, status, params } }];
  }
  const heard: Heard[] = [];
  for (const item of batch) heard.push(...(await tell([item])));
  return heard;
}

async function ask(batch: Queue): Promise<readonly Heard[]> {
  const { items } = await answered(
    client.POST("/api/v1/groupbuy/redemptions/queue", { body: { items: batch.map(lineOf) } }),
  );
  return items.map(({ key, redemption, problem }) => ({
    key,
    taken: redemption && takenOf(redemption),
    refusal: problem && { code: problem.code, status: problem.status, params: problem.params ?? {} },
  }));
}

function lineOf({ key, code, storeId, uses, occurredAt }: Item) {
  return { key, code, store_id: storeId, uses, occurred_at: occurredAt };
}

function takenOf(redemption: Redemption) {
  return {
    redemptionId: redemption.id,
    deal: redemption.deal.name,
    store: redemption.store.name,
    amountMinor: redemption.amount.amount_minor,
    currency: redemption.amount.currency,
    recordedAt: redemption.recorded_at,
  };
}
