// Comforts of forms, and the one thing that does need a script: handing an order to WeChat's own cashier.
(function () {
  "use strict";
  document.documentElement.classList.add("js");

  // ── questions that come up or go away with an answer are shown at once; without this they come with 下一步 ──
  var live = document.querySelector("form[data-live]");
  var turn = 0;
  if (live) {
    live.addEventListener("change", function (event) {
      if (event.target.type !== "radio") { return; }
      var mine = ++turn;
      var body = new URLSearchParams(new FormData(live));
      body.set("act", "look");
      fetch(live.action, { method: "POST", body: body, credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(); })
        .then(function (text) {
          var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("questions");
          if (!fresh || mine !== turn) { return; }
          var focus = document.activeElement && document.activeElement.id;
          var typed = {};
          live.querySelectorAll("#questions input:not([type=radio]):not([type=hidden])").forEach(function (one) { typed[one.id] = one.value; });
          document.getElementById("questions").replaceWith(document.adoptNode(fresh));
          Object.keys(typed).forEach(function (id) {
            var one = document.getElementById(id);
            if (one) { one.value = typed[id]; }
          });
          var again = focus && document.getElementById(focus);
          if (again) { again.focus({ preventScroll: true }); }
        })
        .catch(function () { /* 下一步 does the same */ });
    });
  }

  // ── what was typed so far is kept when somebody switches to large type or to dark before pressing 下一步 ──
  var questions = document.querySelector("form.questions[data-keeps]");
  if (questions) {
    document.querySelectorAll("a.switch").forEach(function (link) {
      link.addEventListener("click", function (event) {
        event.preventDefault();
        var body = new URLSearchParams(new FormData(questions));
        body.set("act", "look");
        var on = function () { location.href = link.href; };
        fetch(questions.action, { method: "POST", body: body, credentials: "same-origin" }).then(on, on);
      });
    });
  }

  // ── a tap on a quick answer empties what was typed, and the other way round ──
  document.addEventListener("input", function (event) {
    var chips = event.target.closest && event.target.closest(".chips");
    if (!chips) { return; }
    if (event.target.type === "radio") {
      chips.querySelectorAll(".other input").forEach(function (one) { one.value = ""; });
    } else {
      chips.querySelectorAll("input[type=radio]").forEach(function (one) { one.checked = false; });
    }
  });

  // ── photos: sent as soon as they are chosen, made smaller first where the phone can ──
  var EDGE = 2400;
  function drawn(picture, edge, quality) {
    var scale = Math.min(1, edge / Math.max(picture.width, picture.height));
    var canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    var pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise(function (done) { canvas.toBlob(done, "image/jpeg", quality); });
  }
  function smaller(file, most) {
    var fits = file.size <= Math.min(most, 1500000);
    if (fits || !window.createImageBitmap || !window.DataTransfer || !/^image\/(jpeg|png|webp|heic|heif)$/.test(file.type)) {
      return Promise.resolve(null);
    }
    return createImageBitmap(file).then(function (picture) {
      var edge = EDGE;
      function next() {
        return drawn(picture, edge, 0.85).then(function (blob) {
          if (blob && blob.size > most && edge > 300) { edge = edge * 0.75; return next(); }
          return blob;
        });
      }
      return next();
    }).then(function (blob) {
      if (!blob || blob.size >= file.size) { return null; }
      var held = new DataTransfer();
      held.items.add(new File([blob], file.name, { type: "image/jpeg" }));
      return held.files;
    }).catch(function () { return null; });
  }
  document.querySelectorAll("form[data-upload]").forEach(function (form) {
    var input = form.querySelector("input[type=file]");
    var label = form.querySelector(".pick");
    input.addEventListener("change", function () {
      if (!input.files.length) { return; }
      label.textContent = "正在上传…";
      smaller(input.files[0], Number(form.dataset.most)).then(function (files) {
        if (files) { input.files = files; }
        form.requestSubmit ? form.requestSubmit() : form.submit();
      });
    });
  });

  // ── WeChat's own functions, once they are there ──
  function withBridge(run) {
    if (window.WeixinJSBridge) { run(window.WeixinJSBridge); return; }
    document.addEventListener("WeixinJSBridgeReady", function () { run(window.WeixinJSBridge); }, { once: true });
  }

  document.querySelectorAll("[data-home]").forEach(function (place) {
    withBridge(function (bridge) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = "回到公众号";
      button.addEventListener("click", function () { (bridge.call || bridge.invoke).call(bridge, "closeWindow"); });
      place.textContent = "";
      place.append(button);
    });
  });

  var box = document.querySelector("[data-pay]");
  if (box) {
    var button = document.getElementById("pay");
    var note = document.getElementById("paying");
    var others = box.querySelectorAll("a, .hint");
    var say = function (text) { note.hidden = false; note.textContent = text; };
    var WAITS = [1, 2, 2, 3, 5, 8, 13, 20, 30];

    // The phone's word that it paid is never the payment: only the order says so.
    var wait = function (turn) {
      fetch(box.dataset.state, { credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.json() : {}; })
        .catch(function () { return {}; })
        .then(function (now) {
          if (now.state && now.state !== "confirmed") { location.replace(box.dataset.page); return; }
          if (turn >= WAITS.length) {
            say("还没有等到到账的通知。钱如果已经扣了，到账后公众号会告诉您，请不要再付一次。");
            box.querySelector("a").hidden = false;
            return;
          }
          setTimeout(function () { wait(turn + 1); }, WAITS[turn] * 1000);
        });
    };

    withBridge(function (bridge) {
      document.getElementById("no-pay").hidden = true;
      button.hidden = false;
      button.addEventListener("click", function () {
        button.disabled = true;
        say("正在打开微信支付…");
        fetch(box.dataset.pay, { credentials: "same-origin" })
          .then(function (answer) { return answer.json(); })
          .then(function (given) {
            if (!given.bridge) { return Promise.reject(new Error(given.sentence)); }
            bridge.invoke("getBrandWCPayRequest", given.bridge, function (result) {
              var said = (result && result.err_msg) || "";
              if (said === "get_brand_wcpay_request:ok") {
                say("正在确认到账，请稍等，不要离开这一页…");
                button.hidden = true;
                others.forEach(function (one) { one.hidden = true; });
                wait(0);
                return;
              }
              button.disabled = false;
              say(said === "get_brand_wcpay_request:cancel" ? "您取消了支付，没有扣钱。想付就再点“立即支付”。" : "这次没有付成，没有扣钱。请再点一次“立即支付”。");
            });
          })
          .catch(function (trouble) {
            button.disabled = false;
            say((trouble && trouble.message && /[\u4e00-\u9fff]/.test(trouble.message)) ? trouble.message : "网络不太好，没有打开支付。请再点一次“立即支付”。");
          });
      });
    });
  }
})();
