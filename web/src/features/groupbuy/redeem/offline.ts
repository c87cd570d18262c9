/** Has the browser keep the files of this page, so that it opens without a network from the second visit on. */
export function keepPageForOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Refused by a browser that keeps nothing, or while the server changes its version: the page works as it did.
  void navigator.serviceWorker.register("/redeem-worker.js", { scope: "/redeem" }).catch(() => {});
}
