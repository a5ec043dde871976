// Comforts. Every page works without this file; nothing here decides anything.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, act, where = document) => where.addEventListener(type, act);
  const says = $("#site-words")?.dataset ?? {}; // our sentences, in the language of the page
  const token = () => $("meta[name=csrf-token]")?.content ?? "";
  const fill = (words = "", value = "") => words.replace("{}", value);
  const tell = (words) => { const live = $("#live-words"); if (live) live.textContent = words; };
  const now = () => new Date().toTimeString().slice(0, 5);
  const memory = { // a browser may refuse storage: then nothing is remembered, and nothing breaks
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); return true; } catch { return false; } },
    drop: (key) => { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
  };

  // ---- once per page, and again for what htmx brings
  function prepare(root) {
    $$("[data-count]", root).forEach(count);
    $$("[data-money]", root).forEach(readMoney);
    $$("button[data-copy], button[data-print], button[data-closes]", root).forEach((button) => { button.hidden = false; });
    $$("form[data-autosave]", root).forEach(offerCopy);
  }

  function count(box) {
    const line = $(`#${box.id}-count`);
    if (!line) return;
    const left = box.dataset.count - [...box.value.normalize("NFC")].length;
    line.textContent = fill(left < 0 ? says.over : says.left, Math.abs(left));
    line.classList.toggle("count-over", left < 0);
  }

  // "1,25 tỷ", "5 trieu dong", "250.000.000": read back so that a wrong nought is seen. The rules are
  // those of domain/cleaning.py, line by line (a test compares them), and the server decides.
  const CURRENCY = /\s*(đồng|dong|vnđ|vnd|đ|₫)$/;
  const UNITS = { "": 1, k: 1e3, nghìn: 1e3, ngàn: 1e3, nghin: 1e3, ngan: 1e3, tr: 1e6, triệu: 1e6, trieu: 1e6, million: 1e6,
    tỷ: 1e9, tỉ: 1e9, ty: 1e9, ti: 1e9, billion: 1e9 };
  const grouped = (number) => /^\d{1,3}((\.\d{3})+|(,\d{3})+)$/.test(number);

  function decimal(written) {
    const number = written.replace(/\s/g, "");
    const [, before, sign, after] = number.match(/^(.*?\d)([.,])(\d+)$/) ?? [];
    const split = before && !(after.length === 3 && grouped(number));
    const whole = split ? before : number;
    if ((split && whole.includes(sign)) || !(/^\d+$/.test(whole) || grouped(whole))) return NaN;
    return Number(`${whole.replace(/[.,]/g, "")}.${split ? after : 0}`);
  }

  function sumOf(text) {
    const said = text.normalize("NFC").toLowerCase().trim().replace(CURRENCY, "");
    const words = [...said.matchAll(/(\d[\d.,\s]*)([^\d\s.,]*)/g)];
    const rest = words.reduce((left, [all]) => left.replace(all, ""), said).trim();
    if (text.length > 60 || rest || (words.length > 1 && words.some(([, , unit]) => !unit))) return NaN;
    const sum = words.reduce((total, [, number, unit]) => total + (Object.hasOwn(UNITS, unit) ? decimal(number) * UNITS[unit] : NaN), 0);
    return Math.abs(sum - Math.round(sum)) < 1e-3 ? Math.round(sum) : NaN;
  }

  function readMoney(box) {
    const line = $(`#${box.id}-read`), sum = sumOf(box.value);
    const english = document.documentElement.lang.startsWith("en");
    if (line) line.textContent = sum ? `= ${sum.toLocaleString(english ? "en-GB" : "vi-VN")} ₫` : "";
  }

  on("input", ({ target }) => {
    if (target.matches("[data-count]")) count(target);
    if (target.matches("[data-money]")) readMoney(target);
  });

  // ---- drafts that save themselves
  const copyOf = (form) => `draft:${form.dataset.autosave}`;
  const plain = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !/^(csrf_token|version)$/.test(name) &&
    form.elements[name]?.type !== "password");
  const timers = new WeakMap();
  const sends = new WeakMap();

  function status(form, words, bad = false) {
    const line = $(".saved", form);
    if (!line) return;
    line.textContent = words;
    line.classList.toggle("saved-bad", bad);
  }

  function keepCopy(form, why) {
    const kept = memory.set(copyOf(form), JSON.stringify({ at: Date.now(), values: plain(form) }));
    status(form, `${why} ${kept ? says.copyKept : ""}`, true);
  }

  // The server tells when it saved ("" when there was nothing to save yet), the new version, and
  // which boxes still hold a fault.
  function saved(form, { saved_at = now(), version, errors, completeness }, sent) {
    if (!saved_at) return;
    if (version && form.elements.version) form.elements.version.value = version;
    if (JSON.stringify(plain(form)) === sent) form.dataset.dirty = "";
    memory.drop(copyOf(form));
    const faults = Object.keys(errors ?? {}).length;
    status(form, fill(says.saved, saved_at) + (faults ? ` ${fill(says.faults, faults)}` : ""));
    const meter = $(".meter meter");
    if (meter && completeness >= 0) {
      meter.value = completeness;
      $(".meter .bar").setAttribute("width", `${completeness}%`);
      const words = $("b", meter.parentElement);
      words.textContent = words.textContent.replace(/\d+/, completeness);
    }
  }

  async function save(form) {
    if (sends.get(form)) { sends.set(form, "again"); return; }
    sends.set(form, "busy");
    const sent = JSON.stringify(plain(form));
    const body = new FormData(form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, redirect: "manual",
        headers: { Accept: "application/json", "X-CSRFToken": token(), "X-Autosave": "1" } });
      if (answer.ok) {
        saved(form, await answer.json().catch(() => ({})), sent);
      } else if (answer.status === 409) keepCopy(form, says.conflict);
      else if (answer.status === 422) status(form, (await answer.json().catch(() => ({}))).error ?? says.invalid, true);
      else keepCopy(form, answer.type === "opaqueredirect" || [400, 401, 403].includes(answer.status) ? says.ended : says.failed);
    } catch { keepCopy(form, says.offline); }
    const again = sends.get(form) === "again";
    sends.delete(form);
    if (again) save(form);
  }

  function changed({ target }) {
    const form = target.form;
    if (!form) return;
    if (form.matches("[data-guard], [data-autosave]")) form.dataset.dirty = "yes";
    if (!form.matches("[data-autosave]")) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(save, 2000, form));
  }
  on("input", changed);
  on("change", changed);
  on("online", () => $$("form[data-autosave]").filter((form) => form.dataset.dirty).forEach(save), window);

  // A copy left by a lost connection or session is offered, never put in unasked.
  function offerCopy(form) {
    let copy;
    try { copy = JSON.parse(memory.get(copyOf(form))); } catch { copy = null; }
    const box = $("[data-copy-offer]", form);
    if (!box || !copy) return;
    if (Date.now() - copy.at > 7 * 864e5) { memory.drop(copyOf(form)); return; }
    box.hidden = false;
    on("click", ({ target }) => {
      const choice = target.closest("[data-take], [data-leave]");
      if (!choice) return;
      if (choice.matches("[data-take]")) {
        for (const box of form.elements) if (/^(checkbox|radio)$/.test(box.type)) box.checked = false;
        for (const [name, value] of copy.values) {
          for (const input of $$(`[name="${CSS.escape(name)}"]`, form)) {
            if (/^(checkbox|radio)$/.test(input.type)) input.checked ||= input.value === value;
            else input.value = value;
          }
        }
        form.dataset.dirty = "yes";
        save(form);
      }
      memory.drop(copyOf(form));
      box.hidden = true;
      prepareCounts(form);
    }, box);
  }
  const prepareCounts = (form) => { $$("[data-count]", form).forEach(count); $$("[data-money]", form).forEach(readMoney); };

  // ---- leaving with unsaved words
  on("submit", ({ target }) => {
    clearTimeout(timers.get(target));
    target.dataset.dirty = "";
    if (target.matches("[data-autosave]")) memory.drop(copyOf(target));
  });
  on("beforeunload", (event) => {
    if ($$("form[data-guard], form[data-autosave]").some((form) => form.dataset.dirty)) event.preventDefault();
  }, window);

  // ---- clicks
  on("click", async (event) => {
    const { target } = event;
    const opener = target.closest("[data-opens]");
    if (opener) {
      const dialog = $(`#${CSS.escape(opener.dataset.opens)}`);
      if (dialog?.showModal) { event.preventDefault(); dialog.showModal(); }
    }
    const closer = target.closest("[data-closes]");
    if (closer) { event.preventDefault(); closer.closest("dialog, .notice")?.[closer.closest("dialog") ? "close" : "remove"](); }
    if (target.matches("dialog")) target.close(); // a touch on the ground behind it
    const copier = target.closest("button[data-copy]");
    if (copier) { await navigator.clipboard?.writeText(copier.dataset.copy); tell(says.copied); copier.lastChild.textContent = says.copied; }
    if (target.closest("button[data-print]")) window.print();
    $$("details[data-drop][open]").filter((menu) => !menu.contains(target)).forEach((menu) => { menu.open = false; });
  });

  // ---- on phones the search box is a sheet: opened, it is there to type in
  on("toggle", ({ target, newState }) => { if (newState === "open") $("input[type=search]", target)?.focus(); }, $("#tim-nhanh") ?? document);

  // ---- theme: at once here, kept by the server for the next page
  on("submit", (event) => {
    const form = event.target.closest("form[data-themes]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    document.documentElement.dataset.bsTheme = event.submitter.value;
    $$(".themes button").forEach((button) => button.setAttribute("aria-pressed", button.value === event.submitter.value));
    fetch(form.action, { method: "POST", body, redirect: "manual" });
  });

  // ---- single keys, off by one switch (they may clash with a screen reader's)
  const typing = (node) => node.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const keysOn = () => memory.get("keys") !== "off";
  on("keydown", (event) => {
    if (event.key === "Escape") $$("details[data-drop][open]").forEach((menu) => { menu.open = false; $("summary", menu).focus(); });
    if (!keysOn() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if ($("dialog[open]") && event.key !== "?") return;
    if (event.key === "/") { const box = $$("input[type=search]").find((input) => input.offsetParent); if (box) { event.preventDefault(); box.focus(); box.select(); } return; }
    if (event.key === "?") { event.preventDefault(); showKeys(); return; }
    // "Shift+P" asks for the key held down: a letter in capitals by Caps Lock alone is no such key.
    const key = event.shiftKey && /^\p{L}$/u.test(event.key) ? `Shift+${event.key.toUpperCase()}` : event.key;
    const aim = $$("[data-key]").find((node) => node.dataset.key === key && node.offsetParent && !node.disabled);
    if (!aim) return;
    event.preventDefault();
    if (aim.matches("input, textarea, select, summary, [data-key-focus]")) aim.focus(); else aim.click();
  });
  const wordsOf = (node) => [...node.childNodes].filter((part) => part.nodeName !== "KBD").map((part) => part.textContent).join("").trim();
  function showKeys() {
    const dialog = $("#keys");
    const list = dialog && $(".keys", dialog);
    if (!list || dialog.open) return dialog?.close();
    $$("[data-found]", list).forEach((node) => node.remove());
    for (const node of $$("[data-key]")) {
      const [key, words] = [document.createElement("dt"), document.createElement("dd")];
      key.append(Object.assign(document.createElement("kbd"), { textContent: node.dataset.key }));
      words.textContent = node.dataset.keyWords ?? node.getAttribute("aria-label") ?? wordsOf(node);
      for (const part of [key, words]) { part.dataset.found = ""; list.append(part); }
    }
    dialog.showModal();
  }
  const keySwitch = $("#keys-switch");
  if (keySwitch) {
    keySwitch.checked = keysOn();
    on("change", () => memory.set("keys", keySwitch.checked ? "on" : "off"), keySwitch);
    $$("[data-keys-help]").forEach((node) => { node.hidden = false; on("click", showKeys, node); });
  }

  // ---- the session ends soon: say so in time (another tab's visit counts)
  const seconds = +document.body.dataset.sessionSeconds;
  const dialog = $("#session");
  if (seconds > 180 && dialog) {
    memory.set("seen", Date.now());
    setInterval(() => {
      const left = seconds - (Date.now() - +(memory.get("seen") ?? 0)) / 1000;
      if (left < 120 && left > 0 && !dialog.open) { dialog.showModal(); tell(dialog.textContent.trim()); }
      if (left >= 120 && dialog.open) dialog.close();
    }, 10000);
    on("close", async () => {
      const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => null);
      if (answer?.ok) memory.set("seen", Date.now()); else tell(says.ended);
    }, dialog);
  }

  // ---- htmx: our token on what writes, and the faults it brings
  on("htmx:configRequest", ({ detail }) => { if (detail.verb !== "get") detail.headers["X-CSRFToken"] = token(); });
  on("htmx:beforeRequest", ({ detail }) => detail.target?.setAttribute("aria-busy", "true"));
  on("htmx:afterRequest", ({ detail }) => detail.target?.removeAttribute("aria-busy"));
  on("htmx:afterSettle", ({ detail }) => { prepare(detail.elt); $(".fault-list", detail.elt)?.focus(); });
  on("htmx:sendError", () => tell(says.offline));

  prepare(document);
  $(".fault-list")?.focus();
})();
