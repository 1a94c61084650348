/* Service worker: the entry page opens at once and without a connection. It keeps the empty page of one user, its files
   and the code lists; page/offline.js deletes them for another user, another version and after the sign-out. A page with
   records, and what was typed, is never here. */
"use strict";
const PAGE = "/entry/offline/";
const ENTRY = /^\/entry\/[\w-]{0,40}$/;
const SLOW = 3000; // milliseconds

const kept = request => caches.match(request, { ignoreVary: true });
const later = () => new Promise(done => { setTimeout(done, SLOW); });

/* Keeps the page of this version. It is stored last, so that a page that is kept has its files and code lists. */
async function cachePage(version) {
  await Promise.all((await caches.keys()).map(name => name !== version && caches.delete(name)));
  if (await kept(PAGE)) return;
  const page = await fetch(PAGE, { redirect: "manual", cache: "no-store" });
  if (!page.ok) return;
  const html = await page.text();
  const cache = await caches.open(version);
  const files = new Set(html.match(/\/static\/built\/[\w.-]+/g));
  for (const style of [...files].filter(name => name.endsWith(".css"))) {
    const fonts = (await (await fetch(style)).text()).match(/[\w.-]+\.woff2/g) ?? [];
    for (const font of fonts) files.add(`/static/built/${font}`);
  }
  await cache.addAll([...files]);
  const lists = new Set(Array.from(html.matchAll(/data-lookup="(\/lookup\/[\w.]+)"(?![^>]*data-post)/g), ([, list]) => list));
  for (const list of lists) await cache.add(`${list}?q=`).catch(() => undefined);
  const headers = new Headers(page.headers);
  headers.delete("X-CSRFToken");
  await cache.put(PAGE, new Response(html, { headers }));
}

/* A new entry is the kept page. A draft comes from the system while there is a connection. */
async function open(request, url) {
  const page = await kept(PAGE);
  if (page && url.pathname === "/entry/" && !url.search) return page;
  const answer = await fetch(request).catch(fault => { if (!page) throw fault; });
  return page && !(answer?.status < 502) ? page : answer;
}

/* The values of a code list with the typed letters, if the server does not answer soon. */
async function filterList(request, url) {
  const text = (url.searchParams.get("q") ?? "").toLowerCase();
  const list = await kept(`${url.pathname}?q=`);
  if (list && !text) return list;
  const { items } = list ? await list.json() : { items: [] };
  const answer = fetch(request);
  if (!items.length) return answer;
  const found = items.filter(item => `${item.text} ${item.detail}`.toLowerCase().includes(text));
  return await Promise.race([answer.catch(() => null), later()]) ?? Response.json({ items: found, more: false });
}

self.addEventListener("message", event => event.waitUntil(cachePage(event.data).catch(() => undefined)));
self.addEventListener("fetch", event => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (ENTRY.test(url.pathname)) event.respondWith(open(request, url));
  } else if (url.pathname.startsWith("/static/built/")) {
    event.respondWith(kept(request).then(file => file ?? fetch(request)));
  } else if (url.pathname.startsWith("/lookup/")) event.respondWith(filterList(request, url));
});
