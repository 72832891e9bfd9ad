// WeChat Pay's sheet: a page in the phone asks for it through WeixinJSBridge (bridge.js), the person pays or not, the page hears which.

import { $, Failure, h, post, toast } from "./dom.js";
import { panel } from "./overlay.js";
import { isOurs } from "./viewer.js";

let busy = false;

/** `openid()` is the phone in hand. */
export function setUp(openid) {
  addEventListener("message", async (event) => {
    const frame = $("web-frame");
    if (!frame || event.source !== frame.contentWindow || !isOurs(event.origin)) return;
    const { bridge, name, values } = event.data ?? {};
    if (!Number.isInteger(bridge) || name !== "getBrandWCPayRequest") return;
    const result = busy ? "fail" : await pay(openid(), values);
    // The page may be gone by now; then nobody hears it, as on a telephone.
    frame.contentWindow?.postMessage({ bridge, answer: { err_msg: `get_brand_wcpay_request:${result}` } }, event.origin);
  });
}

async function pay(openid, values) {
  busy = true;
  try {
    const order = await post("/sim/cashier", { openid, values });
    if (!(await offered(order))) {
      await post("/sim/pay", { openid, prepay_id: order.prepay_id, result: "cancel" });
      return "cancel";
    }
    await post("/sim/pay", { openid, prepay_id: order.prepay_id, result: "ok" });
    await thanked(order);
    return "ok";
  } catch (failure) {
    toast((failure instanceof Failure && failure.message) || "支付没有成功");
    return "fail";
  } finally {
    busy = false;
  }
}

const yuan = (fen) => `¥${(fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

function offered(order) {
  return panel("微信支付", (done) => h("div.cashier", {},
    h("h2", {}, "微信支付"),
    h("p.cashier-to", {}, order.merchant),
    h("p.cashier-amount", {}, yuan(order.amount)),
    h("dl", {}, h("dt", {}, "商品"), h("dd", {}, order.description), h("dt", {}, "支付方式"), h("dd", {}, "零钱（演示，不会真的扣款）")),
    h("button.button.green", { type: "button", id: "cashier-pay", onclick: () => done(true) }, "立即支付"),
    h("button.cashier-cancel", { type: "button", id: "cashier-cancel", onclick: () => done(false) }, "取消")));
}

function thanked(order) {
  return panel("支付成功", (done) => h("div.cashier.paid", {},
    h("h2", { role: "status" }, "支付成功"),
    h("p.cashier-to", {}, order.merchant),
    h("p.cashier-amount", {}, yuan(order.amount)),
    h("button.button.green", { type: "button", id: "cashier-done", onclick: () => done(true) }, "完成")));
}
