/* A change of language or purpose keeps what was typed: the values wait in this tab until the page is shown again. */
(() => {
  const FORMS = "main form[method=post]:not([data-token])"; // the entry page keeps its own draft
  const CONTROLS = "[name]:not([type=file], [type=password], [name=csrf_token], [data-idempotency-key])";
  const LONGEST = 10 * 60 * 1000; // milliseconds
  const controls = () => [...document.querySelectorAll(FORMS)].flatMap(form => [...form.querySelectorAll(CONTROLS)]);
  const name = () => `form:${ecrime.reader()}:${window.location.pathname}`;

  function saveForms() {
    const values = controls().map(control => [control.name, control.value, control.checked]);
    try {
      if (values.length) sessionStorage.setItem(name(), JSON.stringify({ at: Date.now(), values }));
    } catch {
      return; // a browser that blocks storage
    }
  }

  function restore() {
    let kept;
    try {
      kept = JSON.parse(sessionStorage.getItem(name()));
      sessionStorage.removeItem(name());
    } catch {
      return;
    }
    if (!kept || Date.now() - kept.at > LONGEST) return;
    for (const control of controls()) {
      const at = kept.values.findIndex(([named]) => named === control.name);
      if (at < 0) continue;
      const [[, value, checked]] = kept.values.splice(at, 1);
      if (control.value === value && control.checked === checked) continue;
      if (["checkbox", "radio"].includes(control.type)) control.checked = checked;
      else control.value = value;
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  document.addEventListener("click", event => event.target.closest("a[data-keeps-forms]") && saveForms());
  document.addEventListener("submit", event => event.target.matches("[data-keeps-forms]") && saveForms());
  document.addEventListener("DOMContentLoaded", restore);
})();
