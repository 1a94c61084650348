/* The search results: the page's own address, similar-sounding people loaded later, and arrow keys from card to card. */
(() => {
  const { each, element, enhance, token, word } = ecrime;
  const TYPED = "input, textarea, select, [role=combobox]";

  /* The results came by POST. The page takes the address of its search token, which contains no name. A rejected POST
     takes the address of its form: going back must not show the browser's "resubmit form" page. */
  each("[data-address]", page => window.history.replaceState(window.history.state, "", page.dataset.address));

  each("[data-alike]", async place => {
    const shown = [...document.querySelectorAll("[data-results] [data-person]")].map(card => ["shown", card.dataset.person]);
    try {
      const answer = await fetch(place.dataset.alike, {
        method: "POST",
        headers: { "X-CSRFToken": token() },
        body: new URLSearchParams([["search", place.dataset.search], ...shown]),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const parts = new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes;
      place.replaceChildren(...parts);
      enhance(place);
    } catch {
      place.replaceChildren(element("p", { class: "muted", text: word("offline") }));
    }
  });

  const cards = () => [...document.querySelectorAll("[data-results] .result a.name, [data-results] .lines-of a, [data-results] .result button")]
    .filter(link => link.checkVisibility());

  document.addEventListener("keydown", event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.defaultPrevented || event.altKey || event.ctrlKey || event.target.matches(TYPED)) return;
    const found = cards();
    if (!found.length) return;
    const at = found.indexOf(document.activeElement);
    const next = found[Math.max(0, Math.min(found.length - 1, at < 0 ? 0 : at + step))];
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });
})();
