// Brings files in stretches, two at once: it goes on by itself after a cut, and, once the same file is chosen again,
// after the page was left. The server knows how far each upload is; nothing is kept in the browser.
"use strict";

(() => {
  const form = document.getElementById("upload");
  if (!form) return;
  const texts = form.dataset;
  const list = document.getElementById("uploads");
  const field = document.getElementById("upload-files");
  const STRETCH = 8 * 1024 * 1024; // as files are kept; the most that one request may bring
  const AT_ONCE = 2;
  const LEAST = 256 * 1024; // of a stretch, where a proxy on the way lets no larger ones through
  const LONGEST_MS = 30000; // between two attempts
  const STILL_MS = 60000; // without anything that moves
  let most = STRETCH;
  const VERSION = { "Tus-Resumable": "1.0.0" };
  const items = [];

  class Refused extends Error {
    constructor(text) {
      super(text);
      this.name = "Refused";
    }
  }

  // One request. Rejects where there is no answer, or where nothing moves for a minute.
  const send = (item, method, url, headers, body) => new Promise((answer, cut) => {
    const request = new XMLHttpRequest();
    let still = 0;
    const moves = () => {
      clearTimeout(still);
      still = setTimeout(() => request.abort(), STILL_MS);
    };
    item.request = request;
    request.open(method, url);
    for (const [name, value] of Object.entries({ ...VERSION, Accept: "application/problem+json", ...headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      moves();
      if (body) show(item, item.offset + event.loaded);
    };
    request.upload.onload = moves;
    request.onload = () => answer(request);
    request.onerror = request.onabort = () => cut(new Error("cut"));
    request.onloadend = () => clearTimeout(still);
    moves();
    request.send(body ?? null);
  });

  // What an answer that is none of the expected ones means: to try again, or to give up and say why.
  const fault = (request) => {
    let problem = {};
    try { problem = JSON.parse(request.responseText); } catch { /* of a proxy, perhaps */ }
    if (request.status === 401) return new Refused(texts.signedOut);
    if ([408, 409, 502, 503, 504].includes(request.status) && problem.code !== "FILES_OFF") {
      const again = new Error("again");
      again.busy = request.status === 503;
      return again;
    }
    return new Refused((document.documentElement.lang === "vi" ? problem.detail_vi : problem.detail) ?? texts.failed);
  };

  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const begin = async (item) => {
    const { file } = item;
    const request = await send(item, "POST", texts.uploads, {
      "Upload-Length": file.size,
      "Upload-Metadata": `filename ${base64(file.name)},modified ${base64(String(file.lastModified))}`,
    });
    if (request.status !== 201) throw fault(request);
    item.url = request.getResponseHeader("Location");
    item.page = request.getResponseHeader("Content-Location");
    item.offset = Number(request.getResponseHeader("Upload-Offset"));
  };
  const ask = async (item) => {
    const request = await send(item, "HEAD", item.url);
    if (request.status === 404) {
      item.url = null; // it has expired, or somebody has taken it away
      return begin(item);
    }
    if (request.status !== 200) throw fault(request);
    item.offset = Number(request.getResponseHeader("Upload-Offset"));
  };
  const stretch = async (item) => {
    let data;
    try {
      data = await item.file.slice(item.offset, item.offset + most).arrayBuffer();
    } catch {
      throw new Refused(texts.unreadable);
    }
    const headers = { "Upload-Offset": item.offset, "Content-Type": "application/offset+octet-stream" };
    const request = await send(item, "PATCH", item.url, headers, data);
    if (request.status === 409 && request.responseText.includes("UPLOAD_ENDED")) return true;
    if (request.status === 413 && !request.responseText.includes('"code"') && most > LEAST) {
      most /= 2;
      return false;
    }
    if (request.status !== 204) throw fault(request);
    item.offset = Number(request.getResponseHeader("Upload-Offset"));
    return item.offset === item.file.size;
  };
  const bring = async (item) => {
    await (item.url ? ask(item) : begin(item));
    for (;;) {
      show(item, item.offset);
      if (await stretch(item)) return;
      item.wait = 500;
    }
  };
  const rest = (item) => new Promise((over) => {
    item.wake = over;
    setTimeout(over, item.wait * (0.75 + Math.random() / 2));
    item.wait = Math.min(item.wait * 2, LONGEST_MS);
  });
  const run = async (item) => {
    item.state = "running";
    for (;;) {
      try {
        await bring(item);
        return finish(item);
      } catch (error) {
        if (item.state === "stopped") return end(item, texts.stopped);
        if (error instanceof Refused) return fail(item, error.message);
        say(item, error.busy ? texts.busy : texts.cut.replace("{percent}", percent(item, item.offset)));
        await rest(item);
        if (item.state === "stopped") return end(item, texts.stopped);
      }
    }
  };

  // The rows, one a file.
  const element = (name, attributes = {}, text = "") => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };
  const percent = (item, at) => Math.floor((100 * at) / Math.max(item.file.size, 1));
  const show = (item, at) => {
    item.bar.value = at;
    item.figure.textContent = `${percent(item, at)} %`;
    if (item.told.textContent) say(item, "");
  };
  const say = (item, text) => { item.told.textContent = text; };
  const add = (file) => {
    const item = { file, offset: 0, url: null, wait: 500, state: "waiting" };
    const row = element("li");
    const name = element("bdi", { class: "clamp" }, file.name);
    item.bar = element("progress", { max: Math.max(file.size, 1), value: 0, "aria-label": file.name });
    item.figure = element("span", { class: "percent" });
    item.told = element("span", { class: "upload-told", role: "status" }, texts.waiting);
    item.button = element("button", { type: "button" }, texts.stop);
    item.button.addEventListener("click", () => stop(item));
    const bar = element("span", { class: "bar" });
    bar.append(item.bar, item.figure);
    row.append(name, bar, item.told, item.button);
    item.row = row;
    list.hidden = false;
    list.append(row);
    items.push(item);
  };
  const stop = (item) => {
    if (item.state !== "waiting" && item.state !== "running") {
      item.row.remove();
      items.splice(items.indexOf(item), 1);
      list.hidden = !items.length;
      return;
    }
    const running = item.state === "running";
    item.state = "stopped";
    item.request?.abort();
    item.wake?.();
    if (item.url) send({}, "DELETE", item.url).catch(() => {});
    if (!running) end(item, texts.stopped);
  };
  const end = (item, text) => {
    item.state = "over";
    say(item, text);
    item.button.textContent = texts.remove;
    next();
  };
  const fail = (item, text) => {
    item.row.classList.add("failed");
    end(item, text);
  };
  const finish = (item) => {
    show(item, item.file.size);
    const link = element("a", { href: item.page, class: "button", "aria-label": texts.open.replace("{name}", item.file.name) }, texts.open.replace("{name}", ""));
    item.row.append(link);
    item.row.classList.add("complete");
    item.done = true;
    end(item, texts.done);
    if (items.length === 1) location.assign(item.page);
    else window.sluiceRefresh?.();
  };
  const next = () => {
    const free = AT_ONCE - items.filter((item) => item.state === "running").length;
    items.filter((item) => item.state === "waiting").slice(0, free).forEach(run);
  };

  const take = (files) => {
    files.forEach(add);
    next();
  };
  form.classList.add("scripted");
  form.querySelectorAll("[data-without-script]").forEach((each) => { each.hidden = true; });
  field.addEventListener("change", () => {
    take([...field.files]);
    field.value = "";
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  // The whole page takes what is dropped: a file beside the field would otherwise be opened in place of the page.
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    form.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    form.classList.remove("over");
    take([...event.dataTransfer.files]);
  });
  window.addEventListener("online", () => items.forEach((item) => item.wake?.()));
})();
