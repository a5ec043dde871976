// The search box completes what is typed, and long lists of filters can be narrowed. The page works
// without this file. Combobox after the ARIA practices: focus stays in the box, arrows walk the list.
(() => {
  "use strict";
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const WAIT = 150; // ms after the last key
  const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase().trim();

  function combobox(box) {
    const list = document.createElement("ul");
    list.id = `${box.id}-list`;
    list.className = "completions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.dataset.label);
    box.after(list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": list.id, "aria-haspopup": "listbox" })) box.setAttribute(name, value);
    let timer = 0, asked = "", running = null, active = -1;
    const options = () => [...list.children];

    function close() {
      list.hidden = true;
      active = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    }

    function walk(to) {
      const all = options();
      active = (to + all.length + 1) % (all.length + 1); // one place more: back in the box
      all.forEach((each, at) => each.setAttribute("aria-selected", String(at === active)));
      if (active < all.length) {
        box.setAttribute("aria-activedescendant", all[active].id);
        all[active].scrollIntoView({ block: "nearest" });
      } else {
        active = -1;
        box.removeAttribute("aria-activedescendant");
      }
    }

    function show(offers) {
      list.replaceChildren(...offers.map(({ text, note, url }, at) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${at}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.url = url;
        option.append(text);
        if (note) {
          const small = document.createElement("small");
          small.textContent = note;
          option.append(" ", small);
        }
        return option;
      }));
      active = -1;
      box.removeAttribute("aria-activedescendant");
      list.hidden = !offers.length;
      box.setAttribute("aria-expanded", String(!list.hidden));
      const live = document.querySelector("#live-words");
      if (live && offers.length) live.textContent = box.dataset.count.replace("{}", offers.length);
    }

    async function ask() {
      const typed = box.value.trim();
      if (typed === asked) return;
      asked = typed;
      running?.abort();
      if ([...typed].length < 2) { close(); return; }
      running = new AbortController();
      try {
        const answer = await fetch(`${box.dataset.completes}?q=${encodeURIComponent(typed)}`, { signal: running.signal, headers: { Accept: "application/json" } });
        if (answer.ok && document.activeElement === box) show(await answer.json());
      } catch { close(); } // aborted, offline, or too often: typing goes on without
    }

    box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
    box.addEventListener("blur", () => setTimeout(close, 200)); // a touch on the list comes first
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // a Vietnamese keyboard is still making the letter
      if (event.key === "ArrowDown" && list.hidden && list.children.length) { event.preventDefault(); list.hidden = false; box.setAttribute("aria-expanded", "true"); walk(0); return; }
      if (list.hidden) return;
      if (event.key === "ArrowDown") { event.preventDefault(); walk(active + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); walk(active < 0 ? options().length - 1 : active - 1 < 0 ? options().length : active - 1); }
      else if (event.key === "Escape") { event.preventDefault(); close(); }
      else if (event.key === "Enter" && active >= 0) { event.preventDefault(); location.assign(options()[active].dataset.url); }
      else if (event.key === "Tab") close();
    });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps its focus
    list.addEventListener("click", ({ target }) => { const option = target.closest("[role=option]"); if (option) location.assign(option.dataset.url); });
  }

  function narrow(box) {
    box.hidden = false;
    const items = $$("li", box.parentElement);
    box.addEventListener("input", () => {
      const wanted = fold(box.value);
      items.forEach((item) => { item.hidden = !fold(item.textContent).includes(wanted) && !item.querySelector(":checked"); });
    });
    box.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }

  $$("input[data-completes]").forEach(combobox);
  $$("input[data-narrows]").forEach(narrow);
})();
