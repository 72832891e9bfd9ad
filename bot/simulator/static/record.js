// 记录: what went to and fro behind the screen, and the conversation as a file that can be played again.

import { $, clockTime, get, h, toast } from "./dom.js";

const NAMES = {
  send: "手机", push: "推送", try: "推送", shown: "显示", api: "接口", oauth: "授权", sms: "短信", clock: "时间", faults: "故障", account: "设置", reset: "清空",
};
const STATUS = { answered: "已回复", empty: "没有回复", failed: "失败" };
const SHOWN = 80;
let openid = "";

export function setUp() {
  $("record").addEventListener("toggle", () => { if ($("record").open) look(); });
  $("record-look").addEventListener("click", look);
}

/** The files to take away are those of this phone. */
export function of(phone) {
  openid = phone.openid;
  const name = phone.person?.name ?? "路人";
  $("record-files").replaceChildren(h("a.chip", { href: `/sim/transcript?openid=${encodeURIComponent(openid)}`, download: `${name}.jsonl` }, "保存这部手机的对话"));
  if ($("record").open) look();
}

export async function look() {
  try {
    const lines = await get(`/sim/log?openid=${encodeURIComponent(openid)}`);
    const rows = lines.slice(-SHOWN).reverse().map((one) => {
      const { n, at, kind, ...rest } = one;
      return h("li", {}, h("details", {},
        h("summary", {}, h("time", {}, clockTime(new Date(at))), ` ${NAMES[kind] ?? kind} `, gist(kind, rest)),
        h("pre", { tabindex: "0" }, JSON.stringify(rest, null, 1))));
    });
    $("record-lines").replaceChildren(...(rows.length ? rows : [h("li", {}, "还没有记录")]));
  } catch { toast("记录暂时看不到"); }
}

/** A line in a few words. */
function gist(kind, one) {
  if (kind === "send") return [one.msg?.content ?? one.msg?.event ?? one.msg?.type, STATUS[one.status] ?? one.status].filter(Boolean).join(" → ");
  if (kind === "push") return one.fields?.Event ?? one.fields?.MsgType ?? "";
  if (kind === "try") return `第 ${one.try} 次：${STATUS[one.note] ?? one.note}`;
  if (kind === "api") return [one.path, one.errcode ?? one.answer?.errcode ?? one.status].filter((part) => part !== undefined && part !== 0).join(" → ");
  if (kind === "sms") return one.sms?.text ?? one.text ?? "";
  if (kind === "shown") return one.reply?.text ?? one.reply?.title ?? one.reply?.type ?? "";
  return one.note ?? one.outcome ?? one.scope ?? "";
}
