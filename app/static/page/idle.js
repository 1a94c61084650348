/* Warns before the session ends for lack of use. "Stay" sends one request; work in another tab counts too. */
(() => {
  const meta = document.querySelector("meta[name=idle]");
  ecrime.isUnused = () => false;
  if (!meta) return;
  const IDLE = Number(meta.content); // seconds
  const BEFORE = Math.min(3 * 60, IDLE / 2); // the server records the time of use once a minute
  const USED = "ecrime.used";
  const dialog = document.getElementById("idle");
  const [text, ended] = dialog.querySelectorAll("p");
  let used = 0;

  const read = () => {
    try { return Math.max(used, Number(localStorage.getItem(USED)) || 0); } catch { return used; }
  };
  const note = () => {
    used = Date.now();
    try { localStorage.setItem(USED, used); } catch { /* storage blocked: other tabs are not asked */ }
  };
  const show = isOver => {
    text.hidden = isOver;
    ended.hidden = !isOver;
    dialog.querySelector("button").hidden = isOver;
    if (!dialog.open) dialog.showModal();
  };

  // A page that the browser has kept proves no session.
  if (!document.querySelector("#entry[data-offline]")) note();
  ecrime.isUnused = () => Date.now() - read() > IDLE * 1000;
  ecrime.noteUse = note;
  // Each request that the server answers extends the session, except for files of the page and for the state of
  // background work. A redirect leads to the sign-in page; a cached answer has no size.
  const isUse = ({ name, redirectEnd, responseStatus, transferSize }) =>
    responseStatus >= 200 && responseStatus < 300 && !redirectEnd && transferSize && !/\/(?:static|jobs)\//.test(name);
  new PerformanceObserver(list => list.getEntries().some(isUse) && note()).observe({ type: "resource" });
  const stay = async () => {
    const answer = await fetch(meta.dataset.stay, { method: "POST", redirect: "manual", headers: { "X-CSRFToken": ecrime.token() } })
      .catch(() => null);
    if (answer?.status === 204) note();
  };
  dialog.querySelector("form").addEventListener("submit", stay);
  dialog.addEventListener("cancel", stay); // the Esc key
  // The sign-out in another tab removes the time of use.
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key !== USED || newValue !== null) return;
    ecrime.signsOut = true;
    sessionStorage.clear();
    const next = document.querySelector("[data-sign-out]").form.action;
    document.body.replaceChildren();
    setTimeout(() => window.location.replace(next), 2000); // after the sign-out
  });
  setInterval(() => {
    const left = IDLE - (Date.now() - read()) / 1000;
    if (left <= 0) show(true);
    else if (left <= BEFORE) show(false);
    else if (dialog.open) dialog.close();
  }, 5000);
})();
