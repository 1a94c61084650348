/* The entry page: adds and removes rows, saves a draft, checks the rules while the clerk types, and uploads files
   as soon as they are chosen. Without this script the page still saves the rows that the server rendered. */
(() => {
  const { element, enhance, icon, toReader, token } = ecrime;
  const form = document.getElementById("entry");
  const texts = form.dataset;
  const here = ecrime.keptAs(texts.token);
  const AFTER_KEY = 1200;
  // After a rejected save all problems are shown; before it only those of fields that lost focus.
  let touched = "failed" in texts;
  const visited = new Set();

  /* Rows */

  let next = 1 + Math.max(0, ...[...form.querySelectorAll("[data-row]")].map(row => Number(row.dataset.row)));

  function add(name) {
    const pattern = document.querySelector(`template[data-pattern="${name}"]`).innerHTML;
    const box = document.createElement("template");
    box.innerHTML = pattern.replaceAll("__i__", String(next++));
    const row = box.content.firstElementChild;
    const rows = form.querySelector(`[data-rows="${name}"]`);
    for (const other of rows.querySelectorAll(":scope > details[open]")) other.open = false;
    rows.append(row);
    enhance(row);
    watchRow(row);
    showCount(name);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    row.scrollIntoView({ block: "nearest" });
    changed();
  }

  function remove(row) {
    const rows = row.parentElement;
    const undo = element("p", { class: "note", role: "status" }, texts.removed, " ");
    const back = element("button", { type: "button", class: "btn s", text: texts.undo });
    undo.append(back);
    row.replaceWith(undo);
    back.addEventListener("click", () => { undo.replaceWith(row); showCount(rows.dataset.rows); row.querySelector("summary").focus(); changed(); });
    back.focus();
    showCount(rows.dataset.rows);
    changed();
  }

  function showCount(name) {
    const tag = form.querySelector(`[data-count="${name}"]`);
    if (tag) tag.textContent = toReader(form.querySelectorAll(`[data-rows="${name}"] > [data-row]`).length);
  }

  /* Keeps the summary of a collapsed row up to date. */
  function watchRow(row) {
    const box = name => [...row.querySelectorAll("[name]")].find(b => b.name.endsWith(`-${name}`) && b.type !== "hidden");
    const known = row.querySelector("input[type=hidden][name$='-known']");
    const updateRow = () => {
      row.classList.toggle("is-known", !!known?.value);
      for (const part of row.querySelectorAll("[data-sum]")) {
        const names = known?.value && part.dataset.sumKnown ? part.dataset.sumKnown : part.dataset.sum;
        part.textContent = names.split(" ").map(name => box(name)?.value ?? "").filter(Boolean).join(" ");
      }
      for (const part of row.querySelectorAll("[data-sum-choice]")) {
        const choice = box(part.dataset.sumChoice);
        part.textContent = choice?.selectedOptions?.[0]?.textContent ?? choice?.value ?? "";
        part.hidden = !part.textContent;
      }
      const face = row.querySelector("[data-photo]");
      if (face) {
        const photo = row.querySelector("[data-attachments] img")?.src || (known?.value && row.dataset.knownPhoto);
        if (photo) face.src = photo;
        face.hidden = !photo;
        row.querySelector("[data-faceless]").hidden = !!photo;
      }
    };
    row.addEventListener("input", updateRow);
    row.addEventListener("change", updateRow);
    row.addEventListener("taken", event => {
      // The offence class from the code table is preselected; the clerk may choose another.
      const choice = event.detail.class && box("offence_class");
      if (choice && !choice.value) choice.value = event.detail.class;
      if (event.target.name.endsWith("-known__text")) row.dataset.knownPhoto = event.detail.photo ?? "";
      updateRow();
    });
    updateRow();
    // A searched name that finds no registered person becomes the name of the new person.
    row.addEventListener("change", ({ target }) => {
      const text = target.name?.endsWith("-known__text") && !known.value && target.value.trim();
      if (!text || /\p{Nd}/u.test(text)) return;
      const script = /\p{Script=Khmer}/u.test(text) ? "_km" : "_latin";
      const [surname, ...given] = text.split(/\s+/);
      const names = { [`surname${script}`]: surname, [`given${script}`]: given.join(" ") };
      if (Object.keys(names).some(name => box(name).value)) return;
      target.value = "";
      for (const [name, value] of Object.entries(names)) {
        box(name).value = value;
        box(name).dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
    // The age of an unidentified person is estimated: the fields of the range appear.
    row.addEventListener("change", ({ target }) => {
      const precision = target.name?.endsWith("-unidentified") && target.checked && box("birth_precision");
      if (!precision || precision.value) return;
      precision.value = "estimated";
      precision.dispatchEvent(new Event("change", { bubbles: true }));
    });
    // A new person may already be registered: people with the same name are listed below the fields.
    const place = row.querySelector("[data-namesakes]");
    row.addEventListener("change", ({ target }) => {
      const script = place && target.name?.match(/-(?:surname|given)(_km|_latin)$/)?.[1];
      const text = script && ["surname", "given"].map(part => box(part + script).value.trim()).filter(Boolean);
      if (text?.length === 2) box("known__text").dispatchEvent(new CustomEvent("namesakes", { detail: { text: text.join(" "), place } }));
    });
  }

  form.addEventListener("click", event => {
    const adder = event.target.closest("[data-add]");
    const remover = event.target.closest("[data-remove]");
    const taker = event.target.closest("[data-unhold]");
    if (adder) add(adder.dataset.add);
    if (remover) { event.preventDefault(); remove(remover.closest("[data-row]")); }
    if (taker) {
      const field = taker.closest(".field");
      const line = taker.closest("li");
      for (const one of pending) if (one.line === line) { pending.delete(one); refuse(one.input, ""); }
      line.remove();
      field.dispatchEvent(new Event("change", { bubbles: true }));
      changed();
    }
  });

  /* The draft: saved on the server, and on this computer until the server has it or the user signs out. */

  let waiting, checking, sent = "";
  let saving; // the save that waits for the connection or for files, with the text of the form
  let stopped = ""; // why it does not wait any more

  const NOT_TYPED = ["csrf_token", "form_version", "draft_window", "draft_seen"];
  const seen = form.elements.draft_seen;
  form.elements.draft_window.value = crypto.getRandomValues(new Uint32Array(2)).join("-");

  const typed = () => new URLSearchParams([...new FormData(form)]
    .filter(([key, value]) => typeof value === "string" && !NOT_TYPED.includes(key)));

  const unsent = () => waiting && typed().toString() !== sent;

  function changed() {
    clearTimeout(waiting);
    waiting = setTimeout(saveDraft, AFTER_KEY);
    if (saving && typed().toString() !== saving.text) stopSaving();
  }

  /* The user confirmed another text: a save that waits is cancelled. */
  function stopSaving() {
    if (!saving) return;
    saving = null;
    stopped = texts.saveStopped;
    state(unsavedReason, true);
  }

  function state(where, wrong = false) {
    // Cambodian time (UTC+7), as everywhere in E-Crime, whatever the computer's time zone.
    const time = toReader(new Date(Date.now() + 7 * 3600000).toISOString().slice(11, 16));
    const line = form.querySelector("[data-state]");
    const isNowhere = !isStored && [texts.whereHere, texts.onlyHere].includes(where);
    line.textContent = isNowhere ? texts.nowhere
      : `${texts.saved.replace("{time}", time)} · ${[where, stopped].filter(Boolean).join(" · ")}`;
    line.classList.toggle("amber", !!(wrong || stopped));
  }

  const headers = () => ({ "X-CSRFToken": token(), Accept: "application/json" });
  function post(url) {
    const body = typed();
    for (const name of ["draft_window", "draft_seen"]) body.append(name, form.elements[name].value);
    return fetch(url, { method: "POST", body, headers: headers(), redirect: "manual" });
  }

  /* A new sign-in of the same user in another tab invalidates this page's CSRF token: fetch a fresh one. */
  async function renew() {
    const answer = await fetch(location.href, { redirect: "manual", headers: { Accept: "application/json" } });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("meta[name=csrf-token]")?.content;
    if (!fresh || page.querySelector("[data-sign-out]")?.dataset.signOut !== ecrime.reader()) return false;
    document.querySelector("meta[name=csrf-token]").content = fresh;
    form.elements.csrf_token.value = fresh;
    return true;
  }

  let isStored = true; // false if the storage of the browser is full or blocked

  function store(text) {
    if (ecrime.signsOut) return;
    try {
      localStorage.setItem(here, JSON.stringify({ at: Date.now(), text, seen: seen.value }));
      isStored = true;
    } catch { isStored = false; }
  }

  // Only this page has what was typed.
  window.addEventListener("beforeunload", event => {
    if (!isStored && unsavedReason && unsent() && !form.dataset.sent && !ecrime.signsOut) event.preventDefault();
  });

  /* The server has this text. The tab keeps it for a reload without a connection. */
  function forget(text) {
    try {
      // Another window of the entry may have stored its own text.
      if (JSON.parse(localStorage.getItem(here))?.text === text) localStorage.removeItem(here);
      sessionStorage.setItem(here, JSON.stringify({ text, seen: seen.value }));
    } catch { /* storage blocked: nothing to remove */ }
  }

  // Why a save cannot reach the server now (offline or signed out); empty if it can.
  let unsavedReason = "";

  async function saveDraft() {
    const text = typed().toString();
    if (text !== sent) {
      store(text);
      try {
        let answer = await post(texts.draft);
        if (answer.status === 400 && await renew()) answer = await post(texts.draft);
        // A redirect to the sign-in page has status 0. 409: the entry is registered, or another window has changed it.
        // 413 and 422: the draft is too long, or the user has too many.
        const isRead = answer.ok || [409, 413, 422].includes(answer.status);
        const said = isRead ? await answer.json() : {};
        unsavedReason = answer.ok ? "" : said.changed ? texts.onlyHere : said.error ?? (answer.status < 500 ? texts.signedOut : texts.whereHere);
        if (answer.ok) seen.value = said.seen;
        if (answer.ok || answer.status === 409 && !said.changed) { sent = text; forget(text); }
        if (said.changed) showChanged(said.changed);
        if (answer.ok && pendingHere().length) upload();
      } catch {
        unsavedReason = texts.whereHere;
        ecrime.noteUse?.(); // typing without a connection
      }
      state(unsavedReason || texts.whereBoth, unsavedReason);
    }
    if (touched || visited.size) check();
  }

  /* Called before sign-out: sends what was typed to the server, which removes the local copy. */
  ecrime.handOver = async () => {
    clearTimeout(waiting);
    if (unsent()) await saveDraft();
  };

  /* Another window has saved this draft. Asks which of the two to keep; `version` is that of the other. */
  function showChanged(version) {
    form.querySelector("[data-changed-note]")?.remove();
    const other = element("button", { type: "button", class: "btn s", text: texts.showOther });
    const keep = element("button", { type: "button", class: "btn s", text: texts.keepThis });
    const note = element("div", { class: "note amber", role: "alert", "data-changed-note": true },
      icon("copy"), element("div", { text: texts.changedElsewhere }), element("span", { class: "act" }, other, keep));
    // What was typed here is then offered as the draft of this computer.
    other.addEventListener("click", () => { store(typed().toString()); location.reload(); });
    keep.addEventListener("click", () => {
      note.remove();
      seen.value = version;
      sent = "";
      saveDraft();
    });
    form.querySelector(".savebar").prepend(note);
  }

  /* What was typed, without the reason fields, which exist only while a warning is shown. */
  const inSum = text => [...new URLSearchParams(text)].filter(([name, value]) => value && !name.endsWith("__reason")).join("&");

  function offerOlder() {
    if ("offline" in texts) return; // shown already
    if ("failed" in texts) {
      // The page shows what was just sent. With this a reload requests the draft instead of sending the form again,
      // which would overwrite later changes with the old state.
      history.replaceState(null, "", location.href);
      return;
    }
    let older;
    try { older = JSON.parse(localStorage.getItem(here)); } catch { return; }
    if (!older || inSum(older.text) === inSum(typed().toString())) return;
    const note = element("div", { class: "note amber", role: "status" }, icon("file-clock"), element("div", { text: texts.restore }));
    const show = element("button", { type: "button", class: "btn s", text: texts.restoreDo });
    note.append(element("span", { class: "act" }, show));
    show.addEventListener("click", async () => {
      const body = new URLSearchParams(older.text);
      const answer = await fetch(texts.draft, { method: "POST", body, headers: headers() });
      if (answer.ok) { forget(older.text); location.reload(); }
    });
    // Inside the parent it would take the column of the form.
    form.parentElement.before(note);
  }

  /* Live checks: for fields that lost focus, and for all fields after a rejected save. */

  async function check() {
    const mine = {};
    checking = mine;
    let answer;
    try {
      answer = await post(texts.check);
      if (!answer.ok || mine !== checking) return;
      answer = await answer.json();
    } catch { return; }
    if (mine === checking) showProblems(answer.problems);
  }

  function findPlace(problem) {
    if (problem.box.startsWith("section-")) return form.querySelector(`[data-problems-of="${problem.box}"]`);
    return document.getElementById(problem.box)?.closest(".field")?.querySelector(".under");
  }

  const ruleLink = rule => element("a", { class: "code", href: `/help/rules#${rule}`, target: "help", tabindex: -1, text: rule });

  function showProblems(problems) {
    const shown = problems.filter(problem => touched || visited.has(problem.name) || problem.kind === "notice" || problem.reason);
    const chosen = new Map([...form.querySelectorAll("select[name$='__reason']")].map(s => [s.name, s]));
    const reason = problem => `${problem.name}__${problem.rule}__reason`;
    const focused = document.activeElement;
    for (const node of form.querySelectorAll(".field.bad")) node.classList.remove("bad");
    for (const node of form.querySelectorAll("[aria-invalid]")) { node.removeAttribute("aria-invalid"); node.removeAttribute("aria-describedby"); }
    for (const node of form.querySelectorAll(".under > [id$='-bad'], .problem-summary > *, .under > .warn")) {
      if (!node.contains(focused)) node.remove();
    }
    for (const problem of shown) {
      const place = findPlace(problem);
      if (!place) continue;
      const words = element("span", {}, problem.text, " ", problem.rule && ruleLink(problem.rule));
      if (problem.kind === "error") {
        const line = element("p", { class: "message" }, icon("octagon-alert"), words);
        const block = place.querySelector(`:scope > [id="${problem.box}-bad"]`) ?? element("div", { id: `${problem.box}-bad` });
        block.append(line);
        place.append(block);
        place.closest(".field")?.classList.add("bad");
        const box = document.getElementById(problem.box);
        box?.setAttribute("aria-invalid", "true");
        box?.setAttribute("aria-describedby", `${problem.box}-bad`);
      } else if (!problem.reasons.length || !place.querySelector(`:scope > .warn select[name="${CSS.escape(reason(problem))}"]`)) {
        place.append(warning(problem, reason(problem), chosen.get(reason(problem))?.value));
      }
    }
    const open = problems.filter(p => p.stops);
    countProblems(touched ? open : open.filter(p => visited.has(p.name)));
  }

  function warning(problem, name, before) {
    const notice = problem.kind === "notice";
    const block = element("div", { class: notice ? "warn overridden" : "warn" },
      element("p", { class: "message" }, icon(notice ? "info" : "triangle-alert"), element("span", {}, problem.text, " ", ruleLink(problem.rule))));
    if (problem.reasons.length) {
      const select = element("select", { class: "in", name, "aria-label": texts.reason }, element("option", { value: "", text: texts.goOn }));
      for (const [key, word] of problem.reasons) select.append(element("option", { value: key, text: word, selected: key === (problem.reason || before) }));
      block.append(select);
    }
    return block;
  }

  function countProblems(problems) {
    const fixButton = form.querySelector("[data-fix]");
    fixButton.hidden = !problems.length;
    fixButton.querySelector("span").textContent = texts.mistakes.replace("{n}", toReader(problems.length));
    for (const tag of document.querySelectorAll("[data-bad]")) {
      const name = tag.dataset.bad;
      const own = problems.filter(p => p.box.startsWith(name === "times" ? "case-" : `${name}-`) || p.box === `section-${name}`);
      tag.hidden = !own.length;
      tag.textContent = toReader(own.length);
    }
  }

  /* Files are uploaded when they are chosen; the form holds a token for each. */

  const LARGEST_SIDE = 2400; // pixels; a face needs no more
  const SMALL_FILE = 2 ** 20; // bytes

  /* Returns a large photo in fewer pixels, upright. Any other file, and what the browser cannot read, stays as it is. */
  async function shrink(file) {
    if (!/^image\/(?:jpeg|png|webp)$/.test(file.type) || file.size < SMALL_FILE) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LARGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = element("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
      const paper = canvas.getContext("2d");
      paper.fillStyle = "#fff"; // JPEG has no transparent pixels
      paper.fillRect(0, 0, canvas.width, canvas.height);
      paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const smaller = await new Promise(done => { canvas.toBlob(done, "image/jpeg", 0.88); });
      return smaller && smaller.size < file.size ? new File([smaller], file.name.replace(/\.\w+$/, ".jpg"), { type: smaller.type }) : file;
    } catch { return file; }
  }

  /* The chosen files that the server does not have yet, each with its input and its line on the page. */
  const pending = new Set();
  let uploading;

  // Files of a removed row wait until the row is restored.
  const pendingHere = () => [...pending].filter(one => form.contains(one.input));

  function refuse(input, text) {
    const place = input.closest(".field").querySelector("[data-refused]");
    place.textContent = text;
    place.hidden = !text;
  }

  const takeAway = () => element("button", { type: "button", class: "btn s quiet", "data-unhold": true }, icon("x", "s"), texts.takeAway);

  function choose(input, files) {
    for (const file of files) {
      const line = element("li");
      pending.add({ input, file, line });
      input.closest(".field").querySelector("[data-attachments]").append(line);
    }
    input.value = "";
    stopSaving();
    upload();
  }

  /* Uploads all pending files. Returns whether the server has them all. */
  function upload() {
    uploading ??= uploadAll().finally(() => { uploading = null; });
    return uploading;
  }

  async function uploadAll() {
    for (const { input } of pendingHere()) refuse(input, "");
    let isComplete = true;
    // Files that are chosen meanwhile are added at the end.
    for (const one of pending) if (form.contains(one.input)) isComplete = await uploadOne(one) && isComplete;
    return isComplete;
  }

  async function uploadOne(one) {
    const { input, line } = one;
    line.className = "busy";
    line.textContent = texts.uploading;
    const isOfPerson = input.dataset.name.startsWith("people-"); // other photos are evidence and stay as they are
    one.sent ??= isOfPerson ? await shrink(one.file) : one.file;
    // A large file would be sent for minutes and then refused.
    const limit = one.sent.type.startsWith("image/") ? texts.photoLimit : texts.fileLimit;
    const isTooLarge = one.sent.size > limit * 2 ** 20;
    const body = new FormData();
    body.append("file", one.sent);
    body.append("rows", input.dataset.name.split("-")[0]);
    try {
      if (isTooLarge) throw texts.tooLarge.replace("{name}", one.file.name).replace("{limit}", toReader(limit));
      const answer = await fetch(texts.upload, { method: "POST", body, headers: headers() });
      const stored = await answer.json();
      if (!answer.ok) throw stored.error ?? stored.detail;
      pending.delete(one);
      line.className = "";
      line.replaceChildren(
        ...stored.mime !== "image/jpeg" ? [icon("file-text", "l"), one.file.name] : [element("img", { src: stored.url, alt: "", width: 64, height: 64 })],
        element("input", { type: "hidden", name: input.dataset.name, value: stored.token }), takeAway());
      if (saving) saving.text = typed().toString();
      input.closest(".field").dispatchEvent(new Event("change", { bubbles: true }));
      changed();
      return true;
    } catch (fault) {
      // The browser's own message for a lost connection is not in the reader's language.
      refuse(input, fault.stack ? ecrime.word("offline") : fault);
      line.className = "";
      line.replaceChildren(one.file.name, " ", takeAway());
      if (!fault.stack) {
        pending.delete(one);
        line.remove();
      }
      return false;
    }
  }

  window.addEventListener("online", upload);

  form.addEventListener("change", event => {
    if (event.target.type === "file") choose(event.target, [...event.target.files]);
  });
  for (const kind of ["dragover", "drop"]) {
    form.addEventListener(kind, event => {
      const drop = event.target.closest("[data-drop]");
      if (!drop) return;
      event.preventDefault();
      if (kind === "drop") choose(drop.querySelector("input[type=file]"), event.dataTransfer.files);
    });
  }

  // Keeps a local copy if the page is closed before the last change was saved.
  window.addEventListener("pagehide", () => {
    if (unsent()) store(typed().toString());
  });

  form.addEventListener("input", changed);
  form.addEventListener("input", ({ target }) => {
    if ("previous" in target.dataset) target.closest(".field").querySelector(".hint")?.remove();
  });
  // The page presets the usual nationality, which is not known of an unidentified person.
  form.addEventListener("change", ({ target }) => {
    if (!target.checked || !target.name.endsWith("-person-unidentified")) return;
    const key = form.elements[target.name.replace("unidentified", "nationality")];
    if (key.value !== texts.usualNationality) return;
    key.value = "";
    form.elements[`${key.name}__text`].value = "";
    changed();
  });
  form.addEventListener("change", changed);
  form.addEventListener("focusout", event => { if (event.target.name) visited.add(event.target.name.replace(/__text$/, "")); });
  form.querySelector("[data-remember]").addEventListener("click", () => { clearTimeout(waiting); sent = ""; saveDraft(); });
  form.addEventListener("submit", async event => {
    clearTimeout(waiting);
    touched = true;
    if (typed().toString() !== sent) store(typed().toString());
    stopped = "";
    saving = null; // a second press takes the place of a save that waits
    if (!unsavedReason && navigator.onLine && !pendingHere().length && token()) return;
    // Signed out, offline, or with files to upload: the save waits, and the typed values stay.
    event.preventDefault();
    event.stopImmediatePropagation();
    saving = { text: typed().toString() };
    saveWhenReady(saving);
  }, true);

  const AGAIN = 5000;

  async function saveWhenReady(mine) {
    unsavedReason = await renew().then(done => done ? "" : texts.signedOut, () => texts.whereHere);
    if (mine !== saving) return;
    if (unsavedReason === texts.whereHere) {
      state(texts.saveWaits, true);
      setTimeout(() => mine === saving && saveWhenReady(mine), AGAIN);
      return;
    }
    const isComplete = !unsavedReason && await upload();
    if (mine !== saving) return;
    saving = null;
    if (unsavedReason) state(unsavedReason, true);
    else if (!isComplete) state(texts.fileFailed, true);
    else {
      ecrime.busy(form.querySelector("[data-save]"));
      form.dataset.sent = "1"; // a second press sends nothing
      form.submit();
    }
  }

  /* Enter leads to the next empty field that must be filled; in a long text it begins a line. */
  const isRequired = box => box.checkVisibility() && !box.closest(".field")?.querySelector(".opt")?.checkVisibility();
  // A value of the previous case is checked once.
  const isToCheck = box => "previous" in box.dataset && !visited.has(box.name.replace(/__text$/, ""));
  form.addEventListener("keydown", event => {
    const box = event.target;
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || !box.matches("input.in, select.in")) return;
    event.preventDefault();
    const answers = document.getElementById(box.getAttribute("aria-controls"));
    const isChosen = box.parentElement.querySelector("input[type=hidden]")?.value;
    // The results have not arrived, or none is chosen.
    if (answers && box.value.trim() && !isChosen && (answers.children.length || answers.parentElement.hidden)) return;
    box.blur(); // completes the field: a searched name becomes the name of a new person
    const boxes = [...form.querySelectorAll(".in")];
    const following = boxes.slice(boxes.indexOf(box) + 1).find(other => (!other.value.trim() || isToCheck(other)) && isRequired(other));
    (following ?? form.querySelector("[data-save]")).focus();
  });

  /* Keyboard shortcuts, by physical key: a Khmer layout produces Khmer letters. */
  const PARTS = [...form.querySelectorAll("[data-section] h2")];
  document.addEventListener("keydown", event => {
    if (!event.altKey || event.ctrlKey) return;
    const row = document.activeElement.closest?.("[data-row]");
    if (event.code === "Delete" && row) remove(row);
    else if (event.code === "ArrowDown" || event.code === "ArrowUp") {
      const down = event.code === "ArrowDown";
      const section = document.activeElement.closest?.("[data-section]");
      const at = PARTS.findIndex(part => section?.contains(part));
      const to = PARTS[Math.min(PARTS.length - 1, Math.max(0, at + (down ? 1 : -1)))];
      to.focus();
      to.scrollIntoView({ block: "start" });
    } else return;
    event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const row of form.querySelectorAll("[data-row]")) watchRow(row);
    offerOlder();
    if (texts.changed) showChanged(texts.changed);
  });
})();
