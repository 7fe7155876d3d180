// Keeps a page true while it is looked at: one stream says that something has changed, then the page is read again.
"use strict";

(() => {
  const { stream, session, look } = document.body.dataset;
  const sign = document.getElementById("connection");
  const QUIET_MS = 700; // between two readings
  const LOOK_MS = Number(look ?? 15000); // messages get lost
  const LONGEST_MS = 30000; // between two attempts to connect
  let source = null;
  let wait = 500;
  let attempt = 0;
  let due = 0;
  let last = 0;
  let over = !stream;

  const say = (state) => {
    if (!sign || sign.dataset.state === state) return;
    sign.dataset.state = state;
    sign.textContent = sign.dataset[state.replace(/-(.)/g, (_, letter) => letter.toUpperCase())] ?? "";
  };

  const read = () => {
    due = 0;
    last = Date.now();
    const part = document.getElementById("live");
    if (part && window.htmx) htmx.trigger(part, "refresh");
  };
  const changed = () => {
    if (!due && !document.hidden) due = setTimeout(read, Math.max(0, last + QUIET_MS - Date.now()));
  };
  window.sluiceRefresh = () => { read(); return true; };

  const stop = () => {
    source?.close();
    source = null;
    clearTimeout(attempt);
  };
  const again = () => {
    stop();
    attempt = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_MS);
  };
  // A stream does not say why it has ended; a question does.
  const ask = async () => {
    try {
      const answer = await fetch(session, { headers: { "HX-Request": "true" }, cache: "no-store" });
      if (answer.status === 401 || answer.status === 403) {
        stop();
        over = true;
        say("signed-out");
        return;
      }
    } catch { /* nobody is there; we come again */ }
    if (!over && !document.hidden) again();
  };
  const connect = () => {
    stop();
    if (over || document.hidden) return;
    source = new EventSource(stream);
    source.onopen = () => {
      wait = 500;
      say("live");
      changed();
    };
    source.onmessage = (event) => {
      changed();
      // The stream of one job ends with it.
      const job = JSON.parse(event.data);
      if (!job.snapshot && stream.includes(job.id) && ["completed", "failed", "cancelled"].includes(job.status)) {
        stop();
        over = true;
        say("still");
      }
    };
    source.onerror = () => {
      stop();
      say("disconnected");
      ask();
    };
  };

  document.addEventListener("visibilitychange", () => {
    if (over) return;
    if (document.hidden) {
      stop();
      clearTimeout(due);
      due = 0;
      say("paused");
    } else {
      connect();
      changed();
    }
  });
  window.addEventListener("online", () => { if (!over) connect(); });
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => { if (event.persisted && !over) connect(); });
  setInterval(() => { if (!over && Date.now() - last > LOOK_MS) changed(); }, Math.min(LOOK_MS, 5000));
  document.addEventListener("DOMContentLoaded", connect);
})();
