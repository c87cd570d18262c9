// Renews the member's code: fetches some half-minutes ahead, shows the one that is now by the server's clock, and asks
// for more before they run out, when the phone wakes up, and when the network is back.
(() => {
  "use strict";
  const box = document.getElementById("code");
  if (!box) return;
  const drawing = document.getElementById("drawing");
  const left = document.getElementById("left");
  const FEWEST = 5;
  const PAUSE_MS = 5000;
  let codes = [];
  let ahead_ms = 0;
  let asked_ms = -PAUSE_MS;
  let shown_ms = 0;

  const now = () => Date.now() + ahead_ms;

  async function ask() {
    if (Math.abs(Date.now() - asked_ms) < PAUSE_MS) return;
    asked_ms = Date.now();
    try {
      const answer = await fetch(box.dataset.from, { cache: "no-store", credentials: "same-origin" });
      if (answer.status === 403 || answer.status === 409) return location.reload();
      if (!answer.ok) return;
      const told = await answer.json();
      ahead_ms = told.now_ms - Date.now();
      codes = told.codes;
      show();
    } catch {
      // No network: what was fetched ahead is shown until it is used up.
    }
  }

  function show() {
    const at = now();
    const current = codes.find((code) => code.starts_ms <= at && at < code.ends_ms);
    const following = codes.filter((code) => code.ends_ms > at).length;
    if (following < FEWEST) ask();
    box.classList.toggle("over", !current && codes.length > 0);
    if (!current) return;
    if (shown_ms !== current.starts_ms) {
      shown_ms = current.starts_ms;
      drawing.innerHTML = current.svg;
      box.dataset.code = current.code;
    }
    left.textContent = left.dataset.words.replace("{seconds}", String(Math.ceil((current.ends_ms - at) / 1000)));
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) show();
  });
  addEventListener("online", () => {
    asked_ms = -PAUSE_MS;
    show();
  });
  setInterval(show, 500);
  ask();
})();
