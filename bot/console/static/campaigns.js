// Comforts of the form: how long the words are while they are being written. The page works without this file.
(function () {
  "use strict";

  document.querySelectorAll("[data-thing], [data-sms]").forEach(function (field) {
    var said = document.createElement("p");
    said.className = "ca-count";
    said.setAttribute("aria-live", "polite");
    field.insertAdjacentElement("afterend", said);
    var show = function () {
      var text = field.value, over = false;
      if (field.dataset.thing) {
        var most = Number(field.dataset.thing), length = Array.from(text).length;
        over = length > most || /[\u0000-\u001f\u2028\u2029]/.test(text);
        said.textContent = over ? (length > most ? "超出 " + (length - most) + " 个字" : "不能有换行") : length + " / " + most + " 字";
      } else {
        // As long as it can become: each person's own values stand where the marks are.
        var places = JSON.parse(field.dataset.places || "{}");
        text = text.replace(/\{([a-z]+)\}/g, function (mark, name) { return places[name] || mark; });
        var units = text.length, parts = units <= 70 ? (units ? 1 : 0) : Math.ceil(units / 67);
        over = Array.from(text).length > Number(field.dataset.sms) || /[【】\u0000-\u001f]/.test(text);
        said.textContent = (text === field.value ? "" : "换上内容后最长 ") + units + " 个字，按 " + parts + " 条短信计费" + (over ? "；太长，或者有【】、换行" : "");
      }
      said.classList.toggle("over", over);
    };
    field.addEventListener("input", show);
    show();
  });
})();
