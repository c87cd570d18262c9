import { CloseOutlined, MenuFoldOutlined, MenuOutlined, MenuUnfoldOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import { type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";
import { useMay, useMe } from "@/api/me";
import { useWaitingAdjustments } from "@/api/waiting";
import { useIsPhone } from "@/components/screen";
import { BoneLines } from "@/components/states";
import { useStored } from "@/components/stored";
import { isAt, placeAt, placeIcon, placeName, visibleMenu } from "../menu";
import styles from "./Frame.module.css";
import { Freshness } from "./Freshness";
import { Jobs } from "./Jobs";
import { LanguageSwitch, MeMenu, ThemeSwitch } from "./PersonMenus";
import { SearchButton } from "./Search";

/** The frame around every page: menu by job, top bar, and the page itself. */
export function Frame() {
  const { t } = useTranslation();
  const phone = useIsPhone();
  const [folded, setFolded] = useStored("menu.folded", false);
  const [drawer, setDrawer] = useState(false);
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: arriving on another page is the reason to run.
  useEffect(() => setDrawer(false), [pathname]);

  return (
    <div className={styles.frame} data-folded={(folded && !phone) || undefined}>
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        {t("skip")}
      </button>
      {phone ? (
        <Drawer open={drawer} onClose={() => setDrawer(false)}>
          <Menu folded={false} />
        </Drawer>
      ) : (
        <nav className={styles.side} aria-label={t("menu.label")}>
          <Brand folded={folded} />
          <Menu folded={folded} />
          <Tooltip title={folded ? t("menu.unfold") : undefined} placement="right">
            <Button
              type="text"
              className={styles.fold}
              icon={folded ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
              aria-label={folded ? t("menu.unfold") : t("menu.fold")}
              aria-expanded={!folded}
              onClick={() => setFolded(!folded)}
            />
          </Tooltip>
        </nav>
      )}
      <div className={styles.work}>
        <header className={styles.top}>
          {phone && (
            <Button type="text" icon={<MenuOutlined />} aria-label={t("menu.open")} onClick={() => setDrawer(true)} />
          )}
          <SearchButton />
          <div className={styles.topEnd}>
            <Freshness />
            <Jobs />
            <LanguageSwitch />
            <ThemeSwitch />
            <MeMenu />
          </div>
        </header>
        <main ref={main} id="main" tabIndex={-1} className={styles.main}>
          <Suspense fallback={<PageBones />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      {useNavigation().state === "loading" && <div className={styles.going} aria-hidden="true" />}
      <ScrollRestoration />
    </div>
  );
}

export function PageBones() {
  return (
    <div className={styles.bones}>
      <BoneLines lines={5} />
    </div>
  );
}

function Brand({ folded }: { folded: boolean }) {
  const { t } = useTranslation();
  const { operator } = useMe();
  return (
    <Link to="/" className={styles.brand} aria-label={t("brand")}>
      <Mark />
      {!folded && <span className={styles.brandName}>{operator.brand_name}</span>}
    </Link>
  );
}

/** 回: a box in a box, whose outer line turns back on itself. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--hk-accent)" />
      <path
        d="M22.5 12.5v-1a3 3 0 0 0-3-3h-8a3 3 0 0 0-3 3v9a3 3 0 0 0 3 3h9a3 3 0 0 0 3-3v-2"
        fill="none"
        stroke="var(--hk-on-accent)"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      <rect x="13" y="13" width="6" height="6" rx="1.5" fill="var(--hk-on-accent)" />
      <path
        d="M19.6 12.4h4.4V8"
        fill="none"
        stroke="var(--hk-on-accent)"
        strokeWidth="2.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

function Menu({ folded }: { folded: boolean }) {
  const { t } = useTranslation();
  const may = useMay();
  const waiting = useWaitingAdjustments();
  const { pathname } = useLocation();
  return (
    <div className={styles.menu}>
      <ul>
        {visibleMenu(may).map((area) => {
          const here = area.children ? area.children.some(({ to }) => isAt(pathname, to)) : isAt(pathname, area.to);
          const name = placeName(area, t);
          return (
            <li key={area.key}>
              <Tooltip title={folded ? name : undefined} placement="right">
                <Link
                  to={area.to}
                  className={styles.area}
                  data-here={here || undefined}
                  aria-label={folded ? name : undefined}
                  aria-current={here && !area.children ? "page" : undefined}
                >
                  <span className={styles.icon}>{placeIcon(area)}</span>
                  {!folded && name}
                </Link>
              </Tooltip>
              {area.children && here && !folded && (
                <ul className={styles.places}>
                  {area.children.map((place) => {
                    const at = placeAt(pathname, area.children ?? []) === place;
                    return (
                      <li key={place.key}>
                        <Link
                          to={place.to}
                          className={styles.place}
                          data-here={at || undefined}
                          aria-current={at ? "page" : undefined}
                        >
                          {placeName(place, t)}
                          {place.key === "adjustments" && waiting > 0 && (
                            <span className={styles.waiting}>{t("menu_waiting", { count: waiting })}</span>
                          )}
                        </Link>
                      </li>
                    );
                  })}
                </ul>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** The menu on a phone. A native dialog keeps focus inside and closes on Esc. */
function Drawer({ open, onClose, children }: { open: boolean; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  const { t: kit } = useTranslation("kit");
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes a dialog by itself; the click is the one on its backdrop.
    <dialog
      ref={dialog}
      className={styles.drawer}
      aria-label={t("menu.label")}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className={styles.drawerBody}>
        <div className={styles.drawerHead}>
          <Brand folded={false} />
          <Button type="text" icon={<CloseOutlined />} aria-label={kit("close")} onClick={onClose} />
        </div>
        <nav aria-label={t("menu.label")}>{children}</nav>
      </div>
    </dialog>
  );
}
