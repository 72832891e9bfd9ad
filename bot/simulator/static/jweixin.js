// JS-SDK for pages inside the simulator's phone: wx.config is checked as the platform does, and the open tag for subscription notices asks
// the phone around the page. Outside the phone it keeps silent, as WeChat's own script does in other browsers.

(() => {
  const home = new URL(document.currentScript.src).origin;
  const waiting = new Map();
  const ready = [];
  const failed = [];
  let last = 0;
  let state = "new";
  let tags = [];
  let told = {};

  addEventListener("message", (event) => {
    if (event.origin !== home || event.source !== window.parent) return;
    const { sdk, answer } = event.data ?? {};
    const callback = waiting.get(sdk);
    if (!callback || typeof answer !== "object") return;
    waiting.delete(sdk);
    callback(answer);
  });

  function askPhone(name, values) {
    return new Promise((resolve) => {
      if (window.parent === window) return;
      last += 1;
      waiting.set(last, resolve);
      window.parent.postMessage({ sdk: last, name, values }, home);
    });
  }

  async function config(given) {
    const { appId, timestamp, nonceStr, signature, jsApiList, openTagList = [] } = given;
    told = await askPhone("config", { appId, timestamp, nonceStr, signature, url: location.href.split("#")[0] });
    if (told.errMsg === "config:ok" && !Array.isArray(jsApiList)) told = { errMsg: "config:fail, jsApiList is missing" };
    tags = openTagList;
    state = told.errMsg === "config:ok" ? "ready" : "failed";
    for (const tag of document.querySelectorAll("wx-open-subscribe")) tag.draw?.();
    for (const one of state === "ready" ? ready : failed) one(told);
  }

  window.wx = {
    config: (given) => { config(given); },
    ready: (then) => { if (state === "ready") then(); else ready.push(then); },
    error: (then) => { if (state === "failed") then(told); else failed.push(then); },
    checkJsApi: ({ success } = {}) => success?.({ checkResult: {}, errMsg: "checkJsApi:ok" }),
  };

  customElements.define("wx-open-subscribe", class extends HTMLElement {
    connectedCallback() { this.draw(); }

    /** The page's own template, once the page may use the tag. */
    draw() {
      if (this.shadowRoot || state !== "ready" || !tags.includes("wx-open-subscribe")) return;
      const shadow = this.attachShadow({ mode: "open" });
      shadow.innerHTML = this.querySelector("script[type='text/wxtag-template']")?.textContent ?? "";
      shadow.addEventListener("click", () => this.asked());
    }

    async asked() {
      const wanted = (this.getAttribute("template") ?? "").split(",").map((one) => one.trim()).filter(Boolean);
      const answer = await askPhone("subscribe", { templates: wanted });
      const good = answer.errMsg === "subscribe:ok";
      const details = Object.fromEntries(Object.entries(answer.details ?? {}).map(([id, one]) => [id, JSON.stringify(one)]));
      const detail = good ? { errMsg: answer.errMsg, subscribeDetails: JSON.stringify(details) } : { errMsg: answer.errMsg, errCode: 10003 };
      this.dispatchEvent(new CustomEvent(good ? "success" : "error", { detail }));
    }
  });
})();
