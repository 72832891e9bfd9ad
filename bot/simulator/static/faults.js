// 故障: trouble on order, in words. What is still ordered stands above the buttons.

import { $, Failure, get, h, post, toast } from "./dom.js";

const ORDERS = {
  推送: [
    ["下一条消息送两遍", { push: { duplicate: 1 } }],
    ["下一条在同一秒发生两次", { push: { twice: 1 } }],
    ["下一个回应丢在路上", { push: { drop: 1 } }],
    ["每条消息晚到 3 秒", { push: { delay_s: 3 } }],
    ["下一条被后一条赶过", { push: { reorder: 1 } }],
    ["下一条用上一把密钥", { push: { previous_key: 1 } }],
    ["下一条用别的密钥", { push: { wrong_key: 1 } }],
    ["平台的钟快 10 分钟", { push: { skew_s: 600 } }],
    ["下一条带控制字符", { push: { control: 1 } }],
    ["下一条带 ]]>", { push: { cdata_end: 1 } }],
    ["下一条是没见过的消息", { push: { unknown_type: 1 } }],
    ["下一个是没见过的事件", { push: { unknown_event: 1 } }],
  ],
  接口: [
    ["下一次：系统繁忙 -1", { api: { errcode: -1 } }],
    ["下一次：额度用完 45009", { api: { errcode: 45009 } }],
    ["下一次：令牌无效 40001", { api: { errcode: 40001 } }],
    ["取令牌：IP 不在名单 40164", { api: { errcode: 40164, path: "token" } }],
    ["下一次：502", { api: { status: 502 } }],
    ["下一次：做了但没有回音", { api: { lost: 1 } }],
    ["发出去的令牌全部作废", { api: { expire_tokens: 1 } }],
  ],
  回执: [
    ["下一个丢失", { receipt: { lost: 1 } }],
    ["下一个来两次", { receipt: { duplicate: 1 } }],
    ["下一条通知发送失败", { receipt: { failed: 1 } }],
  ],
};
const WORDS = {
  duplicate: "送两遍", drop: "回应丢失", delay_s: "晚到（秒）", wrong_key: "别的密钥", skew_s: "钟差（秒）", reorder: "被赶过", twice: "发生两次", previous_key: "上一把密钥",
  control: "控制字符", cdata_end: "带 ]]>", raw_cdata: "带没转义的 ]]>", unknown_type: "没见过的消息", unknown_event: "没见过的事件",
  empty_key: "空的 EventKey", list_one: "单个的列表", list_many: "两个的列表",
  errcode: "错误码", status: "状态", times: "还有次数", path: "地址含", lost: "没有回音", expire_tokens: "令牌作废", quota: "额度",
  for_s: "持续（秒）", every: "每几次一次", rate: "比例", cut: "断开", late_s: "晚到（秒）", early: "提前", failed: "失败", no_id: "没有编号",
};
const SIDES = { push: "推送", api: "接口", receipt: "回执", pay: "支付", sms: "短信" };

export function setUp() {
  $("faults-buttons").replaceChildren(
    ...Object.entries(ORDERS).flatMap(([side, orders]) => [h("h4", {}, side), h("div.chips", {},
      orders.map(([label, wanted]) => h("button.chip", { type: "button", onclick: () => more(wanted, `记下了：${label}`) }, label)))]),
    h("button.chip.danger", { type: "button", id: "faults-off", onclick: () => order({ push: {}, api: {}, receipt: {}, pay: {}, sms: {} }, "故障都取消了") }, "全部取消"));
  $("faults-form").addEventListener("submit", (event) => {
    event.preventDefault();
    let wanted;
    try { wanted = JSON.parse($("faults-words").value); } catch { toast("要写成 JSON，例如 {\"push\":{\"drop\":2}}"); return; }
    order(wanted, "记下了");
  });
  $("faults").addEventListener("toggle", () => { if ($("faults").open) look(); });
}

/** Another one beside what is ordered already: a side is always ordered whole. */
async function more(wanted, said) {
  const [[side, fault]] = Object.entries(wanted);
  const ordered = await get("/sim/faults").catch(() => ({}));
  await order({ [side]: side === "api" ? [...(ordered.api ?? []), fault] : { ...ordered[side], ...fault } }, said);
}

async function order(wanted, said) {
  try {
    await post("/sim/faults", wanted);
    toast(said);
  } catch (failure) {
    toast(failure instanceof Failure && failure.message ? `不能这样下单：${failure.message}` : "没有记下，请再试一次");
  }
  await look();
}

/** What is still ordered; asked again after every message, because the counts run down. */
export async function look() {
  if (!$("faults").open) return;
  const ordered = await get("/sim/faults").catch(() => ({}));
  const one = (side, fault) => `${SIDES[side] ?? side}：${Object.entries(fault).map(([name, value]) => `${WORDS[name] ?? name} ${value}`).join("，")}`;
  const lines = Object.entries(ordered).flatMap(([side, found]) => [found].flat().map((fault) => one(side, fault)));
  $("faults-now").replaceChildren(...(lines.length ? lines : ["现在没有故障"]).map((line) => h("li", {}, line)));
}
