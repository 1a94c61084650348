/* Selection of list rows, and the actions for selected rows. */
(() => {
  const { each, toReader } = ecrime;

  each("[data-bulk]", bar => {
    const form = bar.dataset.bulk;
    const boxes = () => [...document.querySelectorAll(`input[form="${form}"][name=rowid]`)];
    const all = document.querySelector(`input[data-all="${form}"]`);
    const update = () => {
      const chosen = boxes().filter(box => box.checked);
      for (const box of boxes()) box.closest("tr").classList.toggle("on", box.checked);
      bar.hidden = !chosen.length;
      bar.querySelector("[data-chosen]").textContent = toReader(chosen.length);
      if (all) {
        all.checked = chosen.length > 0 && chosen.length === boxes().length;
        all.indeterminate = chosen.length > 0 && !all.checked;
      }
    };
    const set = on => { for (const box of boxes()) box.checked = on; update(); };
    all?.addEventListener("change", () => set(all.checked));
    bar.querySelector("[data-none]").addEventListener("click", () => set(false));
    document.addEventListener("change", event => event.target.getAttribute("form") === form && update());
    update();
  });

  const rows = () => [...document.querySelectorAll("tr[data-row]")];
  const current = () => document.activeElement?.closest("tr[data-row]");

  ecrime.row = {
    move(step) {
      const found = rows();
      const at = found.indexOf(current());
      const next = found[Math.max(0, Math.min(found.length - 1, at < 0 ? 0 : at + step))];
      next?.focus();
      next?.scrollIntoView({ block: "nearest" });
    },
    open: () => document.activeElement?.matches("tr[data-row]") && current().querySelector(".lead a, .acts a")?.click(),
    choose: () => current()?.querySelector("[name=rowid]")?.click(),
  };
})();
