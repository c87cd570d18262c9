// The service worker of the clerk's page: it opens without a network, from files of the page itself.
//
// Kept are the page and the scripts and styles it is made of, under a version; the build fills in both. Nothing that
// the API says is ever kept, and nothing but /redeem is served. What was redeemed waits in the page's own queue.
const VERSION = "__VERSION__";
const FILES = ["__FILES__"];
const PAGE = "/redeem";
const PREFIX = "huike-redeem-";
const NAME = PREFIX + VERSION;
/** A network that does not answer a page by then is none. */
const PATIENCE_MILLISECONDS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

async function keep() {
  const page = await fetch(PAGE, { cache: "reload", credentials: "omit" });
  const html = await page.clone().text();
  // Between two versions the server may answer with the page of another: it is tried again at the next visit.
  if (!page.ok || !FILES.some((file) => html.includes(file))) throw new Error("the page is of another version");
  const cache = await caches.open(NAME);
  await cache.addAll(FILES);
  await cache.put(PAGE, page);
}

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name)),
  );
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate" && address.pathname === PAGE) event.respondWith(page(request));
  // Named by their content: what is kept is what the server would send.
  else if (FILES.includes(address.pathname)) event.respondWith(file(request, address.pathname));
});

async function page(request) {
  const kept = await (await caches.open(NAME)).match(PAGE);
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MILLISECONDS));
  const asked = fetch(request).then((answer) => (answer.status >= 500 ? kept : answer));
  return Promise.race([asked.catch(() => kept), late]);
}

async function file(request, path) {
  return (await (await caches.open(NAME)).match(path)) ?? fetch(request);
}
