/* Chooses the position of a case on a map without tiles: outlines of the provinces, and points of districts and communes
   (app/web/position_map.py). The middle of the map is the position: drag the map below it, tap a point, or use the keys. */
(() => {
  const { element, toLatin, toReader } = ecrime;
  const form = document.getElementById("entry");
  const dialog = document.getElementById("position-map");
  if (!dialog) return;
  const texts = dialog.dataset;
  const svg = dialog.querySelector("svg");
  const output = dialog.querySelector("output");
  const boxes = ["latitude", "longitude"].map(name => form.elements[`case-${name}`]);
  const SMALLEST = 4, WIDTH = 5600, HEIGHT = 5000; // in units: 400 m, and the whole country
  const METRES = 111.2; // of a unit
  const START = { 2: 1600, 4: 450, 6: 120 }; // the shown width, by the length of the code of the chosen place
  let map, x, y, span;

  const draw = (name, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const latitude = () => map.north - y / map.perDegree;
  const longitude = () => map.west + x / map.perDegree / map.shorten;
  const name = point => point[document.documentElement.lang === "km" ? 3 : 4];
  const largest = () => Math.max(WIDTH, HEIGHT * svg.clientWidth / svg.clientHeight);
  const say = metres => toReader(metres < 1000 ? texts.metres.replace("{n}", metres) : texts.kilometres.replace("{n}", metres / 1000));

  /* Returns the largest of 1, 2, 5, 10, 20 … metres that fits. */
  function roundLength(most) {
    const power = 10 ** Math.floor(Math.log10(most));
    return [5, 2, 1].find(step => step * power <= most) * power;
  }

  function show() {
    const { clientWidth, clientHeight } = svg;
    const pixel = span / clientWidth;
    const height = pixel * clientHeight;
    const [left, top] = [x - span / 2, y - height / 2];
    svg.setAttribute("viewBox", `${left} ${top} ${span} ${height}`);
    const parts = [draw("path", { d: map.outlines, class: "land" })];
    const taken = [];
    const level = [6, 4, 2].find(length => span <= START[length] * 3) ?? 2; // communes, districts or provinces
    for (const point of map.points) {
      const [code, px, py] = point;
      const isInside = px > left && px < left + span && py > top && py < top + height;
      if (!isInside || code.length !== level) continue;
      parts.push(draw("circle", { cx: px, cy: py, r: 3 * pixel, class: "point" }));
      // A label that would cover another is left out.
      const [half, line] = [pixel * (6 + 4.5 * name(point).length), pixel * 20];
      if (taken.some(other => Math.abs(other.px - px) < other.half + half && Math.abs(other.py - py) < line)) continue;
      taken.push({ px, py, half });
      const label = draw("text", { x: px, y: py - 7 * pixel, "font-size": 13 * pixel, "stroke-width": 3 * pixel });
      label.textContent = name(point);
      parts.push(label);
    }
    const arm = 14 * pixel;
    parts.push(draw("path", { d: `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}`, class: "cross" }));
    const metres = roundLength(span * METRES / 3);
    const [barX, barY] = [left + 12 * pixel, top + height - 12 * pixel];
    parts.push(draw("path", { d: `M${barX} ${barY}h${metres / METRES}`, class: "bar" }));
    const length = draw("text", { x: barX, y: barY - 6 * pixel, "font-size": 13 * pixel, "stroke-width": 3 * pixel, class: "begin" });
    length.textContent = say(metres);
    parts.push(length);
    svg.replaceChildren(...parts);
    const near = map.points.filter(point => point[0].length === 6)
      .reduce((best, point) => Math.hypot(point[1] - x, point[2] - y) < Math.hypot(best[1] - x, best[2] - y) ? point : best);
    output.textContent = `${latitude().toFixed(5)}, ${longitude().toFixed(5)} · ${texts.near.replace("{name}", name(near))}`;
  }

  function move(dx, dy) {
    x = Math.min(WIDTH, Math.max(0, x + dx));
    y = Math.min(HEIGHT, Math.max(0, y + dy));
    show();
  }

  function zoom(factor) {
    span = Math.min(largest(), Math.max(SMALLEST, span * factor));
    show();
  }

  /* Begins at the typed position, else at the chosen place, else with the whole country. */
  function begin() {
    const [north, east] = boxes.map(box => parseFloat(toLatin(box.value).replace(",", ".")));
    const code = form.querySelector("[name=case-place]").value;
    const found = [6, 4, 2].map(length => map.points.find(([one]) => one === code.slice(0, length))).find(Boolean);
    [x, y, span] = found ? [found[1], found[2], START[found[0].length]] : [WIDTH / 2, HEIGHT / 2, largest()];
    if (!isNaN(north + east)) {
      [x, y, span] = [(east - map.west) * map.perDegree * map.shorten, (map.north - north) * map.perDegree, 60];
    }
    move(0, 0);
  }

  dialog.querySelector("form").addEventListener("submit", event => {
    if (!event.submitter?.value) return;
    for (const [box, degrees] of [[boxes[0], latitude()], [boxes[1], longitude()]]) {
      box.value = degrees.toFixed(5);
      for (const kind of ["input", "change"]) box.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  });
  for (const button of dialog.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => zoom(button.dataset.zoom));

  form.querySelector("[data-choose-position]").addEventListener("click", async ({ currentTarget }) => {
    try {
      map ??= await (await fetch(texts.map)).json();
    } catch {
      currentTarget.after(element("span", { class: "hint", role: "status", text: ecrime.word("offline") }));
      return;
    }
    dialog.querySelector("small").textContent = map.attribution;
    dialog.showModal();
    begin();
    svg.focus();
  });
  window.addEventListener("resize", () => dialog.open && show());

  /* Keys, wheel, mouse and fingers */

  svg.addEventListener("keydown", event => {
    const step = span / 12;
    const acts = {
      ArrowLeft: () => move(-step, 0), ArrowRight: () => move(step, 0), ArrowUp: () => move(0, -step), ArrowDown: () => move(0, step),
      Equal: () => zoom(0.5), NumpadAdd: () => zoom(0.5), Minus: () => zoom(2), NumpadSubtract: () => zoom(2),
      Enter: () => dialog.querySelector("[value=yes]").click(),
    };
    if (event.ctrlKey || event.altKey || !acts[event.code]) return;
    event.preventDefault();
    acts[event.code]();
  });
  svg.addEventListener("wheel", event => {
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8);
  });

  const held = new Map(); // pointer → its last place
  let dragged = 0;
  const between = () => {
    const [one, other] = [...held.values()];
    return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  };
  svg.addEventListener("pointerdown", event => {
    svg.setPointerCapture(event.pointerId);
    held.set(event.pointerId, event);
    dragged = held.size > 1 ? Infinity : 0;
  });
  svg.addEventListener("pointermove", event => {
    const last = held.get(event.pointerId);
    if (!last) return;
    const before = held.size === 2 && between();
    held.set(event.pointerId, event);
    if (before) return zoom(before / Math.max(1, between()));
    const [dx, dy] = [event.clientX - last.clientX, event.clientY - last.clientY];
    dragged += Math.abs(dx) + Math.abs(dy);
    move(-dx * span / svg.clientWidth, -dy * span / svg.clientWidth);
  });
  svg.addEventListener("pointerup", event => {
    held.delete(event.pointerId);
    if (dragged > 6) return;
    const area = svg.getBoundingClientRect(); // a tap
    const pixel = span / svg.clientWidth;
    move((event.clientX - area.left - area.width / 2) * pixel, (event.clientY - area.top - area.height / 2) * pixel);
  });
  svg.addEventListener("pointercancel", event => held.delete(event.pointerId));
})();
