// Subscription notices: a page in the phone asks for them through the JS-SDK (jweixin.js), the person allows them or not; 通知管理 turns them off.

import { $, Failure, get, h, post, toast } from "./dom.js";
import { panel } from "./overlay.js";
import { isOurs } from "./viewer.js";

let busy = false;

/** `openid()` is the phone in hand, `account()` the name of the account. */
export function setUp(openid, account) {
  addEventListener("message", async (event) => {
    const frame = $("web-frame");
    if (!frame || event.source !== frame.contentWindow || !isOurs(event.origin)) return;
    const { sdk, name, values } = event.data ?? {};
    if (!Number.isInteger(sdk) || typeof values !== "object") return;
    const answer = await answered(name, values, openid(), account()).catch(() => ({ errMsg: `${name}:fail` }));
    // The page may be gone by now; then nobody hears it, as on a telephone.
    frame.contentWindow?.postMessage({ sdk, answer }, event.origin);
  });
}

async function answered(name, values, openid, account) {
  if (name === "config") return post("/sim/jssdk", values);
  if (name !== "subscribe" || busy) return { errMsg: `${name}:fail` };
  busy = true;
  try {
    const wanted = await post("/sim/subscribe/ask", { templates: values.templates });
    const allowed = (await offered(wanted, account)) ?? [];
    const templates = Object.fromEntries(wanted.map((one) => [one.id, allowed.includes(one.id) ? "accept" : "reject"]));
    const { details } = await post("/sim/subscribe", { openid, templates });
    return { errMsg: "subscribe:ok", details };
  } catch (failure) {
    toast((failure instanceof Failure && failure.message) || "现在不能订阅");
    return { errMsg: "subscribe:fail" };
  } finally {
    busy = false;
  }
}

/** The popup; resolves to the templates that were allowed. */
function offered(wanted, account) {
  return panel("订阅通知", (done) => {
    const boxes = wanted.map((one) => h("input", { type: "checkbox", value: one.id, checked: true }));
    return h("div.consent", {},
      h("h2", {}, account),
      h("p", {}, wanted[0].lasting ? "申请长期向您发送以下通知" : "申请向您发送一次以下通知"),
      h("div.consent-list", {}, wanted.map((one, index) => h("label", {}, boxes[index], h("span", {}, one.title)))),
      h("div.consent-buttons", {},
        h("button.button", { type: "button", id: "consent-refuse", onclick: () => done([]) }, "取消"),
        h("button.button.green", { type: "button", id: "consent-allow", onclick: () => done(boxes.filter((box) => box.checked).map((box) => box.value)) }, "允许")));
  });
}

/** 通知管理 of a phone: everything off, or one kind. */
export async function manage(openid) {
  const state = await get(`/sim/settings?openid=${encodeURIComponent(openid)}`);
  const change = async (wanted) => {
    try {
      const { templates } = await post("/sim/settings", { openid, ...wanted });
      for (const one of templates) if (notes.has(one.id)) notes.get(one.id).textContent = note(one);
    } catch { toast("没有改成"); }
  };
  const notes = new Map(state.templates.map((one) => [one.id, h("span.row-note")]));
  const row = (title, note, on, changed) => {
    const toggle = h("button.row", { type: "button", role: "switch", "aria-checked": String(on), onclick: () => {
      const now = toggle.getAttribute("aria-checked") !== "true";
      toggle.setAttribute("aria-checked", String(now));
      changed(now);
    } }, h("span.row-main", {}, title), note, h("span.toggle", { "aria-hidden": "true" }));
    return toggle;
  };
  const note = (one) => (one.kind === "template" || !one.left ? "" : one.left < 0 ? "长期" : `还可收 ${one.left} 次`);
  for (const one of state.templates) notes.get(one.id).textContent = note(one);
  await panel("通知管理", (done) => h("div.consent", {},
    h("h2", {}, "通知管理"),
    row("接收这个公众号的通知", null, !state.blocked, (on) => change({ blocked: !on })),
    state.templates.map((one) => row(one.title, notes.get(one.id), !one.refused, (on) => change(on ? { allow: [one.id] } : { refuse: [one.id] }))),
    h("button.button", { type: "button", id: "manage-done", onclick: () => done() }, "完成")));
}
