// The phone: one conversation, its menu and keyboard, following and leaving, short messages. Everything new comes over one stream.

import { $, Failure, get, h, icon, post, recall, remember, setNow, toast } from "./dom.js";
import { append } from "./bubbles.js";
import * as cashier from "./cashier.js";
import * as consent from "./consent.js";
import * as desk from "./desk.js";
import * as faults from "./faults.js";
import { ask, panel } from "./overlay.js";
import * as places from "./places.js";
import * as record from "./record.js";
import * as scanner from "./scan.js";
import * as sides from "./sides.js";
import * as viewer from "./viewer.js";

const CODE = /验证码 (\d{6})(?!\d)/; // nothing else in a short message is worth copying: a date is no code
const BANNER_MS = 6000;

let phone = null; // what /sim/phone said of the phone in hand
let phones = [];
let last = null;
let inHand = "";
let arriving = null; // news that come while the screen is being fetched
let looking = null;
let menuShown = false;
let speaking = false;
let bannerTimer = 0;
let shownCode = ""; // the code that the banner shows
const unread = new Map();
const drafts = new Map(); // what is typed and not yet sent stays with its phone

const act = {
  open: (url) => viewer.open(url),
  picture: (url) => viewer.openPicture(url),
  say: (text, id) => send({ type: "text", content: text, ...(id ? { menu_id: id } : {}) }),
  profile: () => show("view-profile"),
};

// ── start ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function begin() {
  viewer.setUp(codeRead, focusBar);
  cashier.setUp(() => inHand);
  consent.setUp(() => inHand, () => phone?.account.name ?? "");
  scanner.setUp(focusBar);
  bindChat();
  desk.elder(recall("elder", false), true);
  desk.night(recall("night", null), true);
  heardToo(recall("heard", true));
  sides.setUp((openid) => { if (unread.delete(openid)) desk.draw(phone, phones, unread, phone.movable); });
  faults.setUp();
  record.setUp();
  await desk.setUp(play, take);
  listen();
  const wanted = new URLSearchParams(location.search);
  if (sides.aside) return take((await post("/sim/phones", { openid: wanted.get("openid") })).openid);
  history.replaceState(null, "", location.pathname); // a reload keeps the phone that is then in hand
  const kept = recall("phones", []);
  for (const one of kept) await post("/sim/phones", one).catch(() => {});
  if (wanted.get("openid")) return take((await post("/sim/phones", { openid: wanted.get("openid") })).openid);
  if (wanted.get("phone")) return take((await post("/sim/phones", { phone: wanted.get("phone") })).openid);
  const current = kept.find((one) => one.openid === recall("current", "")) ?? kept[0];
  return take((current ?? (await post("/sim/phones", { phone: desk.firstPerson()?.phone ?? "" }))).openid);
}

/** Play a demo person, or nobody in particular: their phone is made when it is not there yet. */
async function play(person) {
  desk.close();
  await take((await post("/sim/phones", person ? { phone: person.phone } : {})).openid);
}

/** Take a phone in hand. */
async function take(openid) {
  closeAll();
  if (openid !== inHand) putDown(openid);
  inHand = openid;
  unread.delete(openid);
  if (!sides.aside) remember("current", openid);
  await refresh(openid);
  show(phone.followed ? "view-chat" : "view-profile");
}

/** Nothing of the phone in hand goes over to the next: its notification, its voice, its words half typed. */
function putDown(next) {
  if (inHand) drafts.set(inHand, $("words").value);
  noBanner();
  speak(false);
  $("words").value = drafts.get(next) ?? "";
  sized();
}

/** Fetch and draw the screen of a phone; returns once the newest such look is on the screen. */
function refresh(openid) {
  looking = look(openid);
  return looking;
}

async function look(openid) {
  const meanwhile = [];
  arriving = meanwhile;
  const [mine, all] = await Promise.all([get(`/sim/phone?openid=${encodeURIComponent(openid)}`), get("/sim/phones")]);
  if (arriving !== meanwhile) { await looking; return; }
  arriving = null;
  phone = mine;
  phones = all;
  // What came while we were asking may be missing in the answer; what is in both is put once.
  phone.entries.push(...meanwhile.filter((told) => told.openid === openid).map((told) => told.entry));
  if (!sides.aside) remember("phones", phones.map((one) => ({ openid: one.openid, phone: one.person?.phone ?? "", followed: one.followed })));
  setNow(phone.now);
  viewer.allow(phone.origins, phone.account.name, phone.openid);
  draw();
}

