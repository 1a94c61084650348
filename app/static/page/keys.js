/* Keyboard shortcuts. Letters are identified by physical key (`code`): a Khmer layout produces Khmer letters. */
(() => {
  const SWITCH = "ecrime.single-keys";
  const TYPED = "input:not([type=checkbox]):not([type=radio]):not([type=submit]), textarea, select, [contenteditable]";
  let going = 0;

  const single = document.getElementById("single-keys");
  const lettersWork = () => {
    try {
      return window.localStorage.getItem(SWITCH) !== "off";
    } catch {
      return true;
    }
  };
  if (single) {
    single.checked = lettersWork();
    single.addEventListener("change", () => window.localStorage.setItem(SWITCH, single.checked ? "on" : "off"));
  }

  const search = () => { const box = document.getElementById("quick"); box?.focus(); box?.select(); return box; };
  const save = () => {
    const button = document.querySelector("[data-save]");
    button?.click();
    return button;
  };
  function nextMistake() {
    const found = [...document.querySelectorAll("[aria-invalid=true], .warn:not(.overridden) select, .field:has(.warn:not(.overridden)):not(:has(.warn select)) .in")].filter(n => n.type !== "hidden");
    const next = found[(found.indexOf(document.activeElement) + 1) % (found.length || 1)];
    next?.closest("details")?.setAttribute("open", "");
    next?.focus();
    next?.scrollIntoView({ block: "center" });
    return next;
  }
  function filter() {
    const details = document.querySelector("details.find");
    if (!details) return false;
    details.open = true;
    details.querySelector("input:not([type=hidden])")?.focus();
    return true;
  }
  const close = () => {
    const menu = document.querySelector("details.me[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (window.location.hash === "#menu") window.location.hash = "main";
    return menu;
  };

  const LETTERS = {
    KeyJ: () => ecrime.row.move(1),
    KeyK: () => ecrime.row.move(-1),
    KeyX: () => ecrime.row.choose(),
    KeyF: filter,
    KeyG: () => { going = Date.now(); },
    Slash: event => (event.shiftKey ? document.getElementById("keys")?.showModal() : search()),
  };

  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const { code } = event;
    const held = event.ctrlKey || event.metaKey;
    let done = false;
    if (held && !event.altKey && code === "KeyK") done = search();
    else if (held && !event.altKey && code === "KeyS") done = save();
    else if (event.altKey && !held) {
      done = document.querySelector(`[data-alt-key="${code}"]`);
      done?.click();
    } else if (code === "F8") done = nextMistake();
    else if (code === "F1") {
      done = document.querySelector("[data-help]");
      done?.click();
    }
    else if (code === "Escape") done = close();
    else if (!held && !event.altKey && !event.target.matches(TYPED)) {
      if (code === "Enter") done = ecrime.row.open();
      else if (lettersWork() && Date.now() - going < 1500 && /^Key[HCP]$/.test(code)) {
        const url = document.body.dataset[`go${code.slice(3)}`];
        going = 0;
        if (url) window.location.assign(url);
        done = true;
      } else if (lettersWork() && LETTERS[code]) {
        LETTERS[code](event);
        done = true;
      }
    }
    if (done) event.preventDefault();
  });
})();
