// Sheets and dialogs: they hold the keyboard while they are open and give it back when they close.

import { $, h } from "./dom.js";

let close = null;

function open(content, middle, dismissed) {
  close?.();
  const cover = $("cover");
  const before = document.activeElement;
  cover.className = middle ? "cover middle" : "cover";
  cover.replaceChildren(content);
  cover.hidden = false;
  const keys = (event) => {
    if (event.key === "Escape") { event.stopPropagation(); dismissed(); }
    if (event.key !== "Tab") return;
    const stops = [...content.querySelectorAll("button, input, textarea")];
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement === edge) { event.preventDefault(); (event.shiftKey ? stops.at(-1) : stops[0])?.focus(); }
  };
  const outside = (event) => { if (event.target === cover) dismissed(); };
  cover.addEventListener("keydown", keys);
  cover.addEventListener("click", outside);
  close = () => {
    cover.removeEventListener("keydown", keys);
    cover.removeEventListener("click", outside);
    cover.hidden = true;
    cover.replaceChildren();
    close = null;
    before?.focus?.();
  };
  (content.querySelector("[autofocus]") ?? content.querySelector("button, input, textarea"))?.focus();
}

/** Choices from below; `choices` are [label, value, danger]. Resolves to the value, or undefined. */
export function sheet(title, choices) {
  return new Promise((resolve) => {
    const done = (value) => { close?.(); resolve(value); };
    const rows = choices.map(([label, value, danger]) =>
      h(danger ? "button.danger" : "button", { type: "button", onclick: () => done(value) }, label));
    const cancel = h("button.cancel", { type: "button", onclick: () => done(undefined) }, "取消");
    open(h("div.sheet", { role: "dialog", "aria-modal": "true", "aria-label": title || "选择" }, title ? h("p", {}, title) : null, rows, cancel),
      false, () => done(undefined));
  });
}

/** A question in the middle; resolves to true or false. */
export function ask(title, text, yes = "确定", no = "取消") {
  return new Promise((resolve) => {
    const done = (value) => { close?.(); resolve(value); };
    const buttons = [
      no ? h("button", { type: "button", onclick: () => done(false) }, no) : null,
      h("button", { type: "button", onclick: () => done(true) }, yes),
    ];
    open(h("div.dialog", { role: "dialog", "aria-modal": "true", "aria-label": title || text },
      title ? h("h2", {}, title) : null, h("p", {}, text), h("div", {}, buttons)), true, () => done(false));
  });
}

/** A sheet of one's own from below: `build(done)` makes it, `done(value)` closes it. Resolves to the value, or undefined when dismissed. */
export function panel(name, build) {
  return new Promise((resolve) => {
    const done = (value) => { close?.(); resolve(value); };
    const content = build(done);
    content.setAttribute("role", "dialog");
    content.setAttribute("aria-modal", "true");
    content.setAttribute("aria-label", name);
    open(content, false, () => done(undefined));
  });
}
