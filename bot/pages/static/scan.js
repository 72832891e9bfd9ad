// A comfort only: without this file the page asks again by itself, as a whole.
(function () {
  "use strict";

  var waiting = document.querySelector("[data-waits]");
  if (!waiting || !window.fetch) { return; }
  var EVERY = 2000;
  var left = Number(waiting.dataset.left) * 1000;

  function look() {
    left -= EVERY;
    if (left <= 0) { location.replace("/scan"); return; }
    if (document.hidden) { setTimeout(look, EVERY); return; }
    fetch("/scan/state", { cache: "no-store", credentials: "same-origin" })
      .then(function (answer) { return answer.json(); })
      .then(function (found) {
        if (found.state !== waiting.dataset.waits) { location.replace("/scan"); return; }
        setTimeout(look, EVERY);
      })
      .catch(function () { setTimeout(look, EVERY); });
  }

  setTimeout(look, EVERY);
})();