function draw() {
  const { account, person, followed } = phone;
  document.title = `${account.name} · 微信模拟器`;
  for (const id of ["profile-name", "chat-title", "info-name"]) $(id).textContent = account.name;
  $("profile-intro").textContent = account.intro;
  $("profile-who").textContent = person
    ? `您现在是${person.name}：${person.shows}。${desk.numbers(person).join("，")}。`
    : "您现在拿着一部路人的手机，没有登记在任何人名下。";
  $("profile-facts").replaceChildren(...[["账号主体", "社保服务（演示）"], ["微信号", account.original_id], ["服务时间", "全天自助"]].map(
    ([name, value]) => h("li", {}, h("b", {}, name), h("span", {}, value))));
  $("info-who").textContent = person?.name ?? "路人";
  $("follow").hidden = followed;
  $("open-chat").hidden = !followed;
  $("profile-back").hidden = !followed;
  desk.draw(phone, phones, unread, phone.movable);
  desk.drawSms(phone.sms);
  sides.draw(phones, inHand);
  record.of(phone);
  drawMenu();
  $("log").replaceChildren();
  last = null;
  for (const entry of phone.entries) put(entry);
  toEnd();
}

function put(entry) {
  if (last && entry.number <= last.number) return;
  append($("log"), entry, last, act, phone.person);
  last = entry;
}

function toEnd() {
  $("log").scrollTop = $("log").scrollHeight;
}

function show(id) {
  for (const one of ["view-profile", "view-chat"]) $(one).hidden = one !== id;
  $("view-info").hidden = true;
  if (id === "view-chat") toEnd();
}

function closeAll() {
  if (!$("view-web").hidden) viewer.closeWeb();
  if (!$("view-doc").hidden) viewer.closeDocument();
  if (!$("view-scan").hidden) scanner.close();
  $("view-info").hidden = true;
  closeSubs();
}

// ── what comes in ──────────────────────────────────────────────────────────────────────────────────────────────────

function listen() {
  const stream = new EventSource("/sim/live");
  let broken = false;
  stream.addEventListener("open", () => { if (broken && phone) recover(); broken = false; });
  stream.addEventListener("error", () => { broken = true; });
  stream.addEventListener("message", (event) => news(JSON.parse(event.data)));
}

/** The stream was cut, perhaps by a restart: find our place again. */
async function recover() {
  for (const one of recall("phones", [])) await post("/sim/phones", one).catch(() => {});
  await refresh(phone.openid).catch(() => location.reload());
}

function news(told) {
  switch (told.kind) {
    case "entry": return entryCame(told);
    case "sms": return smsCame(told);
    case "menu": if (phone && (told.openid ?? inHand) === inHand) { phone.menu = told.menu; drawMenu(); } return undefined;
    case "typing": if (told.openid === phone?.openid) $("chat-title").textContent = told.on ? "对方正在输入…" : phone.account.name; return undefined;
    case "phone": return told.openid === inHand ? refresh(inHand) : undefined;
    case "clock": setNow(told.now); return desk.drawClock();
    case "reset": remember("phones", []); remember("current", ""); return location.reload();
    default: return undefined;
  }
}

function entryCame({ openid, entry }) {
  arriving?.push({ openid, entry });
  if (!phone) return;
  if (openid === phone.openid) {
    const log = $("log");
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 160;
    put(entry);
    for (const image of log.querySelectorAll("img:not([data-known])")) {
      image.dataset.known = "";
      image.addEventListener("load", toEnd, { once: true });
    }
    if (atEnd || entry.side === "me") toEnd();
    return;
  }
  if (entry.side !== "me" && phones.some((one) => one.openid === openid) && !sides.inSight(openid)) {
    unread.set(openid, (unread.get(openid) ?? 0) + 1);
    desk.draw(phone, phones, unread, phone.movable);
  }
}

