/* Buttons that ask for confirmation, buttons that send a POST, and busy buttons. */
(() => {
  const { element, token, word } = ecrime;

  /* Asks for confirmation in the page's dialog; true if the action button was pressed. */
  ecrime.ask = button => new Promise(answer => {
    const dialog = document.getElementById("ask");
    const verb = button.dataset.verb || button.textContent.trim() || word("yes");
    dialog.querySelector("h2").textContent = button.dataset.askTitle || word("ask");
    dialog.querySelector("p").textContent = button.dataset.ask;
    dialog.querySelector("[value=yes]").textContent = verb;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });

  /* Changes the label, keeps the width and ignores a second click. */
  ecrime.busy = button => {
    if (!button || button.hasAttribute("aria-disabled")) return;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.setAttribute("aria-disabled", "true");
    if (button.textContent.trim()) {
      button.ecrimeWas = [...button.childNodes];
      button.replaceChildren(button.dataset.busy || word("busy"));
    }
  };

  function enableForms() {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-disabled=true]")) {
      if (!button.style.minWidth) continue;
      button.removeAttribute("aria-disabled");
      button.style.minWidth = "";
      if (button.ecrimeWas) button.replaceChildren(...button.ecrimeWas);
    }
  }

  function post(url) {
    const form = element("form", { method: "post", action: url, hidden: true },
      element("input", { type: "hidden", name: "csrf_token", value: token() }));
    document.body.append(form);
    form.submit();
  }

  document.addEventListener("click", async event => {
    const button = event.target.closest("a[data-ask], a[data-post], button[data-ask], button[data-post]");
    if (!button) return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    // Of an incomplete form the server says what is missing, before anything is asked.
    const asks = button.dataset.ask && (!button.form || button.form.checkValidity());
    if (asks && !(await ecrime.ask(button))) return;
    if (button.dataset.post) {
      ecrime.busy(button);
      post(button.dataset.post);
    } else if (button.form) button.form.requestSubmit(button);
    else window.location.assign(button.href);
  });

  document.addEventListener("submit", event => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || "nobusy" in form.dataset) return;
    if (form.dataset.sent) event.preventDefault();
    else if (!navigator.onLine) {
      // Offline, the browser's error page would replace what was typed.
      event.preventDefault();
      event.submitter?.replaceChildren(word("offline"));
    } else {
      form.dataset.sent = "1";
      // After the browser has read the form, so that the button's own name and value are sent too.
      setTimeout(() => ecrime.busy(event.submitter));
    }
  });
  // A page restored from the back/forward cache is usable again.
  window.addEventListener("pageshow", event => event.persisted && enableForms());

  document.addEventListener("click", async event => {
    if (event.target.closest("[data-print]")) window.print();
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const lines = [...document.getElementById(button.dataset.copy).children].map(line => line.textContent);
    // Without HTTPS a browser offers no clipboard: the lines are selected instead.
    await navigator.clipboard?.writeText(lines.join("\n"));
    if (navigator.clipboard) button.replaceChildren(button.dataset.done);
    else window.getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
  });

  document.addEventListener("click", event => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.open).showModal();
    }
    for (const menu of document.querySelectorAll("details.me[open]")) {
      if (!menu.contains(event.target) || opener) menu.open = false;
    }
  });
})();
