// WeixinJSBridge for pages inside the simulator's phone: asks the phone around them, as WeChat's own does.

(() => {
  const home = new URL(document.currentScript.src).origin;
  const waiting = new Map();
  let last = 0;

  addEventListener("message", (event) => {
    if (event.origin !== home || event.source !== window.parent) return;
    const { bridge, answer } = event.data ?? {};
    const callback = waiting.get(bridge);
    if (!callback || typeof answer !== "object") return;
    waiting.delete(bridge);
    callback(answer);
  });

  window.WeixinJSBridge = {
    invoke(name, values, callback = () => {}) {
      const fail = (why) => setTimeout(() => callback({ err_msg: `${why}:fail` }), 0);
      if (name !== "getBrandWCPayRequest") { fail(name); return; }
      if (window.parent === window) { fail("get_brand_wcpay_request"); return; }
      last += 1;
      waiting.set(last, callback);
      window.parent.postMessage({ bridge: last, name, values: { ...values } }, home);
    },
    call() {},
    on() {},
  };

  const ready = () => document.dispatchEvent(new Event("WeixinJSBridgeReady"));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => setTimeout(ready, 0));
  else setTimeout(ready, 0);
})();