function smsCame({ phone: number, text, at, mine: answered }) {
  if (!phone) return;
  const mine = phone.person?.phone === number;
  const elsewhere = phones.some((one) => one.person?.phone === number);
  if (mine) { phone.sms.push({ text, at, mine: answered }); desk.drawSms(phone.sms); }
  if (answered) return;
  // A number that nobody here holds still has to be readable in a demo, on the phone in hand.
  if (mine || !elsewhere) banner(text, mine ? "" : `发到 ${number}`);
}

function banner(text, note) {
  const code = text.match(CODE)?.[1];
  $("banner").replaceChildren(
    h("div.banner-head", {}, h("span.app", {}, icon("sms")), h("b", {}, "信息"), h("span", {}, note || "现在")),
    h("p", {}, text),
    h("div.banner-actions", {},
      code ? h("button.main", { type: "button", id: "copy-code", onclick: () => { noBanner(); fill(code); } }, "复制验证码") : null,
      h("button", { type: "button", onclick: noBanner }, "知道了")));
  $("banner").hidden = false;
  clearTimeout(bannerTimer);
  bannerTimer = setTimeout(noBanner, BANNER_MS);
  shownCode = code ?? "";
}

function noBanner() {
  clearTimeout(bannerTimer);
  $("banner").hidden = true;
  $("banner").replaceChildren();
}

/** A code goes to the clipboard, and into the line being typed when the conversation is in front. */
function fill(code) {
  navigator.clipboard?.writeText(code).catch(() => {});
  if ($("view-chat").hidden || !$("view-web").hidden || !$("view-doc").hidden) return;
  keyboard();
  $("words").value = code;
  sized();
  $("words").focus();
}

// ── what goes out ──────────────────────────────────────────────────────────────────────────────────────────────────

async function send(msg) {
  if (shownCode && msg.content?.includes(shownCode)) noBanner();
  try {
    const result = await post("/sim/send", { openid: phone.openid, msg });
    if (result.status === "failed" && result.tries === 0) toast("请先关注公众号");
    faults.look();
    return result;
  } catch (failure) {
    toast(failure instanceof Failure && failure.status === 400 ? "这条消息发不出去" : "模拟器没有回应，请看看它是否还在运行");
    return null;
  }
}

/** What a QR code held: a page of the bot opens, the account's own codes follow or tell their scene, the rest is shown. */
async function codeRead(text) {
  if (viewer.isOurs(text)) { viewer.open(text); return; }
  if (/^https?:\/\/weixin\.qq\.com\/q\//.test(text)) {
    if (!phone.followed) show("view-chat");
    await send({ type: "scan", text });
    return;
  }
  if (await ask("扫到的内容", text, "发给公众号", "关闭")) await send({ type: "scan", text });
}

function pickPhoto(then) {
  const input = h("input", { type: "file", accept: "image/png,image/jpeg,image/gif,image/bmp" });
  input.addEventListener("change", () => {
    const reader = new FileReader();
    reader.addEventListener("load", () => then(reader.result.split(",")[1]));
    if (input.files[0]) reader.readAsDataURL(input.files[0]);
  });
  input.click();
}

async function pickPlace() {
  const place = await places.choose();
  if (place) await send({ type: "location", ...place });
}

/** A video or a file: its name goes out; nobody looks into it here. */
function pickFile(accept, msg) {
  const input = h("input", { type: "file", accept });
  input.addEventListener("change", () => { if (input.files[0]) send(msg(input.files[0].name)); });
  input.click();
}

async function writeLink() {
  const field = (id, label, type, placeholder) => h("label", {}, h("span", {}, label), h("input", { id, type, placeholder, required: true, autocomplete: "off", maxlength: "500" }));
  const link = await panel("发送链接", (done) => {
    const form = h("form.places-form", {},
      field("link-title", "标题", "text", "文章的标题"), field("link-url", "网址", "url", "https://"),
      h("div.consent-buttons", {},
        h("button.button", { type: "button", onclick: () => done() }, "取消"),
        h("button.button.green", { type: "submit", id: "link-send" }, "发送")));
    form.addEventListener("submit", (event) => { event.preventDefault(); done({ title: $("link-title").value.trim(), url: $("link-url").value.trim() }); });
    return h("div.consent", {}, h("h2", {}, "发送链接"), form);
  });
  if (link) await send({ type: "link", ...link });
}

