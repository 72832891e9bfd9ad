// Pages and documents, opened inside the phone as WeChat does: nothing leaves it, nothing foreign comes in.

import { $, Failure, h, icon, post, toast } from "./dom.js";
import { ask, sheet } from "./overlay.js";

let origins = [];
let accountName = "";
let read = () => {};
let back = () => {};
let address = "";
let held = null; // the PDF itself, when a page of the bot has handed it over: its link opens in that page's browser alone
let depth = 0;
let holder = ""; // whose phone it is: a page that asks for authorisation reads it from the name of its frame

/** `onCode(text)` hears what a document's QR code holds; `onClose()` when the person is back in the conversation. */
export function setUp(onCode, onClose) {
  read = onCode;
  back = onClose;
  $("web-close").addEventListener("click", closeWeb);
  $("web-back").addEventListener("click", () => { depth = Math.max(0, depth - 2); history.back(); });
  $("web-more").addEventListener("click", more);
  $("doc-close").addEventListener("click", closeDocument);
  $("doc-more").addEventListener("click", more);
  $("doc-scan").addEventListener("click", readCode);
  $("doc").addEventListener("dblclick", () => $("doc").classList.toggle("close"));
  // A page of the bot may hand its document to the phone's own viewer: postMessage({open: url, pdf: ArrayBuffer}).
  addEventListener("message", (event) => {
    if (!origins.includes(event.origin) || typeof event.data?.open !== "string") return;
    const { open: url, pdf } = event.data;
    if (pdf instanceof ArrayBuffer && isOurs(url)) openDocument(url, new Blob([pdf], { type: "application/pdf" }));
    else open(url);
  });
}

export function allow(list, name, openid) {
  origins = list;
  accountName = name;
  holder = openid;
}

export const isOurs = (url) => {
  try { return origins.includes(new URL(url).origin) || isAuthorisation(url); } catch { return false; }
};

/** The platform's own page, where a person allows an account to know them. */
const isAuthorisation = (url) => {
  const { origin, pathname } = new URL(url);
  return origin === location.origin && pathname.startsWith("/connect/");
};

/** The document or picture seen last, for the scanner. */
export const lastDocument = () => (/\.(pdf|png|jpe?g)$/i.test(path(address)) ? address : "");

const path = (url) => {
  try { return new URL(url, location.href).pathname; } catch { return ""; }
};

/** Open what a tap pointed to. */
export async function open(url) {
  if (!url) return;
  if (/^tel:/i.test(url)) { await ask("呼叫", `${url.slice(4)}（演示中不会真的拨出）`, "知道了", ""); return; }
  if (!isOurs(url)) { await ask("演示中不打开外部网址", url, "知道了", ""); return; }
  address = url;
  if (/\.pdf$/i.test(path(url))) await openDocument(url);
  else if (/\.xlsx?$/i.test(path(url))) openFile(url);
  else openWeb(url);
}

// ── pages ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function openWeb(url) {
  const frame = h("iframe", { src: url, title: "网页内容", referrerpolicy: "no-referrer", id: "web-frame", name: `phone:${holder}` });
  depth = 0;
  $("web-title").textContent = accountName;
  $("web-progress").hidden = false;
  $("web-bar").hidden = true;
  frame.addEventListener("load", () => {
    depth += 1;
    $("web-progress").hidden = true;
    $("web-bar").hidden = depth < 2;
  });
  $("web").replaceChildren(frame);
  $("view-doc").hidden = true;
  $("view-web").hidden = false;
  $("web-close").focus();
}

export function closeWeb() {
  $("view-web").hidden = true;
  $("web").replaceChildren();
  back();
}

async function more() {
  const inDocument = !$("view-doc").hidden;
  const choice = await sheet(`此网页由 ${host(address)} 提供`, [
    ["刷新", "refresh"],
    ["复制链接", "copy"],
    ["用电脑的浏览器打开", "outside"],
    ...(inDocument ? [["放大或缩小", "zoom"]] : []),
  ]);
  if (choice === "refresh" && !held) await open(address);
  if (choice === "copy") await copy(address);
  if (choice === "outside") window.open(address, "_blank", "noopener");
  if (choice === "zoom") $("doc").classList.toggle("close");
}

const host = (url) => { try { return new URL(url, location.href).host; } catch { return ""; } };

export async function copy(text) {
  try { await navigator.clipboard.writeText(text); toast("已复制"); } catch { toast("浏览器不允许复制"); }
}

// ── documents and pictures ─────────────────────────────────────────────────────────────────────────────────────────

function showDocument(title, ...content) {
  $("doc-title").textContent = title;
  $("doc").className = "doc";
  $("doc").replaceChildren(...content);
  $("doc").scrollTop = 0;
  $("view-doc").hidden = false;
  $("doc-close").focus();
}

export function closeDocument() {
  $("view-doc").hidden = true;
  $("doc").replaceChildren();
  if ($("view-web").hidden) back();
}

async function openDocument(url, file = null) {
  address = url;
  held = file;
  $("doc-scan").hidden = false;
  showDocument("单据", h("p", { role: "status" }, "正在打开…"));
  try {
    const { id, pages } = await post("/sim/document", file ?? { url });
    const numbers = Array.from({ length: pages }, (_, index) => index + 1);
    showDocument("单据", ...numbers.map((number) => h("img", { src: `/sim/document/${id}/${number}`, alt: `第 ${number} 页，共 ${pages} 页`, loading: number > 2 ? "lazy" : "eager" })));
  } catch (failure) {
    // Without the part that draws pages, the browser's own viewer has to do.
    if (failure instanceof Failure && failure.status === 501) { $("view-doc").hidden = true; openWeb(url); return; }
    $("doc-scan").hidden = true;
    showDocument("单据", h("p", {}, failure.message || "单据暂时打不开，请稍后再试"));
  }
}

function openFile(url) {
  $("doc-scan").hidden = true;
  showDocument("文件", h("div.file", {}, icon("file"), h("div", {}, decodeURIComponent(path(url).split("/").at(-1))),
    h("a.button", { href: url, target: "_blank", rel: "noopener noreferrer" }, "保存到电脑")));
}

/** A picture from the chat, large. */
export function openPicture(url) {
  address = new URL(url, location.href).href;
  held = null;
  $("doc-scan").hidden = false;
  showDocument("图片", h("img", { src: url, alt: "图片" }));
}

async function readCode() {
  try {
    read(await codeAt(address));
  } catch (failure) {
    toast(failure.message || "没有找到二维码");
  }
}

/** The text of the QR code in a document or picture at `url`, the bot's or our own. */
export async function codeAt(url) {
  if (held && url === address) {
    const document = new FormData();
    document.append("file", held, "document.pdf");
    return (await post("/sim/decode", document)).text;
  }
  if (new URL(url).origin !== location.origin) return (await post("/sim/decode", { url })).text;
  const form = new FormData();
  form.append("file", await (await fetch(url)).blob());
  return (await post("/sim/decode", form)).text;
}
