// Comforts only: every page works without this file.
(function () {
  "use strict";

  // Copy buttons beside numbers and addresses that have to be carried elsewhere.
  if (navigator.clipboard) {
    document.querySelectorAll("[data-copy]").forEach(function (place) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "复制";
      var term = place.closest("div");
      var name = term && term.querySelector("dt");
      button.setAttribute("aria-label", "复制" + (name ? name.textContent : "链接"));
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(place.dataset.copy).then(function () {
          button.textContent = "已复制";
          setTimeout(function () { button.textContent = "复制"; }, 2000);
        });
      });
      place.after(button);
    });
  }

  // What is typed as a password can be looked at.
  document.querySelectorAll("input[data-reveal]").forEach(function (field) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "reveal";
    button.textContent = "显示密码";
    button.setAttribute("aria-controls", field.id);
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", function () {
      var show = field.type === "password";
      field.type = show ? "text" : "password";
      button.textContent = show ? "隐藏密码" : "显示密码";
      button.setAttribute("aria-pressed", String(show));
    });
    if (field.form) { field.form.addEventListener("submit", function () { field.type = "password"; }); }
    field.after(button);
  });

  // A second tap on a slow network must not look like nothing happened.
  document.querySelectorAll("form[data-once]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      var button = event.submitter || form.querySelector("button[type=submit]");
      setTimeout(function () { button.disabled = true; button.textContent = form.dataset.once; }, 0);
    });
  });

  // Inside a viewer that frames us (the simulator's phone), a PDF opens in the viewer's own reader. Whoever can be the parent here is
  // who `security.frame_ancestors` names: nobody, unless it is a demo.
  if (window.parent !== window) {
    document.addEventListener("click", function (event) {
      var link = event.target.closest && event.target.closest("a[href$='.pdf']");
      if (link) {
        event.preventDefault();
        fetch(link.href, { credentials: "same-origin" })
          .then(function (answer) { return answer.ok ? answer.arrayBuffer() : Promise.reject(); })
          .then(function (pdf) { window.parent.postMessage({ open: link.href, pdf: pdf }, "*"); })
          .catch(function () { location.href = link.href; });
      }
    });
  }

  // Coming back with the phone's back key brings the page out of the cache, button and all.
  window.addEventListener("pageshow", function (event) { if (event.persisted) { location.reload(); } });
})();
