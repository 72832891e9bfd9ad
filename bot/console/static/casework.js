// Comforts of the queue, the case and the talks: every page works without this file.
(function () {
  "use strict";

  var every = function (selector, act) { document.querySelectorAll(selector).forEach(act); };

  // x ticks the row where the cursor is; single keys can be switched off on the help page, with all the others.
  var keysOn = function () { try { return localStorage.getItem("console-keys-off") !== "1"; } catch (refused) { return true; } };
  document.addEventListener("keydown", function (event) {
    var target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !keysOn() || document.querySelector("dialog[open]")) { return; }
    if (target.closest && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select")) { return; }
    if (event.key === "x") {
      var row = document.querySelector("[data-rows] tr[data-at]");
      var box = row && row.querySelector("input[type=checkbox]");
      if (box) { event.preventDefault(); box.checked = !box.checked; }
    } else if (/^[a-z]$/.test(event.key)) {
      var place = document.querySelector("[data-key='" + event.key + "']");
      if (place) { event.preventDefault(); place.click(); }
    }
  });

  // What the person will read, while it is being written.
  every("[data-mirror]", function (area) {
    var place = document.getElementById(area.dataset.mirror);
    var show = function () { place.textContent = area.value.trim() || place.dataset.empty; };
    area.addEventListener("input", show);
    show();
  });

  // A message that came back with a form is read first.
  var first = document.querySelector("[data-focus]");
  if (first) { first.focus({ preventScroll: false }); }

  // Phrases go into the answer where the cursor is.
  var answer = document.querySelector("textarea[data-send]");
  every("[data-phrase]", function (button) {
    if (!answer) { return; }
    button.hidden = false;
    button.addEventListener("click", function () {
      answer.setRangeText(button.dataset.phrase, answer.selectionStart, answer.selectionEnd, "end");
      answer.focus();
    });
  });
  if (answer) {
    answer.addEventListener("keydown", function (event) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault();
        answer.form.requestSubmit();
      }
    });
  }

  // Looking again: nothing while the page is not seen, and slower while the server is away.
  function again(seconds, look) {
    var pause = seconds;
    (function turn() {
      setTimeout(function () {
        if (document.hidden) { turn(); return; }
        look().then(function (ok) { pause = ok ? seconds : Math.min(60, pause * 2); }, function () { pause = Math.min(60, pause * 2); }).then(turn);
      }, pause * 1000);
    })();
  }
  function fetched(address) {
    return fetch(address, { credentials: "same-origin", redirect: "error" }).then(function (reply) {
      return reply.ok ? reply.text() : Promise.reject();
    });
  }

  every("[data-part]", function (part) {
    again(Number(part.dataset.every), function () {
      return fetched(part.dataset.part).then(function (html) {
        var held = document.activeElement && part.contains(document.activeElement) ? document.activeElement.id : "";
        part.innerHTML = html;
        var back = held && document.getElementById(held);
        if (back) { back.focus({ preventScroll: true }); }
        return true;
      });
    });
  });

  every("[data-more]", function (list) {
    var bottom = function () { list.scrollTop = list.scrollHeight; };
    bottom();
    again(Number(list.dataset.every), function () {
      var last = list.lastElementChild;
      return fetched(list.dataset.more + "?after=" + (last ? last.dataset.line : 0)).then(function (html) {
        var low = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
        var made = document.createElement("template");
        made.innerHTML = html;
        made.content.querySelectorAll("[data-line]").forEach(function (line) {
          if (!list.querySelector("[data-line='" + line.dataset.line + "']")) { list.appendChild(line); }
        });
        if (low) { bottom(); }
        return true;
      });
    });
  });
})();
