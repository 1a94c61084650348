/* The empty entry page that the browser keeps (worker/offline.js): gives it an address, shows what this user typed on
   this computer, and compares the page with that of the server. Runs before entry.js. */
(() => {
  const { element, icon, keptAs, toReader } = ecrime;
  const form = document.getElementById("entry");
  const texts = form.dataset;
  const BLANK = "__token__";
  const NOT_TYPED = ["csrf_token", "form_version", "draft_window", "draft_seen"];
  const STORES = ["localStorage", "sessionStorage"]; // not yet sent; sent, and kept in this tab

  function read(name) {
    for (const store of STORES) {
      try {
        const found = JSON.parse(window[store].getItem(name));
        if (found?.text) return found;
      } catch { /* storage blocked, or another value */ }
    }
    return null;
  }

  function note(...content) {
    form.parentElement.before(element("div", { class: "note amber", role: "status" }, icon("file-clock"), element("div", {}, ...content)));
  }

  /* What was typed */

  function fill(text) {
    const values = [...new URLSearchParams(text)].filter(([name]) => !NOT_TYPED.includes(name));
    for (const rows of form.querySelectorAll("[data-rows]")) {
      const name = rows.dataset.rows;
      const pattern = document.querySelector(`template[data-pattern="${name}"]`).innerHTML;
      const numbers = new Set(values.map(([key]) => new RegExp(`^${name}-(\\d+)-`).exec(key)?.[1]).filter(Boolean));
      rows.innerHTML = [...numbers].map(number => pattern.replaceAll("__i__", number)).join("");
      const count = form.querySelector(`[data-count="${name}"]`);
      if (count) count.textContent = toReader(numbers.size);
    }
    for (const [name, value] of values) {
      if (name.endsWith("-uploads")) attach(name, value);
      for (const control of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (["checkbox", "radio"].includes(control.type)) control.checked ||= control.value === value;
        else control.value = value;
      }
    }
  }

  function attach(name, token) {
    form.querySelector(`[data-name="${CSS.escape(name)}"]`)?.closest(".field").querySelector("[data-attachments]").append(
      element("li", {}, icon("file-text", "l"), element("input", { type: "hidden", name, value: token }),
        element("button", { type: "button", class: "btn s quiet", "data-unhold": true }, icon("x", "s"), texts.takeAway)));
  }

  /* The drafts of this user that the system does not have. */
  function list() {
    const begin = keptAs("");
    let names = [];
    try { names = Object.keys(localStorage).filter(name => name.startsWith(begin)); } catch { /* storage blocked */ }
    const links = names.map(name => {
      const typed = new URLSearchParams(read(name)?.text);
      const parts = ["offences-0-offence__text", "case-place__text", "people-0-person-surname_km", "people-0-person-given_km"];
      const label = parts.map(part => typed.get(part)).filter(Boolean).join(" · ");
      return element("li", {}, element("a", { href: texts.begin + name.slice(begin.length), text: label || typed.get("case-summary") || "…" }));
    });
    if (links.length) note(element("b", { text: texts.ownDrafts }), element("ul", {}, ...links));
  }

  const typed = () => new URLSearchParams([...new FormData(form)].filter(([name]) => !NOT_TYPED.includes(name))).toString();
  const today = document.querySelector("meta[name=today]");
  const reported = form.elements["case-reported_at"];
  let preset = "";

  /* The time of the report is now, by the clock of the server as soon as it answers. */
  function setTime(now) {
    today.content = new Date(now + 7 * 3600000).toISOString();
    if (reported.value !== preset) return;
    const [year, month, day, time] = today.content.split(/[-T]/);
    preset = `${day}/${month}/${year} ${time.slice(0, 5)}`;
    reported.value = preset;
  }

  const fresh = () => window.location.replace(texts.begin + (asked ?? "?new"));

  /* Returns true if the kept page is that of the reader. */
  async function compare() {
    const before = typed();
    const answer = await fetch(texts.offline, { redirect: "manual", cache: "no-store" });
    const page = await answer.text();
    const isUntouched = typed() === before;
    if (!answer.ok) { // signed out: the sign-in page
      if (isUntouched && !answer.status) fresh();
      return false;
    }
    const kept = await (await caches.match(texts.offline, { ignoreVary: true }))?.text();
    if (page !== kept) await ecrime.forgetPage();
    // With input, the save shows the new page.
    if (isUntouched && (isLocked || page !== kept || (asked && !draft))) {
      fresh();
      return false;
    }
    for (const box of document.querySelectorAll("[name=csrf_token]")) box.value = answer.headers.get("X-CSRFToken");
    document.querySelector("meta[name=csrf-token]").content = answer.headers.get("X-CSRFToken");
    setTime(Date.parse(answer.headers.get("Date")));
    return page === kept;
  }

  const asked = new RegExp(`^${texts.begin}([\\w-]+)$`).exec(window.location.pathname)?.[1];
  // Without a connection the server cannot say who reads: after the idle time nothing typed is shown.
  const isLocked = ecrime.isUnused();
  const draft = !isLocked && asked && read(keptAs(asked));
  const own = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(12)))).replaceAll("+", "-").replaceAll("/", "_");
  const token = draft ? asked : own;
  window.history.replaceState(null, "", texts.begin + token);
  form.action = form.action.replace(BLANK, token);
  for (const name of ["draft", "check", "token"]) texts[name] = texts[name].replace(BLANK, token);
  if (draft) {
    fill(draft.text);
    form.elements.draft_seen.value = draft.seen ?? "";
    preset = null;
  } else {
    setTime(Date.now());
    if (asked) note(texts.notHere);
  }
  // What was typed is shown when the server has named the same reader, or cannot be reached.
  form.hidden = Boolean(draft);
  document.addEventListener("DOMContentLoaded", async () => {
    const isOwn = await compare().catch(() => {
      const state = form.querySelector("[data-state]");
      state.textContent = texts.whereHere;
      state.classList.add("amber");
      return true;
    });
    form.hidden &&= !isOwn;
    if (isOwn && !draft && !isLocked) list();
  });
})();
