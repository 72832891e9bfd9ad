// Small tools: making elements without markup in strings, talking JSON, telling time.

export const $ = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text, never markup. */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== ""));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** One of the symbols that the page carries. */
export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  drawn.append(use);
  return drawn;
}

export async function get(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Failure(answer.status, {});
  return answer.json();
}

export async function post(path, body) {
  const whole = body instanceof FormData || body instanceof Blob;
  const answer = await fetch(path, {
    method: "POST",
    body: whole ? body : JSON.stringify(body),
    headers: whole ? {} : { "Content-Type": "application/json" },
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Failure(answer.status, told);
  return told;
}

export class Failure extends Error {
  constructor(status, told) {
    super(told.error || "");
    this.status = status;
  }
}

let toastTimer = 0;

export function toast(text) {
  const shown = $("toast");
  shown.textContent = text;
  shown.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { shown.hidden = true; }, 2200);
}

// ── time: the simulator's, in Beijing ──────────────────────────────────────────────────────────────────────────────

let ahead = 0;

/** Follow the simulator's clock from now on. */
export function setNow(iso) {
  ahead = Date.parse(iso) - Date.now();
}

export const now = () => new Date(Date.now() + ahead);

const FORM = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", hourCycle: "h23",
  year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit",
});

function parts(moment) {
  const found = {};
  for (const { type, value } of FORM.formatToParts(moment)) found[type] = value;
  return found;
}

export function clockTime(moment) {
  const { hour, minute } = parts(moment);
  return `${hour}:${minute}`;
}

export function fullTime(moment) {
  const { year, month, day, hour, minute } = parts(moment);
  return `${year}年${month}月${day}日 ${hour}:${minute}`;
}

/** The next 9:00 in Beijing after a moment, as ISO text: when the daily reminders go out. */
export function nextNine(moment) {
  const hour = 3600000;
  const ahead8 = new Date(moment.getTime() + 8 * hour); // Beijing's wall clock, read as if it were UTC
  const nine = Date.UTC(ahead8.getUTCFullYear(), ahead8.getUTCMonth(), ahead8.getUTCDate(), 9);
  const next = new Date(nine > ahead8.getTime() ? nine : nine + 24 * hour);
  return next.toISOString().replace(/\.\d+Z$/, "+08:00");
}

/** As WeChat stamps a conversation: the time alone today, 昨天, then the date. */
export function stamp(iso) {
  const at = new Date(iso);
  const one = parts(at);
  const today = parts(now());
  const yesterday = parts(new Date(now().getTime() - 86400000));
  const same = (a, b) => a.year === b.year && a.month === b.month && a.day === b.day;
  const time = `${one.hour}:${one.minute}`;
  if (same(one, today)) return time;
  if (same(one, yesterday)) return `昨天 ${time}`;
  return one.year === today.year ? `${one.month}月${one.day}日 ${time}` : `${one.year}年${one.month}月${one.day}日 ${time}`;
}

// ── what is kept between visits ────────────────────────────────────────────────────────────────────────────────────

export function remember(key, value) {
  try { localStorage.setItem(`sim.${key}`, JSON.stringify(value)); } catch { /* a browser that keeps nothing still works */ }
}

export function recall(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(`sim.${key}`)) ?? otherwise; } catch { return otherwise; }
}
