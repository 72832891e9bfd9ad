// 发送位置: a list of places, a map on which a pin is put, or the figures themselves.

import { $, h } from "./dom.js";
import { panel } from "./overlay.js";

const PLACES = [
  ["北京市西城区", 39.912, 116.366],
  ["北京市海淀区", 39.9597, 116.2984],
  ["滨州市滨城区", 37.43, 118.019],
  ["滨州市博兴县", 37.1543, 118.1109],
  ["济南市历下区", 36.667, 117.076],
  ["济南市市中区", 36.6514, 116.9976],
];
const WIDE = 0.04; // degrees from one edge of the map to the other
const STEP = 0.001;

/** Resolves to {label, lat, lng}, or undefined. */
export function choose() {
  return panel("发送位置", build);
}

function build(done) {
  let centre = { lat: PLACES[0][1], lng: PLACES[0][2] };
  const field = (id, label, value, mode) => {
    const input = h("input", { id, type: "text", inputmode: mode, value, maxlength: "60", autocomplete: "off" });
    return h("label", {}, h("span", {}, label), input);
  };
  const wrong = h("p.places-wrong", { role: "alert", hidden: true });
  const pin = h("i", { "aria-hidden": "true" });
  const map = h("button.places-map", { type: "button", "aria-label": "地图，用方向键移动图钉" }, pin);
  const form = h("form.places-form", { novalidate: true },
    field("place-label", "地点", PLACES[0][0], "text"),
    field("place-lat", "纬度", String(centre.lat), "decimal"),
    field("place-lng", "经度", String(centre.lng), "decimal"),
    wrong,
    h("div.consent-buttons", {},
      h("button.button", { type: "button", onclick: () => done() }, "取消"),
      h("button.button.green", { type: "submit", id: "place-send" }, "发送")));

  const at = () => ({ lat: Number($("place-lat").value), lng: Number($("place-lng").value) });
  const put = (lat, lng) => {
    $("place-lat").value = lat.toFixed(4);
    $("place-lng").value = lng.toFixed(4);
    show();
  };
  const show = () => {
    const { lat, lng } = at();
    const across = Math.min(1, Math.max(0, 0.5 + (lng - centre.lng) / WIDE));
    const down = Math.min(1, Math.max(0, 0.5 - (lat - centre.lat) / WIDE));
    pin.style.left = `${across * 100}%`;
    pin.style.top = `${down * 100}%`;
  };
  map.addEventListener("click", (event) => {
    if (!event.detail) return; // Enter on the map is no place
    const box = map.getBoundingClientRect();
    put(centre.lat - ((event.clientY - box.top) / box.height - 0.5) * WIDE, centre.lng + ((event.clientX - box.left) / box.width - 0.5) * WIDE);
  });
  map.addEventListener("keydown", (event) => {
    const [north, east] = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [];
    if (north === undefined) return;
    event.preventDefault();
    const { lat, lng } = at();
    put(lat + north * STEP, lng + east * STEP);
  });
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { lat, lng } = at();
    const good = $("place-lat").value.trim() && $("place-lng").value.trim() && Math.abs(lat) <= 90 && Math.abs(lng) <= 180;
    wrong.hidden = Boolean(good);
    wrong.textContent = "纬度填 -90 到 90 的数，经度填 -180 到 180 的数，例如 39.9 和 116.4";
    if (good) done({ label: $("place-label").value.trim(), lat, lng });
  });
  const list = h("div.places-list", { role: "group", "aria-label": "常用地点" }, PLACES.map(([label, lat, lng]) =>
    h("button.chip", { type: "button", onclick: () => { centre = { lat, lng }; $("place-label").value = label; put(lat, lng); } }, label)));
  return h("div.consent.places", {}, h("h2", {}, "发送位置"), list, map, form);
}
