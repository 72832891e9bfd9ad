// What is on the screen of a conversation: bubbles, cards, notices. Nothing that a bot sends becomes markup, save links.

import { h, icon, stamp } from "./dom.js";

const GAP = 5 * 60 * 1000;
const CHOICE = /^\s*(\d{1,2})(?:[.、．)）]\s*|\s+)(\S.*)$/;
const ANCHOR = /<a\b[^>]*?\bhref\s*=\s*(["'])(.*?)\1[^>]*>([\s\S]*?)<\/a>/gi;
const ADDRESS = /https?:\/\/[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+/g;

const HUES = 5;

/** The picture of a person: the family name on a colour of its own. */
export function avatar(person) {
  if (!person) return h("span.avatar", { "aria-hidden": "true" }, "我");
  const hue = [...person.name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % HUES;
  return h("span.avatar", { "aria-hidden": "true", "data-hue": String(hue) }, [...person.name][0]);
}

function accountAvatar(act) {
  return h("button.avatar.account", { type: "button", "aria-label": "公众号资料", tabindex: "-1", onclick: act.profile }, icon("umbrella"));
}

/** Put one entry at the end of `log`. `before` is the entry above it, or null; `act` what taps do. */
export function append(log, entry, before, act, person) {
  if (!before || Date.parse(entry.at) - Date.parse(before.at) > GAP) log.append(h("div.stamp", {}, stamp(entry.at)));
  log.append(drawn(entry, act, person));
}

function drawn(entry, act, person) {
  if (entry.side === "notice") return h("div.notice", { "data-number": entry.number }, entry.text);
  if (entry.side === "me") return turn("me", avatar(person), mine(entry, act), entry);
  switch (entry.type) {
    case "news": return news(entry, act);
    case "template": return template(entry, act);
    default: return turn("account", accountAvatar(act), theirs(entry, act), entry);
  }
}

const CHANNELS = { service: "客服消息", template: "模板消息", subscribe: "订阅通知" };

/** What an answer is not: the account wrote by itself. */
function channel(entry) {
  const name = CHANNELS[entry.channel];
  return name ? h("span.channel", {}, name) : null;
}

const WHO = { me: "我说：", account: "公众号：" };

function turn(side, face, content, entry) {
  return h(`div.turn.${side}`, { "data-number": entry.number, "data-channel": entry.channel }, face,
    h("div.stack", {}, h("span.off", {}, WHO[side]), content, side === "account" ? channel(entry) : null));
}

function mine(entry, act) {
  switch (entry.type) {
    case "image": return picture(entry, act);
    case "voice": return voice(entry);
    case "video":
    case "shortvideo": return film(entry);
    case "link": return linkCard(entry, act);
    case "file": return h("div.bubble.tile", {}, icon("file"), h("b", {}, entry.title));
    case "location": return h("div.bubble.place", {}, h("b", {}, entry.text), h("div.map", {}, icon("place")));
    default: return h("div.bubble", {}, entry.text);
  }
}

function theirs(entry, act) {
  switch (entry.type) {
    case "image": return picture(entry, act);
    case "menu": return choices(entry, act);
    case "voice": return voice(entry);
    case "text": return h("div.bubble", {}, rich(entry.text ?? "", act));
    case "video": return film(entry);
    case "music": return h("button.bubble.tile", { type: "button", onclick: () => act.open(entry.url) }, icon("note"), words(entry, "音乐"));
    case "link":
    case "miniprogrampage":
    case "wxcard": return linkCard(entry, act);
    default: return h("div.bubble", {}, entry.title ? h("b", {}, entry.title) : null, rich(entry.text || (entry.title ? "" : `[${entry.type}]`), act));
  }
}

/** Title and text below each other. */
function words(entry, otherwise) {
  return h("span.words", {}, h("b", {}, entry.title || entry.text || otherwise), entry.title && entry.text ? h("small", {}, entry.text) : null);
}

function film(entry) {
  return h("div.bubble.tile", {}, icon("play"), words(entry, "视频"));
}

const KINDS = { link: "链接", miniprogrampage: "小程序", wxcard: "卡券" };
const host = (url) => { try { return new URL(url).host; } catch { return ""; } };

function linkCard(entry, act) {
  const inside = [icon("link"), words({ ...entry, text: entry.text || host(entry.url) }, KINDS[entry.type]), entry.picture ? h("img", { src: entry.picture, alt: "" }) : null];
  return entry.url
    ? h("button.bubble.tile", { type: "button", onclick: () => act.open(entry.url) }, ...inside)
    : h("div.bubble.tile", {}, ...inside);
}

function picture(entry, act) {
  return h("button.bubble.picture", { type: "button", "aria-label": "查看图片", onclick: () => act.picture(entry.picture) },
    h("img", { src: entry.picture, alt: "图片" }));
}

function voice(entry) {
  const seconds = Math.max(1, Math.ceil((entry.text ?? "").length / 3));
  return [
    h("div.bubble.voice", { "aria-label": `语音 ${seconds} 秒` }, icon("waves"), `${seconds}″`),
    entry.text ? h("div.heard", {}, entry.text) : null,
  ];
}

function choices(entry, act) {
  const rows = entry.items.map((one) =>
    h("button.choice", { type: "button", onclick: () => act.say(one.text, one.id) }, one.text));
  return h("div.bubble", {}, entry.head ? rich(entry.head, act) : null, entry.head ? h("span.rule") : null, rows,
    entry.tail ? h("span.rule") : null, entry.tail ? rich(entry.tail, act) : null);
}

function news(entry, act) {
  const [first, ...rest] = entry.articles ?? [entry];
  const open = (one) => () => act.open(one.url);
  return h("article.card", { "data-number": entry.number, "data-channel": entry.channel },
    channel(entry),
    h("button.card-body", { type: "button", onclick: open(first) },
      h("span.card-title", {}, first.title),
      first.picture ? h("img", { src: first.picture, alt: "" }) : null,
      first.description || first.text ? h("span.card-text", {}, first.description ?? first.text) : null),
    rest.length
      ? rest.map((one) => h("button.card-row", { type: "button", onclick: open(one) }, h("span", {}, one.title), one.picture ? h("img", { src: one.picture, alt: "" }) : null))
      : first.url ? h("button.more.card-row", { type: "button", tabindex: "-1", "aria-hidden": "true", onclick: open(first) }, h("span", {}, "查看详情"), h("i", {}, "›")) : null);
}

function template(entry, act) {
  return h("article.card", { "data-number": entry.number, "data-channel": entry.channel },
    channel(entry),
    h("div.card-body", {},
      h("h2", {}, entry.title),
      h("time", {}, stamp(entry.at)),
      h("dl", {}, (entry.fields ?? []).map((row) => h("div", {}, h("dt", {}, row.name), h("dd", {}, row.value))))),
    entry.url ? h("button.more.card-row", { type: "button", onclick: () => act.open(entry.url) }, h("span", {}, "查看详情"), h("i", { "aria-hidden": "true" }, "›")) : null);
}

// ── text ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A text with its links tappable, and a numbered list of choices tappable line by line. */
function rich(text, act) {
  const lines = text.split("\n");
  const numbered = runs(lines);
  const out = [];
  let plain = [];
  const flush = () => { if (plain.length) out.push(h("span", {}, linked(plain.join("\n"), act))); plain = []; };
  lines.forEach((line, index) => {
    if (!numbered.has(index) || /<a\b/i.test(line)) { plain.push(line); return; }
    flush();
    const number = line.match(CHOICE)[1];
    out.push(h("button.choice", { type: "button", "data-choice": number, onclick: () => act.say(number) }, line.trim()));
  });
  flush();
  return out;
}

/** Lines that are choices: a run that counts up from 1 (a 0 may follow). A single one counts at the end of the text, where choices stand. */
function runs(lines) {
  const found = new Set();
  let run = [];
  const settle = (last) => { if (run.length > 1 || (last && run.length && run[0] > 0)) run.forEach((index) => found.add(index)); run = []; };
  lines.forEach((line, index) => {
    const number = line.match(CHOICE)?.[1];
    if (number !== undefined && (Number(number) === run.length + 1 || (number === "0" && run.length))) run.push(index);
    else if (line.trim() || number !== undefined) { settle(); if (number === "1") run = [index]; }
  });
  settle(true);
  return found;
}

function linked(text, act) {
  const out = [];
  let from = 0;
  for (const found of text.matchAll(ANCHOR)) {
    out.push(...bare(text.slice(from, found.index), act), anchor(found[3], found[2].replaceAll("&amp;", "&"), act));
    from = found.index + found[0].length;
  }
  out.push(...bare(text.slice(from), act));
  return out;
}

function bare(text, act) {
  const out = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    out.push(text.slice(from, found.index), anchor(found[0], found[0], act));
    from = found.index + found[0].length;
  }
  out.push(text.slice(from));
  return out;
}

function anchor(label, url, act) {
  return h("a", { href: url, rel: "noreferrer", onclick: (event) => { event.preventDefault(); act.open(url); } }, label);
}
