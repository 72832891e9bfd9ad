// Keeps the page that checks papers offline, and answers with it when a paper's address cannot be reached. FILES and KEPT stand before this.
self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(KEPT).then(function (cache) { return cache.addAll(FILES); }).then(function () { return self.skipWaiting(); }));
});

self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.filter(function (name) { return name.indexOf("offline-") === 0 && name !== KEPT; }).map(function (name) {
      return caches.delete(name);
    }));
  }).then(function () { return self.clients.claim(); }));
});

self.addEventListener("fetch", function (event) {
  var address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) { return; }
  if (event.request.mode === "navigate" && address.pathname.indexOf("/v/") === 0) {
    event.respondWith(fetch(event.request).catch(function () { return caches.match(FILES[0]); }));
  } else if (FILES.indexOf(address.pathname) > 0) {
    event.respondWith(caches.match(address.pathname).then(function (kept) { return kept || fetch(event.request); }));
  }
});