// ── the bar at the bottom ──────────────────────────────────────────────────────────────────────────────────────────

function drawMenu() {
  const buttons = phone?.menu?.button ?? [];
  $("to-menu").hidden = !buttons.length;
  $("tops").replaceChildren(...buttons.map((one, place) => top(one, String(place + 1))));
  // A menu that changes does not take the keyboard from under somebody's hands.
  menuShown = buttons.length > 0 && !$("words").value && document.activeElement !== $("words");
  drawBar();
}

function drawBar() {
  $("bar-menu").hidden = !menuShown;
  $("bar-input").hidden = menuShown;
  if (menuShown) tools(false);
}

function keyboard() {
  menuShown = false;
  closeSubs();
  drawBar();
}

function top(button, path) {
  const subs = button.sub_button ?? [];
  const main = h(subs.length ? "button.has-subs" : "button", {
    type: "button", "aria-haspopup": subs.length ? "menu" : null, "aria-expanded": subs.length ? "false" : null,
    onclick: () => {
      if (!subs.length) { press(button, path); return; }
      const opened = main.getAttribute("aria-expanded") === "true";
      closeSubs();
      if (opened) return;
      main.setAttribute("aria-expanded", "true");
      const list = h("div.subs", { role: "menu" }, subs.map((one, place) =>
        h("button", { type: "button", role: "menuitem", "data-key": one.key ?? one.url, onclick: () => { closeSubs(); main.focus(); press(one, `${path}.${place + 1}`); } }, one.name)));
      list.addEventListener("keydown", walk);
      box.append(list);
      list.lastElementChild.focus({ preventScroll: true });
    },
  }, button.name);
  const box = h("div.top", {}, main);
  return box;
}

function walk(event) {
  const items = [...event.currentTarget.children];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
}

function closeSubs() {
  for (const one of document.querySelectorAll(".subs")) one.remove();
  for (const one of document.querySelectorAll(".top > [aria-expanded]")) one.setAttribute("aria-expanded", "false");
}

/** Tap an entry of the menu; `path` is its place, 2 or 2.1. What its type needs is asked for first. */
async function press(button, path) {
  const tap = (extra) => send({ type: "menu", path, ...extra });
  switch (button.type) {
    case "view": tap({}); return viewer.open(button.url);
    case "miniprogram": tap({}); return toast("演示中不打开小程序");
    case "scancode_waitmsg": return scanner.open((text) => tap({ text }));
    case "scancode_push": return scanner.open(async (text) => { tap({ text }); await codeRead(text); });
    case "location_select": {
      const place = await places.choose();
      return place && tap(place);
    }
    case "pic_sysphoto":
    case "pic_photo_or_album":
    case "pic_weixin": return pickPhoto((base64) => tap({ base64 }));
    default: return tap({});
  }
}

function tools(open) {
  $("tools").hidden = !open;
  $("to-tools").setAttribute("aria-expanded", String(open));
  toEnd();
}

/** A tool puts the row of tools away; the keyboard comes back to what opened it. */
function tool(name, does) {
  $(`tool-${name}`).addEventListener("click", () => { tools(false); $("to-tools").focus(); does(); });
}

function speak(on) {
  speaking = on;
  $("bar").classList.toggle("speaking", on);
  $("to-voice").setAttribute("aria-pressed", String(on));
  $("to-voice").setAttribute("aria-label", on ? "切换到键盘输入" : "切换到语音");
  $("voice-option").hidden = !on;
  $("words").placeholder = on ? "写下要说的话，当作语音发出" : "";
  $("words").setAttribute("aria-label", on ? "要说的话" : "输入消息");
}

/** Whether the platform tells the account what was heard in a voice message. */
function heardToo(on) {
  $("voice-heard").setAttribute("aria-checked", String(on));
  remember("heard", on);
}

