import { EnterOutlined, SearchOutlined } from "@ant-design/icons";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { type Found, useSearch } from "@/api/search";
import { useKeys } from "@/components/keys";
import { placeIcon, placeName, visibleMenu } from "../menu";
import styles from "./Search.module.css";

interface Hit {
  readonly key: string;
  readonly group: string;
  readonly icon?: ReactNode;
  readonly name: string;
  readonly note?: string | null;
  readonly to: string;
}

const REST_MILLISECONDS = 150;

/** The search field of the top bar; Ctrl/⌘ K opens it from anywhere. */
export function SearchButton() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  useKeys({
    "mod+k": (event) => {
      event.preventDefault();
      setOpen(true);
    },
  });
  return (
    <>
      <button
        type="button"
        className={styles.button}
        aria-haspopup="dialog"
        aria-label={t("search.title")}
        onClick={() => setOpen(true)}
      >
        <SearchOutlined />
        <span className={styles.buttonText}>{t("search.button")}</span>
        <kbd className={styles.kbd}>{isApple() ? "⌘ K" : "Ctrl K"}</kbd>
      </button>
      {open && <Palette onClose={() => setOpen(false)} />}
    </>
  );
}

function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const dialog = useRef<HTMLDialogElement>(null);
  const listId = useId();
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const asked = useRested(text);
  const search = useSearch(asked);
  const local = useLocalHits(text);
  const remote = useRemoteHits(text.trim() === "" ? undefined : search.data);
  const hits = [...remote, ...local];
  const settled = text.trim() === "" || (asked === text && !search.isPlaceholderData && !search.isLoading);

  useEffect(() => dialog.current?.showModal?.(), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other hits are the reason to begin at the first again.
  useEffect(() => setPlace(0), [text, search.data]);

  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    navigate(hit.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setPlace((now) => (hits.length === 0 ? 0 : (now + step + hits.length) % hits.length));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      go(hits[place]);
    }
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes a dialog by itself; the click is the one on its backdrop.
    <dialog
      ref={dialog}
      className={styles.palette}
      aria-label={t("search.title")}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className={styles.body}>
        <div className={styles.field}>
          <SearchOutlined className={styles.fieldIcon} />
          <input
            autoFocus
            role="combobox"
            aria-expanded="true"
            aria-controls={listId}
            aria-activedescendant={hits[place] ? `${listId}-${place}` : undefined}
            aria-label={t("search.title")}
            placeholder={t("search.placeholder")}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={onKeyDown}
          />
        </div>
        <div className={styles.hits} role="listbox" id={listId} aria-label={t("search.title")}>
          {hits.map((hit, index) => (
            <div key={hit.key}>
              {hits[index - 1]?.group !== hit.group && (
                <div className={styles.group} role="presentation">
                  {hit.group}
                </div>
              )}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled in the field, as a combobox does. */}
              <div
                role="option"
                id={`${listId}-${index}`}
                tabIndex={-1}
                aria-selected={index === place}
                className={styles.hit}
                ref={index === place ? (element) => element?.scrollIntoView?.({ block: "nearest" }) : undefined}
                onMouseMove={() => setPlace(index)}
                onClick={() => go(hit)}
              >
                <span className={styles.hitIcon}>{hit.icon}</span>
                <span className={styles.hitName}>{hit.name}</span>
                {hit.note && <span className={styles.hitNote}>{hit.note}</span>}
                {index === place && <EnterOutlined className={styles.hitEnter} />}
              </div>
            </div>
          ))}
          {settled && hits.length === 0 && !search.error && (
            <div className={styles.nothing}>
              <p>{t("search.nothing", { text: text.trim() })}</p>
              <p className={styles.soft}>{t("search.nothing_hint")}</p>
            </div>
          )}
        </div>
        <div className={styles.foot}>{search.error && asked !== "" ? t("search.failed") : t("search.hint")}</div>
      </div>
    </dialog>
  );
}

function useRemoteHits(found: Found | undefined): readonly Hit[] {
  const { t } = useTranslation();
  if (!found) return [];
  const named = (items: Found["segments"], group: string, key: "segments" | "campaigns" | "offers"): Hit[] =>
    items.map(({ id, name }) => ({
      key: `${key}-${id}`,
      group,
      icon: placeIcon({ key, to: "" }),
      name,
      to: `/${key}/${id}`,
    }));
  return [
    ...found.customers.map(({ id, name, masked_phone }) => ({
      key: `customer-${id}`,
      group: t("search.customers"),
      icon: placeIcon({ key: "customers", to: "" }),
      name: name || `#${id}`,
      note: masked_phone,
      to: `/customers/${id}`,
    })),
    ...found.orders.map(({ id, external_id }) => ({
      key: `order-${id}`,
      group: t("search.orders"),
      icon: placeIcon({ key: "orders", to: "" }),
      name: external_id,
      to: `/orders/${id}`,
    })),
    ...named(found.segments, t("menu.segments"), "segments"),
    ...named(found.campaigns, t("menu.campaigns"), "campaigns"),
    ...named(found.offers, t("menu.offers"), "offers"),
  ];
}

/** Pages and actions, matched in the browser by any part of their names. */
function useLocalHits(text: string): readonly Hit[] {
  const { t } = useTranslation();
  const may = useMay();
  const needle = text.trim().toLowerCase();
  // The permissions of a person do not change under an open palette.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  return useMemo(() => {
    const actions = [
      { key: "import", permission: "imports.run", to: "/imports/new", icon: "imports" },
      { key: "new_segment", permission: "segments.write", to: "/segments/new", icon: "segments" },
      { key: "new_campaign", permission: "campaigns.write", to: "/campaigns/new", icon: "campaigns" },
      { key: "new_offer", permission: "offers.write", to: "/offers/new", icon: "offers" },
    ] as const;
    const pages = visibleMenu(may).flatMap((area) => area.children ?? [area]);
    const hits: Hit[] = [
      ...pages.map((place) => ({
        key: `page-${place.key}`,
        group: t("search.pages"),
        icon: placeIcon(place),
        name: placeName(place, t),
        to: place.to,
      })),
      ...actions
        .filter(({ permission }) => may(permission))
        .map(({ key, to, icon }) => ({
          key: `action-${key}`,
          group: t("search.actions"),
          icon: placeIcon({ key: icon, to }),
          name: t(`action.${key}`),
          to,
        })),
    ];
    return hits.filter(({ name }) => name.toLowerCase().includes(needle));
  }, [needle, t]);
}

/** The text once typing has paused. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), REST_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}

function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
