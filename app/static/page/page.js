/* Functions shared by all scripts. `ecrime.enhance(root)` activates elements that were added to the page later. */
window.ecrime = (() => {
  const texts = document.getElementById("words")?.dataset ?? {};
  const makers = [];
  const made = new WeakMap();

  /* Returns a text of the page in the reader's language, with {parts} filled in. */
  const word = (name, parts = {}) => (texts[name] ?? "").replace(/\{(\w+)\}/g, (whole, part) => parts[part] ?? whole);

  const khmer = () => document.documentElement.lang === "km";
  const toLatin = text => text.replace(/[\u17e0-\u17e9]/g, digit => digit.charCodeAt(0) - 0x17e0);
  const toReader = text => khmer()
    ? String(text).replace(/[0-9]/g, digit => String.fromCharCode(0x17e0 + Number(digit))) : String(text);

  /* element("li", {class: "x", text: "y"}, child …) */
  function element(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "text") node.textContent = value;
      else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  }

  function icon(name, size = "") {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const use = document.createElementNS(space, "use");
    svg.setAttribute("class", `i ${size}`);
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${texts.icons}#${name}`);
    svg.append(use);
    return svg;
  }

  /* Registers `make` to run once for each matching element whenever `enhance` is called. */
  function each(selector, make) {
    makers.push([selector, make]);
  }

  function enhance(root) {
    for (const [selector, make] of makers) {
      const found = [...root.querySelectorAll(selector)];
      if (root.matches?.(selector)) found.unshift(root);
      for (const node of found) {
        const done = made.get(node) ?? made.set(node, new Set()).get(node);
        if (!done.has(make)) {
          done.add(make);
          make(node);
        }
      }
    }
  }

  const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

  /* The storage key of a draft on this computer. It contains the user, because several users share a computer. */
  const reader = () => document.querySelector("[data-sign-out]")?.dataset.signOut ?? "";
  const keptAs = draft => `draft:${reader()}:${draft}`;

  function forget(begin, stores = ["localStorage", "sessionStorage"]) {
    try {
      for (const store of stores) {
        for (const name of Object.keys(window[store])) if (name.startsWith(begin)) window[store].removeItem(name);
      }
      if (begin !== keptAs("")) return;
      sessionStorage.clear();
      localStorage.removeItem("ecrime.used"); // other tabs leave their page
    } catch {
      return; // a browser that blocks storage has stored nothing
    }
  }

  const hasDrafts = () => {
    try { return Object.keys(localStorage).some(name => name.startsWith(keptAs(""))); } catch { return false; }
  };

  /* Sign-out removes all drafts from this computer. A page with unsaved input sends it to the server first; if that
     fails, or if another page left a draft, the user is asked. */
  document.addEventListener("click", async event => {
    const way = event.target.closest("[data-sign-out]");
    if (!way) return;
    event.preventDefault();
    await ecrime.handOver?.();
    const verb = way.textContent.trim();
    if (hasDrafts() && !await ecrime.ask({ dataset: { ask: word("unsent"), verb } })) return;
    ecrime.signsOut = true; // a page that is left stores nothing more
    forget(keptAs(""));
    await ecrime.forgetPage().catch(() => undefined);
    way.form.submit();
  });

  /* A form with a single file is submitted as soon as the file is chosen, unless it is too large: it would be sent for
     minutes and then refused. */
  document.addEventListener("change", ({ target }) => {
    const form = target.type === "file" && target.closest("[data-sends-file]"), [file] = target.files ?? [];
    if (!form || !file) return;
    const { photoLimit, fileLimit, tooLarge } = target.dataset;
    const limit = file.type.startsWith("image/") ? photoLimit : fileLimit;
    if (!(file.size > limit * 2 ** 20)) return form.requestSubmit();
    target.value = "";
    const refusal = form.querySelector("[role=alert]");
    refusal.hidden = false;
    refusal.textContent = tooLarge.replace("{name}", file.name).replace("{limit}", toReader(limit));
  });

  /* Printing a page is recorded in the audit log. */
  window.addEventListener("beforeprint", () => {
    const url = document.querySelector("[data-printed]")?.dataset.printed;
    if (url) fetch(url, { method: "POST", headers: { "X-CSRFToken": token() }, keepalive: true }).catch(() => undefined);
  });

  document.addEventListener("DOMContentLoaded", () => {
    enhance(document);
    // The entry is registered: remove its draft from this computer.
    const saved = document.querySelector("[data-saved-draft]")?.dataset.savedDraft;
    if (saved) forget(keptAs(saved));
    // The session has ended: a draft that the server has leaves the tab.
    if (!reader()) forget("draft:", ["sessionStorage"]);
  });

  return { each, element, enhance, icon, keptAs, reader, toLatin, toReader, token, word };
})();