function sized() {
  const words = $("words");
  words.style.height = "auto";
  words.style.height = `${Math.min(120, Math.max(38, words.scrollHeight))}px`;
  const empty = !words.value.trim();
  $("send").hidden = empty;
  $("to-tools").hidden = !empty;
}

function focusBar() {
  if (!$("view-chat").hidden) (menuShown ? $("to-keyboard") : $("words")).focus();
}

function bindChat() {
  // A page, a document or the scanner covers the conversation: the notification must not cover it in turn.
  const covering = new MutationObserver((changes) => { if (changes.some((one) => !one.target.hidden)) noBanner(); });
  for (const id of ["view-web", "view-doc", "view-scan"]) covering.observe($(id), { attributeFilter: ["hidden"] });
  $("follow").addEventListener("click", async () => {
    $("follow").disabled = true;
    show("view-chat");
    await send({ type: "event", event: "subscribe" });
    $("follow").disabled = false;
    focusBar();
  });
  $("open-chat").addEventListener("click", () => show("view-chat"));
  $("profile-back").addEventListener("click", () => show("view-chat"));
  $("chat-back").addEventListener("click", () => show("view-profile"));
  $("chat-more").addEventListener("click", () => { $("view-info").hidden = false; $("info-back").focus(); });
  $("info-back").addEventListener("click", () => { $("view-info").hidden = true; $("chat-more").focus(); });
  $("info-notices").addEventListener("click", () => consent.manage(phone.openid).catch(() => toast("通知管理暂时打不开")));
  $("sms-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = $("sms-words").value.trim();
    if (!text || !phone.person?.phone) return;
    $("sms-words").value = "";
    const { heard } = await post("/sim/sms/reply", { phone: phone.person.phone, text }).catch(() => ({ heard: "" }));
    if (!heard) toast("这次演示没有人收短信回复");
  });
  $("info-account").addEventListener("click", () => show("view-profile"));
  $("unfollow").addEventListener("click", async () => {
    if (!(await ask("不再关注", `不再关注“${phone.account.name}”后，将收不到它的消息`, "不再关注"))) return;
    await send({ type: "event", event: "unsubscribe" });
    await refresh(phone.openid);
    show("view-profile");
    $("follow").focus();
  });
  $("to-keyboard").addEventListener("click", () => { keyboard(); $("words").focus(); });
  $("to-menu").addEventListener("click", () => { menuShown = true; drawBar(); $("to-keyboard").focus(); });
  $("to-voice").addEventListener("click", () => { speak(!speaking); $("words").focus(); });
  $("to-tools").addEventListener("click", () => tools($("tools").hidden));
  tool("scan", () => scanner.open(codeRead));
  tool("photo", () => pickPhoto((base64) => send({ type: "image", base64 })));
  tool("place", pickPlace);
  tool("video", () => pickFile("video/*", () => ({ type: "video" })));
  tool("file", () => pickFile("", (title) => ({ type: "file", title })));
  tool("link", writeLink);
  $("voice-heard").addEventListener("click", () => heardToo($("voice-heard").getAttribute("aria-checked") !== "true"));
  $("words").addEventListener("input", sized);
  $("words").addEventListener("focus", () => tools(false));
  $("words").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("bar-input").requestSubmit(); }
  });
  $("bar-input").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("words").value.trim();
    if (!text) return;
    $("words").value = "";
    sized();
    const heard = $("voice-heard").getAttribute("aria-checked") === "true";
    send(speaking ? { type: "voice", text, ...(heard ? { recognition: text } : {}) } : { type: "text", content: text });
    if (speaking) { speak(false); sized(); }
  });
  addEventListener("click", (event) => { if (!event.target.closest(".top")) closeSubs(); });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (document.querySelector(".subs")) {
      const opener = document.querySelector(".top > [aria-expanded=true]");
      closeSubs();
      opener?.focus();
    } else if (!$("view-scan").hidden) scanner.close();
    else if (!$("view-doc").hidden) viewer.closeDocument();
    else if (!$("view-web").hidden) viewer.closeWeb();
    else $("view-info").hidden = true;
  });
}

begin().catch(() => toast("模拟器没有回应，请刷新页面"));
