// Several phones side by side: beside the phone in hand stand up to two others, each the same page in a frame of its own.

import { $, h, icon, recall, remember } from "./dom.js";

/** This page stands beside another. */
export const aside = new URLSearchParams(location.search).has("side");

const MOST = 2;
let shown = [];
let current = "";
let seen = () => {};

/** `read` is told which phone came into sight: what had come for it is read now. */
export function setUp(read) {
  seen = read;
  if (aside) { document.documentElement.classList.add("side"); return; }
  shown = recall("sides", []);
}

/** Whether this phone stands beside; on a narrow window none does. */
export function inSight(openid) {
  return [...$("sides").children].some((one) => one.dataset.openid === openid && one.getClientRects().length > 0);
}

/** Draw the choice and the frames, for all phones there are and the one in hand. */
export function draw(phones, inHand) {
  if (aside) return;
  current = inHand;
  const there = new Set(phones.map((one) => one.openid));
  shown = shown.filter((openid) => there.has(openid) && openid !== inHand).slice(0, MOST);
  keep();
  const others = phones.filter((one) => one.openid !== inHand);
  $("sides-choice").hidden = !others.length;
  $("sides-chips").replaceChildren(...others.map((one) => h("button.chip", {
    type: "button", "aria-pressed": String(shown.includes(one.openid)), onclick: () => toggle(one.openid, phones),
  }, one.person?.name ?? "路人")));
  frames(phones);
}

function toggle(openid, phones) {
  shown = shown.includes(openid) ? shown.filter((one) => one !== openid) : [...shown, openid].slice(-MOST);
  draw(phones, current);
  if (inSight(openid)) seen(openid);
}

function frames(phones) {
  const box = $("sides");
  for (const one of [...box.children]) if (!shown.includes(one.dataset.openid)) one.remove();
  for (const openid of shown) {
    if ([...box.children].some((one) => one.dataset.openid === openid)) continue;
    const name = phones.find((one) => one.openid === openid)?.person?.name ?? "路人";
    box.append(h("section.device", { "data-openid": openid, "aria-label": `${name}的手机` },
      h("div.screen", {}, h("iframe.side-frame", { src: `/?side=1&openid=${encodeURIComponent(openid)}`, title: `${name}的手机` })),
      h("button.side-close", { type: "button", "aria-label": `收起${name}的手机`, onclick: () => { toggle(openid, phones); $("add-phone")?.focus(); } }, icon("close"))));
  }
  document.documentElement.dataset.sides = String(shown.length);
}

function keep() {
  remember("sides", shown);
}
