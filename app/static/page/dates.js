/* Shows next to a typed date how it is understood, and completes a short one: 27/11, 27/11 2229, yesterday 8:30.
   Follows the parser of the server, app/kernel/text/dates.py, which decides and accepts complete dates only. */
(() => {
  const { each, element, toLatin, toReader, word } = ecrime;
  const TYPED = /^(\d{1,2}) ?([-/. ]) ?(\d{1,2}) ?\2 ?(\d{4})(?:,? (?:ម៉ោង ?)?(\d{1,2})(?:[:.](\d{2})|(?<=\d{2})(\d{2})))?$/;
  const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?$/;

  const SHORT = /^(?:(\d{1,2})([-/.])(\d{1,2})|([^\d\s]+))((?: .+)?)$/;
  const WORDS = { "today": 0, "ថ្ងៃនេះ": 0, "yesterday": 1, "ម្សិលមិញ": 1 };
  const DAY = 24 * 60 * 60 * 1000;
  // By the clock of the server: old computers have wrong clocks.
  const served = document.querySelector("meta[name=today]");
  const today = () => new Date(Math.floor((Date.parse(served?.content) + performance.now()) / DAY) * DAY);

  /* The complete form of a short date: a day without a year is the latest that is not in the future. */
  ecrime.completeDate = text => {
    const [, day, , month, name, time] = SHORT.exec(toLatin(text).trim().toLowerCase().replace(/\s+/g, " ")) ?? [];
    // 27/11 2026 is a year without its mark, not the time 20:26.
    if (/^ (?:19|20)\d\d$/.test(time) || (name && !Object.hasOwn(WORDS, name)) || (!day && !name)) return text;
    const now = today();
    let date = name ? new Date(now - WORDS[name] * DAY) : new Date(Date.UTC(now.getUTCFullYear(), month - 1, day));
    if (date > now) date = new Date(Date.UTC(now.getUTCFullYear() - 1, month - 1, day));
    if (day && (date.getUTCDate() !== Number(day) || date.getUTCMonth() !== month - 1)) return text;
    const number = value => String(value).padStart(2, "0");
    return `${number(date.getUTCDate())}/${number(date.getUTCMonth() + 1)}/${date.getUTCFullYear()}${time}`;
  };

  /* A birth known by its year or month: the first day of it, and the field of the precision is chosen. */
  function completeBirth(box) {
    const precision = box.form?.elements[box.name.replace(/born_on$/, "birth_precision")];
    const [, month, year] = /^(?:(\d{1,2})[-/.])?((?:19|20)\d\d)$/.exec(toLatin(box.value).trim()) ?? [];
    if (!precision || !box.name.endsWith("born_on")) return;
    if (!year && box.dataset.partial) precision.value = "day"; // replaced by the whole date
    box.dataset.partial = year ?? "";
    if (!year) return;
    box.value = `01/${(month ?? "01").padStart(2, "0")}/${year}`;
    precision.value = month ? "month" : "year";
    precision.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /* Nothing while the date is incomplete, else year, month, day, hour, minute (undefined without a time). */
  function parse(text) {
    const plain = toLatin(text).trim().replace(/\s+/g, " ");
    let found = TYPED.exec(plain);
    if (found) return [found[4], found[3], found[1], found[5], found[6] ?? found[7]].map(n => n && Number(n));
    found = ISO.exec(plain);
    return found?.slice(1).map(n => n && Number(n));
  }

  /* {words} or {wrong: "noDate" | "noTime" | "how"}; nothing for an empty field. */
  ecrime.readDate = text => {
    if (!text.trim()) return {};
    const read = parse(text);
    if (!read) return { wrong: "how" };
    const [year, month, day, hour, minute] = read;
    const date = new Date(Date.UTC(year, month - 1, day));
    // For a year of the Buddhist Era the server says which year is meant.
    if (year < 1900 || year > 2100) return {};
    if (date.getUTCMonth() !== month - 1) return { wrong: "noDate" };
    if (hour > 23 || minute > 59) return { wrong: "noTime" };
    const words = [word("date", {
      weekday: word("days").split(",")[date.getUTCDay()],
      day: toReader(day),
      month: word("months").split(",")[month - 1],
      year: toReader(year),
    })];
    const time = [hour, minute].map(n => String(n).padStart(2, "0")).join(":");
    if (hour !== undefined) words.push(word("time", { time: toReader(time) }));
    return { words: words.join(" ") };
  };

  /* The layout must not move while a button is pressed, or the click would miss it. */
  let pressed = false;
  document.addEventListener("pointerdown", () => { pressed = true; }, true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { pressed = false; }, true);
  const onceReleased = act => pressed ? document.addEventListener("pointerup", () => setTimeout(act), { once: true }) : act();

  each("input[data-date]", box => {
    const field = box.closest(".field") ?? box.parentElement;
    const output = field.querySelector("output.read") ?? element("output", { class: "read", for: box.id });
    const under = field.querySelector(".under");
    if (under) under.prepend(output);
    else if (!output.isConnected) box.after(output);
    const show = left => {
      const { words, wrong } = ecrime.readDate(ecrime.completeDate(box.value));
      // No error message while the user is still typing.
      const blame = wrong && left && !box.hasAttribute("aria-invalid");
      output.textContent = words ?? (blame ? word(wrong) : "");
      output.classList.toggle("no", Boolean(blame));
    };
    box.addEventListener("input", () => show(false));
    box.addEventListener("change", () => {
      const typed = box.value;
      completeBirth(box);
      box.value = ecrime.completeDate(box.value);
      if (box.value !== typed) {
        box.dispatchEvent(new Event("input", { bubbles: true }));
      }
      onceReleased(() => show(true));
    });
    show(false);
  });
})();
