// 扫一扫: a picture or document from the album, dropped or pasted; the document seen last; or the words themselves.

import { $, post, toast } from "./dom.js";
import { codeAt, lastDocument } from "./viewer.js";

let heard = null;
let closed = () => {};

export function setUp(onClose) {
  closed = onClose;
  const drop = $("scan-drop");
  $("scan-close").addEventListener("click", close);
  $("scan-album").addEventListener("click", () => $("scan-file").click());
  $("scan-document").addEventListener("click", () => work(() => codeAt(lastDocument())));
  $("scan-file").addEventListener("change", (event) => { if (event.target.files[0]) readFile(event.target.files[0]); });
  $("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const words = $("scan-words").value.trim();
    if (words) finish(words);
  });
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("aimed"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("aimed"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("aimed");
    if (event.dataTransfer.files[0]) readFile(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file && !$("view-scan").hidden) { event.preventDefault(); readFile(file); }
  });
}

/** Open the scanner; `onText(text)` hears what was read. */
export function open(onText) {
  heard = onText;
  $("scan-words").value = "";
  $("scan-file").value = "";
  $("scan-document").hidden = !lastDocument();
  hint("选一张带二维码的图片或单据，也可以拖进来、粘贴进来");
  $("view-scan").hidden = false;
  $("screen").classList.add("dark");
  $("scan-album").focus();
}

export function close() {
  $("view-scan").hidden = true;
  $("screen").classList.remove("dark");
  closed();
}

function hint(text) {
  $("scan-hint").textContent = text;
}

function readFile(file) {
  const form = new FormData();
  form.append("file", file);
  work(async () => (await post("/sim/decode", form)).text);
}

async function work(reading) {
  hint("正在识别…");
  try {
    finish(await reading());
  } catch (failure) {
    hint(failure.message || "没有识别出来，请换一张清楚些的图片");
    $("scan-file").value = "";
  }
}

function finish(text) {
  close();
  toast("已识别");
  heard(text);
}
