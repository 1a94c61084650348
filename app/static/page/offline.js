/* Keeps the empty entry page for a lost connection (worker/offline.js). A page of another user, of another version or of
   no user deletes what was kept. Without HTTPS a browser keeps nothing. */
(() => {
  const version = document.querySelector("meta[name=offline]");
  ecrime.forgetPage = async kept => {
    for (const name of await window.caches?.keys() ?? []) if (name !== kept) await caches.delete(name);
  };
  async function registerWorker() {
    await ecrime.forgetPage(version?.content);
    if (!version || !navigator.serviceWorker || await caches.match("/entry/offline/", { ignoreVary: true })) return;
    const { installing, waiting, active } = await navigator.serviceWorker.register(version.dataset.worker, { scope: "/entry/" });
    (installing ?? waiting ?? active).postMessage(version.content, []);
  }
  registerWorker().catch(() => undefined); // storage blocked
})();
