// Counts down by the server's clock, loads the page again when something happened, copies the link, and adds up.
(() => {
  "use strict";
  const page = document.getElementById("page");
  if (!page) return;
  const ahead_ms = Number(page.dataset.now) - Date.now();
  const now = () => Date.now() + ahead_ms;
  const units = page.dataset;

  function told(left_ms) {
    const seconds = Math.max(0, Math.floor(left_ms / 1000));
    const two = (number) => String(number).padStart(2, "0");
    const days = Math.floor(seconds / 86400);
    const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return days ? `${units.days.replace("{days}", days)} ${clock}` : clock;
  }

  const counters = [...document.querySelectorAll("[data-ends]")].filter((one) => Number(one.dataset.ends) > 0);
  let reloads = false;
  function count() {
    for (const one of counters) {
      const left_ms = Number(one.dataset.ends) - now();
      one.textContent = units.left.replace("{left}", told(left_ms));
      // What ends while she looks is another page; a moment later, for the house has to decide first.
      if (left_ms < 0 && left_ms > -4000 && !reloads) {
        reloads = true;
        setTimeout(() => location.reload(), 5000);
      }
    }
  }
  if (counters.length) {
    count();
    setInterval(count, 1000);
  }

  const watched = document.getElementById("watched");
  if (watched) {
    let pause_ms = 3000;
    const ask = async () => {
      try {
        if (!document.hidden) {
          const answer = await fetch(watched.dataset.from, { cache: "no-store", credentials: "same-origin" });
          if (answer.ok && (await answer.json()).state !== watched.dataset.state) return location.replace(location.pathname);
        }
      } catch {
        // No network: asked again.
      }
      pause_ms = Math.min(pause_ms * 1.2, 20000);
      setTimeout(ask, pause_ms);
    };
    setTimeout(ask, pause_ms);
    document.addEventListener("visibilitychange", () => {
      pause_ms = 3000;
    });
  }

  const share = document.getElementById("share");
  if (share) {
    share.hidden = false;
    share.addEventListener("click", async () => {
      if (navigator.share) {
        try {
          return await navigator.share({ title: document.title, url: share.dataset.address });
        } catch {
          // Not shared after all; the link can still be copied.
        }
      }
      await navigator.clipboard.writeText(share.dataset.address);
      share.textContent = share.dataset.done;
    });
  }

  const go = document.getElementById("go");
  if (go) location.href = go.href;

  const quantity = document.getElementById("quantity");
  const total = document.getElementById("total");
  if (quantity && total) {
    const sum = () => {
      const pieces = Math.min(Math.max(1, Math.floor(Number(quantity.value) || 1)), Number(quantity.max));
      const amount = (pieces * Number(total.dataset.price)) / Number(total.dataset.units);
      total.textContent = `${total.dataset.sign}${amount.toLocaleString("en-US", {
        minimumFractionDigits: Number.isInteger(amount) ? 0 : 2,
      })}`;
    };
    quantity.addEventListener("input", sum);
    sum();
  }
})();
