// Comforts only: every page works without this file.
(function () {
  "use strict";

  var OFF = "console-keys-off";
  var keysOn = function () { try { return localStorage.getItem(OFF) !== "1"; } catch (refused) { return true; } };

  // ── keys: rows by j and k, the search field by /, the list of keys by ? ─────────────────────────────────────────

  function rows() {
    return Array.prototype.filter.call(document.querySelectorAll("[data-rows] tbody tr"), function (row) {
      return row.querySelector("a[href]") && row.offsetParent !== null;
    });
  }

  function move(by) {
    var all = rows();
    if (!all.length) { return; }
    var here = all.findIndex(function (row) { return row.contains(document.activeElement); });
    if (here < 0) { here = all.findIndex(function (row) { return row.hasAttribute("data-at"); }); }
    var next = all[Math.min(Math.max(here + by, 0), all.length - 1)];
    next.querySelector("a[href]").focus();
    next.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("focusin", function (event) {
    document.querySelectorAll("tr[data-at]").forEach(function (row) { row.removeAttribute("data-at"); });
    var row = event.target.closest && event.target.closest("[data-rows] tbody tr");
    if (row) { row.setAttribute("data-at", ""); }
  });

  function typing(target) {
    return target.closest && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) { return; }
    if (event.key === "?") {
      if (keysOn()) { event.preventDefault(); showKeys(); }
      return;
    }
    if (!keysOn() || document.querySelector("dialog[open]")) { return; }
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      move(event.key === "j" ? 1 : -1);
    } else if (event.key === "/") {
      var search = document.querySelector("[data-search], [role=search] input:not([type=hidden])");
      if (search) { event.preventDefault(); search.focus(); if (search.select) { search.select(); } }
    }
  });

  var dialog = null;
  function showKeys() {
    if (dialog && dialog.open) { dialog.close(); return; }
    if (dialog) { dialog.showModal(); return; }
    fetch("/console/help", { credentials: "same-origin", headers: { "X-Requested-By": "keys" } })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : Promise.reject(); })
      .then(function (text) {
        var list = new DOMParser().parseFromString(text, "text/html").getElementById("keylist");
        if (!list) { throw new Error(); }
        dialog = document.createElement("dialog");
        dialog.setAttribute("aria-label", "快捷键");
        list.removeAttribute("id");
        dialog.append(document.importNode(list, true));
        var buttons = document.createElement("div");
        var close = document.createElement("button");
        buttons.className = "buttons";
        close.type = "button";
        close.textContent = "关上";
        close.addEventListener("click", function () { dialog.close(); });
        buttons.append(close);
        dialog.append(buttons);
        document.body.append(dialog);
        dialog.showModal();
      })
      .catch(function () { location.href = "/console/help"; });
  }

  document.querySelectorAll("a[data-keys]").forEach(function (link) {
    link.addEventListener("click", function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || location.pathname === "/console/help") { return; }
      event.preventDefault();
      showKeys();
    });
  });

  var box = document.getElementById("keyson");
  if (box) {
    document.getElementById("keyswitch").hidden = false;
    box.checked = keysOn();
    box.addEventListener("change", function () {
      try { if (box.checked) { localStorage.removeItem(OFF); } else { localStorage.setItem(OFF, "1"); } } catch (refused) { /* stays on */ }
    });
  }

  // ── forms: a second press must not send twice ───────────────────────────────────────────────────────────────────

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || !form.matches("form[data-once]")) { return; }
    var button = event.submitter || form.querySelector("button[type=submit]");
    setTimeout(function () {
      if (button) { button.disabled = true; if (form.dataset.once) { button.textContent = form.dataset.once; } }
    }, 0);
  });

  // The demo's accounts, with one press into the form; nothing is sent by it.
  document.querySelectorAll("button[data-fill]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      button.dataset.fill.split("|").forEach(function (value, index) {
        document.getElementById(["login", "password", "code"][index]).value = value;
      });
      var send = document.querySelector(".door form button[type=submit]");
      send.scrollIntoView({ block: "center" });
      send.focus();
    });
  });

  // ── the idle end is told before it comes, and can be put off ────────────────────────────────────────────────────

  var idle = Number(document.body.dataset.idleMinutes || 0) * 60000;
  if (idle) {
    var warn = Math.max(idle - 120000, idle / 2);
    var seen = performance.now();
    var bar = null;
    var stay = function () {
      var body = new URLSearchParams({ csrf: document.body.dataset.csrf });
      fetch("/console/me/stay", { method: "POST", body: body, credentials: "same-origin" }).then(function (answer) {
        if (answer.status === 204) { seen = performance.now(); if (bar) { bar.remove(); bar = null; } } else { location.reload(); }
      });
    };
    setInterval(function () {
      var quiet = performance.now() - seen;
      if (quiet >= idle && bar && !bar.dataset.over) {
        bar.dataset.over = "1";
        bar.querySelector("span").textContent = "登录已经结束。没有提交的内容请先复制下来，再重新登录。";
        bar.querySelector("button").textContent = "重新登录";
      } else if (quiet >= warn && !bar) {
        bar = document.createElement("div");
        bar.id = "leaving";
        bar.setAttribute("role", "alert");
        var words = document.createElement("span");
        words.textContent = "快要自动退出了：很久没有操作。";
        var button = document.createElement("button");
        button.type = "button";
        button.textContent = "我还在";
        button.addEventListener("click", function () { if (bar.dataset.over) { location.reload(); } else { stay(); } });
        bar.append(words, button);
        document.body.append(bar);
      }
    }, 5000);
  }

  // Coming back brings the page out of the browser's memory, button and all.
  window.addEventListener("pageshow", function (event) { if (event.persisted) { location.reload(); } });
})();
