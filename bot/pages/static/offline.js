// Checks the signed token out of a paper's QR code, in this browser, with the keys that are in the page. Nothing is sent anywhere.
(function () {
  "use strict";

  var place = document.getElementById("offline");
  var text = document.getElementById("text");
  var verdict = document.getElementById("verdict");
  var keys = JSON.parse(place.dataset.keys);
  var FORM = /(?:^|\/)(\d{18})\/([23456789FHKMTWXY]{12})#t=([A-Z2-7]+)$/i;
  var ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  var CONTEXT = "shebao paper token 1\n";
  var SIGNATURE = 64, HEAD = 20;

  var UNREADABLE = "二维码里的内容不完整，或者不是我们的单据。请用手机的扫码功能重新扫一次，把整个网址复制过来。";
  var UNKNOWN = "签这个二维码的密钥不在本页里，不知道是不是我们签的。有网络时重新打开本页，换上最新的公钥再试。";
  var FORGED = "签名不对：二维码里的内容被改过，或者是伪造的。请不要采信这张单据。";
  var TOO_OLD = "这个浏览器太旧，不能离线核验。请升级或换一个浏览器再打开本页；有网络时，扫二维码或者输入流水号和校验码核验。";
  var SAMPLE = "这是样章，用测试密钥制作，只供试用，不作凭证。";
  var LATER = "请把纸面和这几项对照。后来有没有作废、替换或过期，有网络时再用流水号和校验码查一次。";

  function base32(written) {
    var bytes = [], bits = 0, held = 0;
    for (var i = 0; i < written.length; i += 1) {
      held = (held << 5) | ALPHABET.indexOf(written[i]);
      bits += 5;
      if (bits >= 8) { bits -= 8; bytes.push((held >> bits) & 255); held &= (1 << bits) - 1; }
    }
    // One token has one writing: what is left over must be nothing.
    return bits >= 5 || held !== 0 ? null : new Uint8Array(bytes);
  }

  function hex(bytes) {
    return Array.prototype.map.call(bytes, function (one) { return ("0" + one.toString(16)).slice(-2); }).join("");
  }

  function read(said) {
    var found = FORM.exec(said.trim());
    var raw = found && said.length <= 1000 ? base32(found[3].toUpperCase()) : null;
    if (!raw || raw.length < HEAD + 2 + SIGNATURE || raw[0] >> 1 !== 1) { return null; }
    var body = raw.slice(0, raw.length - SIGNATURE), texts = [], at = HEAD;
    var decoder = new TextDecoder("gb18030", { fatal: true });
    for (var i = 0; i < 2; i += 1) {
      if (at >= body.length || at + 1 + body[at] > body.length) { return null; }
      try { texts.push(decoder.decode(body.slice(at + 1, at + 1 + body[at]))); } catch (error) { return null; }
      at += 1 + body[at];
    }
    if (at !== body.length) { return null; }
    var code = found[2].toUpperCase();
    var before = new TextEncoder().encode(CONTEXT + found[1] + "/" + code + "\n");
    var signed = new Uint8Array(before.length + body.length);
    signed.set(before);
    signed.set(body, before.length);
    return {
      serial: found[1], code: code, title: texts[0], holder: texts[1], sample: (raw[0] & 1) === 1,
      key: hex(body.slice(1, 4)), signed: signed, signature: raw.slice(raw.length - SIGNATURE)
    };
  }

  function bytesOf(base64) {
    return Uint8Array.from(atob(base64), function (char) { return char.charCodeAt(0); });
  }

  async function prove(said) {
    var found = read(said);
    if (!found) { return { why: UNREADABLE }; }
    var known = keys.filter(function (one) { return one.id === found.key; });
    if (!known.length) { return { why: UNKNOWN }; }
    for (var i = 0; i < known.length; i += 1) {
      var key;
      try {
        key = await crypto.subtle.importKey("raw", bytesOf(known[i].key), { name: "Ed25519" }, false, ["verify"]);
      } catch (error) {
        return { why: TOO_OLD };
      }
      if (await crypto.subtle.verify({ name: "Ed25519" }, key, found.signature, found.signed)) { return { found: found }; }
    }
    return { why: FORGED };
  }

  function put(parent, name, content, kind) {
    var made = document.createElement(name);
    if (content) { made.textContent = content; }
    if (kind) { made.className = kind; }
    parent.appendChild(made);
    return made;
  }

  function show(outcome) {
    var found = outcome.found;
    verdict.textContent = "";
    var head = put(verdict, "section", "", "verdict " + (found ? "good" : "bad"));
    put(head, "p", found ? "✓" : "!", "sign").setAttribute("aria-hidden", "true");
    put(head, "h2", found ? "二维码是真的" + (found.sample ? "（样章）" : "") : "没有通过核验");
    if (!found) { put(head, "p", outcome.why); return; }
    if (found.sample) { put(head, "p", SAMPLE); }
    var day = Number(found.serial.slice(0, 4)) + "年" + Number(found.serial.slice(4, 6)) + "月" + Number(found.serial.slice(6, 8)) + "日";
    var facts = put(put(verdict, "section", "", "block"), "dl", "", "facts");
    [["单据", found.title], ["持有人", found.holder], ["生成日期", day],
      ["流水号", found.serial.replace(/^(\d{4})(\d{4})(\d{2})(\d{4})(\d{4})$/, "$1 $2 $3 $4 $5")],
      ["校验码", found.code.replace(/(.{4})(?=.)/g, "$1-")]].forEach(function (pair) {
      var row = put(facts, "div");
      put(row, "dt", pair[0]);
      put(row, "dd", pair[1]);
    });
    put(verdict, "p", LATER, "asof");
  }

  async function check(said) {
    if (!window.crypto || !crypto.subtle || !window.TextDecoder) { show({ why: TOO_OLD }); return; }
    show(await prove(said));
  }

  document.getElementById("check").addEventListener("submit", function (event) {
    event.preventDefault();
    check(text.value);
  });

  // The code was scanned without a network and this page came in the place of the other one, or the text stands behind our own address.
  function opened() {
    if (!/#t=/i.test(location.href)) { return; }
    var said = location.hash.indexOf("/") > 0 ? location.hash.slice(1) : location.href;
    text.value = said;
    check(said);
  }
  window.addEventListener("hashchange", opened);
  opened();

  document.getElementById("ready").hidden = false;
  if (place.dataset.worker && navigator.serviceWorker) {
    navigator.serviceWorker.register(place.dataset.worker, { scope: "/v/" }).then(function () {
      return navigator.serviceWorker.ready;
    }).then(function () { document.getElementById("kept").hidden = false; }).catch(function () {});
  }
})();
