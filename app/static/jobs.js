/* Background jobs: polled often while a job runs, rarely otherwise, and not from a hidden page. */
(() => {
  const { each, enhance } = ecrime;
  const SOON = 2000, SELDOM = 30000;

  each("[data-poll]", part => {
    let seen = "";

    const later = () => setTimeout(ask, part.dataset.soon === undefined ? SELDOM : SOON);

    async function ask() {
      if (document.hidden) return later();
      const headers = { Accept: "application/json", ...seen && { "If-None-Match": seen } };
      const answer = await fetch(part.dataset.poll, { headers }).catch(() => null);
      if (answer?.redirected || answer?.status === 401) return undefined; // signed out
      if (answer?.status !== 200) return later();
      seen = answer.headers.get("ETag") ?? "";
      const fresh = document.createElement("template");
      fresh.innerHTML = await answer.text();
      const now = fresh.content.querySelector("[data-poll]");
      if (now) {
        part.replaceChildren(...now.childNodes);
        enhance(part);
      }
      if (part.dataset.soon !== undefined && now?.dataset.soon === undefined && part.closest("[data-ends]")) {
        return window.location.reload(); // the reloaded page shows the result
      }
      if (now?.dataset.soon === undefined) delete part.dataset.soon;
      else part.dataset.soon = "";
      return later();
    }

    later();
  });
})();
