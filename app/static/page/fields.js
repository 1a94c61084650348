/* Conditional fields, filterable long lists, visible passwords, and focus on the first error. */
(() => {
  const { each, word } = ecrime;
  const WRITTEN = "input:not([type=checkbox]):not([type=radio]):not([type=file]), textarea, select";

  /* data-when="kind=drug|weapon": shown while the field `kind` of the same row or form has one of these values. */
  each("[data-when]", part => {
    const [name, values] = part.dataset.when.split("=");
    const wanted = values.split("|");
    const scope = part.closest("[data-row]") ?? part.closest("form") ?? document;
    const named = control => control.name === name || control.name.endsWith(`-${name}`);
    const update = () => {
      const controls = [...scope.querySelectorAll("[name]")].filter(named);
      const chosen = controls.filter(c => !["checkbox", "radio"].includes(c.type) || c.checked).map(c => c.value);
      part.hidden = !chosen.some(value => wanted.includes(value));
      for (const control of part.querySelectorAll("[name]")) control.disabled = part.hidden;
    };
    scope.addEventListener("change", event => event.target.name && named(event.target) && update());
    update();
  });

  each("[data-narrow]", box => box.addEventListener("input", () => {
    const text = box.value.trim().toLowerCase();
    for (const line of box.nextElementSibling.children) {
      line.hidden = !line.textContent.toLowerCase().includes(text);
    }
  }));

  each("[data-reveal]", button => {
    const box = document.getElementById(button.dataset.reveal);
    const note = document.getElementById(box.dataset.keyboard);
    button.addEventListener("click", () => {
      const shown = box.type === "password";
      box.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", shown);
    });
    for (const kind of ["keydown", "keyup", "input"]) {
      box.addEventListener(kind, event => {
        const caps = event.getModifierState?.("CapsLock") && word("caps");
        note.textContent = [caps, /[\u1780-\u17ff]/.test(box.value) && word("khmer")].filter(Boolean).join(" ");
      });
    }
  });

  /* Only filled filters are sent, with the chosen comparison. For a lookup without a choice the typed text is sent,
     so that the page can report it. */
  each("form[data-filters]", form => form.addEventListener("formdata", event => {
    for (const pair of form.querySelectorAll("[data-column]")) {
      const { column } = pair.dataset;
      let value = "", words;
      for (const control of pair.querySelectorAll("[name]")) {
        if (control.type === "checkbox" && !control.checked) continue;
        if (control.name.endsWith("__text")) words = control.value.trim();
        else if (!/__?shown$/.test(control.name)) value ||= control.value.trim();
        event.formData.delete(control.name);
      }
      const operator = pair.querySelector("[data-operator]")?.value ?? "0";
      if (value || words) event.formData.set(`_flt_${operator}_${column}${value ? "" : "__text"}`, value || words);
    }
  }));

  /* The back button reloads the page of an add form; the history entry keeps its idempotency key. */
  each("[data-idempotency-key]", box => {
    if (window.history.state?.once) box.value = window.history.state.once;
    else window.history.replaceState({ ...window.history.state, once: box.value }, "");
  });

  each("[data-focus-now]", node => node.focus());

  /* The first field that the link to the form has not filled; a day with a space after it waits for its time.
     On a phone the keyboard would hide the form. */
  each("form[data-focus-first]", form => {
    const boxes = [...form.querySelectorAll(".in:enabled")];
    const box = window.innerWidth > 700 && (boxes.find(one => !one.value || one.value.endsWith(" ")) ?? boxes[0]);
    if (!box) return;
    box.focus();
    box.setSelectionRange?.(box.value.length, box.value.length);
  });

  /* On a phone the bottom bar makes room for the keyboard. It returns only after the finger has left the screen:
     a button that moves between press and release receives no click. */
  let pressed = false;
  const settle = () => {
    if (!pressed) document.body.classList.toggle("typing", document.activeElement?.matches(WRITTEN) ?? false);
  };
  const press = down => () => {
    pressed = down;
    setTimeout(settle);
  };
  document.addEventListener("pointerdown", press(true));
  document.addEventListener("pointerup", press(false));
  document.addEventListener("pointercancel", press(false));
  document.addEventListener("focusin", settle);
  document.addEventListener("focusout", () => setTimeout(settle));

  /* A link to a collapsed section opens it. */
  function unfold() {
    const target = window.location.hash.length > 1 && document.getElementById(window.location.hash.slice(1));
    if (target) target.closest("details")?.setAttribute("open", "");
  }
  window.addEventListener("hashchange", unfold);
  unfold();
  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-focus], .note a[href^='#']");
    const target = link && document.getElementById(link.dataset.focus || link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.closest("details")?.setAttribute("open", "");
    target.focus();
    target.scrollIntoView({ block: "center" });
  });
})();
