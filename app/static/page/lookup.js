/* The lookup field: type in either script, choose with the arrow keys or the mouse, Enter takes, Escape closes.
   The visible field holds the text, the hidden field the record's key. Fires `taken` with the item.
   The quick search (data-quick) lists links: none is preselected, so that Enter opens all results. */
(() => {
  const { each, element, icon, token, toReader, word } = ecrime;
  const WAIT = 150; // milliseconds
  const LONGEST = 100; // characters that are sent: a whole paragraph would not fit into a URL
  const ROOMY = 420; // pixels: a place with its parents on one line
  const MOST = 8; // results of a search; without text, ↓ or a click lists all values of a code list
  const NAMESAKES = 3; // listed below other fields; and pages of the menu in the quick search
  let number = 0;

  async function answers(box, text, signal) {
    const url = new URL(box.dataset.lookup, window.location.href);
    const options = { signal, headers: { Accept: "application/json" } };
    if (box.dataset.post !== undefined) Object.assign(options, asPost(box, text));
    else url.searchParams.set("q", text.slice(0, LONGEST));
    const answer = await fetch(url, options);
    if (answer.status === 428) throw Object.assign(new Error("428"), { detail: (await answer.json()).detail });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  // Text typed about a person is never put into a URL. On the entry page the entry is the purpose of the search.
  function asPost(box, text) {
    const body = new URLSearchParams({ q: text, draft: box.form?.dataset.token ?? "" });
    return { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token() } };
  }

  // On leaving the field, what was typed and shown becomes one search in the audit log.
  function leave(box) {
    fetch(box.dataset.lookup, { ...asPost(box, ""), keepalive: true }).catch(() => undefined);
  }

  // The pages of the menu whose names contain the text.
  function pages(text) {
    const links = [...document.querySelectorAll("#menu a[href^='/']")];
    return links.map(link => ({ text: link.textContent.trim(), url: link.href, icon: "menu" }))
      .filter(one => text.length > 2 && one.text.toLowerCase().includes(text.toLowerCase())).slice(0, NAMESAKES);
  }

  function marked(text, mark) {
    if (!mark) return [text];
    const [from, to] = mark;
    return [text.slice(0, from), element("mark", { text: text.slice(from, to) }), text.slice(to)];
  }

  each("input[data-lookup]", box => {
    const base = box.name.replace(/__?text$/, "");
    const key = [...box.parentElement.querySelectorAll("input[type=hidden]")].find(field => field.name === base);
    const list = element("ul", { id: `answers-${++number}`, role: "listbox", class: "answers" });
    const foot = element("p", { class: "foot", role: "status" });
    const menu = element("div", { class: "menu", hidden: true }, list, foot);
    let items = [], at = -1, asked = false, waiting, running, taken = key?.value ? box.value : null;
    list.setAttribute("aria-label", box.getAttribute("aria-label") ?? box.labels?.[0]?.textContent.trim() ?? "");
    box.setAttribute("aria-controls", list.id);
    box.setAttribute("aria-autocomplete", "list");
    box.after(menu);

    function open(on) {
      menu.hidden = !on;
      box.setAttribute("aria-expanded", on);
      if (!on) return box.removeAttribute("aria-activedescendant");
      menu.style.top = `${box.offsetTop + box.offsetHeight + 4}px`;
      menu.style.right = "auto";
      menu.style.left = `${box.offsetLeft}px`;
      const room = document.documentElement.clientWidth - box.getBoundingClientRect().left - 16;
      menu.style.width = `${Math.max(box.offsetWidth, Math.min(ROOMY, room))}px`;
    }

    function move(to) {
      const lines = [...list.querySelectorAll("[role=option]")];
      at = lines.length ? (to + lines.length) % lines.length : -1;
      lines.forEach((option, i) => { option.setAttribute("aria-selected", i === at); });
      if (at < 0) return;
      box.setAttribute("aria-activedescendant", lines[at].id);
      lines[at].scrollIntoView({ block: "nearest" });
    }

    const quick = box.dataset.quick !== undefined;

    function take(item) {
      if (quick) return item.url ? window.location.assign(item.url) : box.form.requestSubmit();
      taken = item.text;
      box.value = item.text;
      if (key) key.value = item.id;
      open(false);
      box.dispatchEvent(new CustomEvent("taken", { bubbles: true, detail: item }));
      key?.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function buildOption(item) {
      const words = [item.face ? element("img", { src: item.face, alt: "", width: "32", height: "32" }) : icon(item.icon || "circle", "s"),
        element("span", {}, element("b", {}, ...marked(item.text, item.mark)), " ",
          ...(item.second ? [element("span", { class: "lat" }, ...marked(item.second, item.second_mark)), element("br")] : []),
          element("span", { class: "detail", text: item.detail ?? "" }))];
      if (item.status) words.push(element("span", { class: "tag line", text: item.status }));
      if (item.outside) words.push(element("span", { class: "tag line", text: word("outside") }));
      if (item.code) words.push(element("span", { class: "id", text: item.code }));
      return words;
    }

    function line(item, i) {
      const node = element("li", { id: `${list.id}-${i}`, role: "option" }, ...buildOption(item));
      // Before the field loses focus.
      node.addEventListener("mousedown", event => { event.preventDefault(); take(item); });
      return node;
    }

    function show(found, more, text) {
      items = quick || !text ? found : found.slice(0, MOST);
      const count = items.length;
      const group = item => item.group ? [element("li", { class: "group", role: "presentation", text: item.group })] : [];
      list.replaceChildren(...items.flatMap((item, i) => [...group(item), line(item, i)]));
      if (quick) foot.replaceChildren(...keys(count));
      else {
        foot.textContent = !count ? word("none") : more ? word("more")
          : box.dataset.foot || word("count", { n: toReader(count) });
      }
      open(true);
      if (quick) at = -1;
      else move(0);
    }

    function keys(count) {
      const keyHint = (names, texts) => element("span", { class: "keys" }, ...names.map(name => element("kbd", { text: name })), ` ${word(texts)} `);
      const all = element("button", { class: "go", type: "submit", tabindex: "-1", text: word("all") });
      // Before the field loses focus.
      all.addEventListener("mousedown", event => { event.preventDefault(); box.form.requestSubmit(); });
      const hints = count ? [keyHint(["↑", "↓"], "choose"), keyHint(["Enter"], "open"), keyHint(["Esc"], "close")] : [word("none")];
      return [...hints, all];
    }

    // Answers that arrive later must not open the list.
    function cancelSearch() {
      clearTimeout(waiting);
      running?.abort();
    }

    async function ask(text = box.value.trim()) {
      cancelSearch();
      running = new AbortController();
      try {
        asked = box.dataset.post !== undefined;
        const { items: found, more } = await answers(box, text, running.signal);
        if (document.activeElement !== box) return;
        if (text || found.length) show(quick ? [...pages(text), ...found] : found, more, text);
      } catch (fault) {
        if (fault.name === "AbortError") return;
        show(quick ? pages(text) : [], false, text);
        foot.textContent = fault.detail ?? word("offline");
        open(true);
      }
    }

    box.addEventListener("input", () => {
      // Edited text no longer names the chosen record.
      if (key && box.value !== taken && key.value) {
        key.value = "";
        key.dispatchEvent(new Event("change", { bubbles: true }));
      }
      cancelSearch();
      if (box.value.trim()) waiting = setTimeout(() => ask(), WAIT);
      else open(false);
    });
    box.addEventListener("click", () => {
      if (menu.hidden && !box.value && box.dataset.post === undefined) ask();
    });
    box.addEventListener("keydown", event => {
      if (event.isComposing) return;
      const opened = !menu.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (opened) move(event.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1);
        else if (box.dataset.post === undefined) ask(key?.value ? "" : undefined); // a chosen code: all others
        else if (box.value.trim()) ask();
      } else if (event.key === "Enter" && opened && items[at]) {
        event.preventDefault();
        take(items[at]);
      } else if (event.key === "Escape") {
        cancelSearch();
        if (!opened) return;
        event.preventDefault();
        event.stopPropagation();
        open(false);
      }
    });
    // Text typed into other fields may name a registered person: a few matches are listed in `place`.
    box.addEventListener("namesakes", async ({ detail: { text, place } }) => {
      const { items: found } = await answers(box, text).catch(() => ({ items: [] }));
      leave(box);
      place.replaceChildren(...found.slice(0, NAMESAKES).map(item => {
        const choice = element("button", { type: "button", class: "btn" }, ...buildOption(item));
        choice.addEventListener("click", () => { take(item); box.focus(); });
        return choice;
      }));
    });
    box.addEventListener("blur", () => {
      cancelSearch();
      open(false);
      if (asked) leave(box);
      asked = false;
    });
  });
})();
