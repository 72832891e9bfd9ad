// WeChat's button for subscription notices: shown once WeChat's script says that it may be used; until then the page says what else helps.
(function () {
  "use strict";
  var place = document.getElementById("allow");
  var button = document.getElementById("subscribe");
  var told = document.getElementById("told");
  var otherwise = document.getElementById("otherwise");
  var broken = false;

  function say(text) {
    told.textContent = text;
    told.hidden = false;
  }

  function not() {
    broken = true;
    place.hidden = true;
    otherwise.hidden = false;
  }

  // The platform wraps the answers twice: {"<template>": "{\"status\":\"accept\"}"}, itself a string.
  function read(value) {
    if (typeof value !== "string") { return value || {}; }
    try { return JSON.parse(value); } catch (error) { return {}; }
  }

  function allowed(details) {
    var answers = read(details);
    return Object.keys(answers).some(function (name) { return read(answers[name]).status === "accept"; });
  }

  if (!place.dataset.signature || !window.wx || !window.wx.config) { return; }
  document.addEventListener("WeixinOpenTagsError", not);
  window.wx.error(not);
  window.wx.ready(function () {
    if (broken) { return; }
    place.hidden = false;
    otherwise.hidden = true;
  });
  button.addEventListener("success", function (event) {
    if (allowed(event.detail && event.detail.subscribeDetails)) {
      say("好了，认证快到期时微信会提醒您。");
      document.getElementById("left").hidden = true;
    } else {
      say("您没有允许。改变主意时再点一次按钮就行。");
    }
  });
  button.addEventListener("error", function () { say("刚才没有成功，请再点一次。"); });
  window.wx.config({
    debug: false,
    appId: place.dataset.app,
    timestamp: Number(place.dataset.stamp),
    nonceStr: place.dataset.nonce,
    signature: place.dataset.signature,
    jsApiList: ["checkJsApi"],
    openTagList: ["wx-open-subscribe"],
  });
})();
