/* A name typed with the Latin layout of the keyboard: offers the word that the same keys type with the Khmer layout. */
(() => {
  const { element } = ecrime;
  const form = document.getElementById("entry");
  // The Khmer layout of NiDA, as every system has it.
  const KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm/QWERTYUIOP{}SDFGHJKL\"ZXCBNM";
  const LETTERS = [..."ឆឹេរតយុិោផៀឪាសដថងហ្កលើ់ឋខចវបនម៊ឈឺែឬទួូីៅភឿឧៃឌធអះញគឡ៉ឍឃជពណំ"];
  const LAYOUT = new Map([...KEYS].map((key, i) => [key, LETTERS[i]]));
  for (const [key, letters] of [["A", "ាំ"], [":", "ោះ"], ["V", "េះ"], [",", "ុំ"], ["<", "ុះ"], [" ", " "]]) LAYOUT.set(key, letters);
  // A letter, letters below it, vowels and signs.
  const WORD = /^(?:[\u1780-\u17b3](?:\u17d2[\u1780-\u17a2])*[\u17b6-\u17d1]*)+$/;
  const NAME = /-(?:surname|given|text)_(km|latin)$/;

  /* The Khmer words that these keys type, or nothing if they make none. */
  function convert(text) {
    const letters = [...text.trim()].map(key => LAYOUT.get(key));
    const words = letters.includes(undefined) ? "" : letters.join("");
    return words.split(" ").every(word => WORD.test(word)) ? words : "";
  }

  form.addEventListener("change", ({ target }) => {
    const script = NAME.exec(target.name)?.[1];
    if (!script) return;
    const under = target.closest(".field").querySelector(".under");
    under.querySelector("[data-converted]")?.remove();
    // A Latin name begins with a capital letter.
    const words = script === "latin" && !/^\p{Ll}/u.test(target.value) ? "" : convert(target.value);
    if (!words) return;
    const offer = element("button", { type: "button", class: "btn s", "data-converted": true, text: form.dataset.khmerKeys.replace("{word}", words) });
    offer.addEventListener("click", () => {
      const box = form.elements[target.name.replace(/latin$/, "km")];
      if (box !== target) target.value = "";
      box.value = words;
      box.focus();
      offer.remove();
      for (const changed of new Set([target, box])) {
        for (const kind of ["input", "change"]) changed.dispatchEvent(new Event(kind, { bubbles: true }));
      }
    });
    under.append(offer);
  });
})();
