// Beside the phone: who is played, how many phones there are, the common clock, short messages.

import { $, clockTime, fullTime, get, h, nextNine, now, post, recall, remember, setNow, stamp, toast } from "./dom.js";
import { avatar } from "./bubbles.js";

const REGIONS = { beijing: "北京", binzhou: "滨州", jinan: "济南" };
const ROLES = { person: "参保人", retiree: "退休人员", relative: "家属", employer: "单位经办", staff: "工作人员" };
const SHOWN = 60;

let people = [];
let choose = () => {};
let pick = () => {};
let current = null;

/** `onChoose(person)` plays somebody; `onPick(openid)` takes another phone in hand. */
export async function setUp(onChoose, onPick) {
  choose = onChoose;
  pick = onPick;
  $("people-filter").addEventListener("input", drawPeople);
  $("desk-close").addEventListener("click", close);
  for (const id of ["profile-people", "info-people"]) $(id).addEventListener("click", open);
  for (const id of ["desk-elder", "info-elder"]) $(id).addEventListener("click", () => elder($(id).getAttribute("aria-checked") !== "true"));
  for (const button of $("clock-buttons").querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => moveClock({ advance_s: Number(button.dataset.advance) }));
  }
  $("clock-nine").addEventListener("click", () => moveClock({ now: nextNine(now()) }));
  $("clock-form").addEventListener("submit", (event) => {
    event.preventDefault();
    moveClock({ now: $("clock-moment").value }); // without a zone: Beijing's
  });
  for (const id of ["desk-night", "info-night"]) $(id).addEventListener("click", () => night($(id).getAttribute("aria-checked") !== "true"));
  // Another phone of this browser has changed a switch.
  addEventListener("storage", (event) => {
    if (event.key === "sim.elder") elder(recall("elder", false), true);
    if (event.key === "sim.night") night(recall("night", null), true);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => night(recall("night", null), true));
  setInterval(drawClock, 1000);
  people = await get("/sim/people").catch(() => []);
}

export const firstPerson = () => people[0] ?? null;

export function open() {
  $("desk").classList.add("open");
  $("people-filter").focus();
}

export function close() {
  $("desk").classList.remove("open");
}

/** Dark or light; null is whatever the computer is set to. */
export function night(wanted, told = false) {
  const on = wanted ?? matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("night", on);
  for (const id of ["desk-night", "info-night"]) $(id).setAttribute("aria-checked", String(on));
  if (!told) remember("night", wanted);
}

export function elder(on, told = false) {
  document.documentElement.classList.toggle("elder", on);
  for (const id of ["desk-elder", "info-elder"]) $(id).setAttribute("aria-checked", String(on));
  if (!told) remember("elder", on);
}

/** Draw all of it for the phone in hand; `unread` counts by openid. */
export function draw(phone, phones, unread, movable) {
  current = phone;
  $("phones").replaceChildren(
    ...phones.map((one) => h("button.chip", { type: "button", "aria-pressed": String(one.openid === phone?.openid), onclick: () => pick(one.openid) },
      one.person?.name ?? "路人", unread.get(one.openid) ? h("span.badge", {}, String(unread.get(one.openid))) : null)),
    h("button.chip", { type: "button", id: "add-phone", onclick: () => choose(null) }, "＋ 路人手机"));
  $("clock-buttons").hidden = $("clock-form").hidden = !movable;
  drawPeople();
  drawClock();
}

export function drawSms(list) {
  const rows = list.slice(-8).reverse().map((one) => h("li", {}, h("time", {}, stamp(one.at)), one.mine ? `我回复：${one.text}` : one.text));
  $("sms-form").hidden = !list.length;
  $("sms").replaceChildren(...(rows.length ? rows : [h("li", {}, "还没有短信")]));
}

export function drawClock() {
  const moment = now();
  $("status-time").textContent = clockTime(moment);
  $("desk-clock").textContent = fullTime(moment);
}

function drawPeople() {
  const wanted = $("people-filter").value.split(/\s+/).filter(Boolean);
  const text = (one) => [one.name, REGIONS[one.region], ROLES[one.role], one.shows, one.phone].join(" ");
  const found = people.filter((one) => wanted.every((word) => text(one).includes(word))).slice(0, SHOWN);
  const rows = found.map((one) => h("li", {}, h("button.person", {
    type: "button", "aria-pressed": String(current?.person?.phone === one.phone), "data-phone": one.phone, onclick: () => choose(one),
  }, avatar(one), h("span", {},
    h("b", {}, one.name), h("span.tag", {}, [REGIONS[one.region] ?? one.region, ROLES[one.role] ?? one.role].filter(Boolean).join(" · ")),
    h("small", {}, one.shows), ...numbers(one).map((line) => h("small", {}, line))))));
  $("people").replaceChildren(...(rows.length ? rows : [h("li.desk-note", {}, people.length ? "没有找到这样的人" : "这次演示没有人物名单，可以用路人手机")]));
}

/** What somebody who plays this person has to type, line by line. */
export function numbers(one) {
  return [
    `手机 ${one.phone || "没有登记"}${one.id_no ? "" : ` · 证件后四位 ${one.id_last4}`}`,
    one.id_no ? `证件号码 ${one.id_no}` : "",
    one.card_no ? `社保卡号 ${one.card_no}` : "",
  ].filter(Boolean);
}

async function moveClock(change) {
  try {
    const { now: moment } = await post("/sim/clock", change);
    setNow(moment);
    drawClock();
  } catch {
    toast("这次演示的时间不能调");
  }
}
