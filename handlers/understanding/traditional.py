"""Traditional characters of this field's words, for people who type them."""

from __future__ import annotations

import re

_PAIRS = (
    "繳缴 費费 養养 險险 會会 證证 認认 掛挂 絡络 補补 辦办 進进 轉转 續续 單单 據据 帳账 賬账 戶户 號号 驗验 碼码 詢询 記记 錄录 對对 點点 報报 醫医 療疗 傷伤 業业 "
    "產产 貼贴 領领 發发 錢钱 幾几 時时 麼么 嗎吗 個个 這这 個个 卻却 臺台 灣湾 門门 離离 職职 員员 資资 產产 遺遗 換换 損损 壞坏 見见 關关 聯联 綁绑 解解 鎖锁 舊旧 "
    "歲岁 從从 後后 裡里 還还 開开 機机 關关 構构 務务 體体 檢检 審审 異异 蓋盖 頭头 臉脸 過过 給给 幫帮 請请 問问 誰谁 說说 話话 電电 簡简 訊讯 類类 級级 歷历 "
    "銀银 網网 線线 賣卖 買买 東东 車车 馬马 長长 學学 國国 區区 縣县 鄉乡 鎮镇 戶户 籍籍 謝谢 丟丢 嚟来 冇没 咗了 喺在 嘅的 佢他 邊边 係系 啲些 睇看"
)
_TABLE = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})


def simplified(text: str) -> str:
    """The text with the traditional (and some Cantonese) characters that matter here replaced, one for one."""
    return text.translate(_TABLE)


_OF_THE_COUNTRY = (
    (re.compile("新农保|农村养老保险|农村社会养老|农村养老|(?<!新)农保"), "居民养老"),
    (re.compile("新农合|农村合作医疗|合作医疗|农村医保|农合"), "居民医疗"),
)


def countrified(text: str) -> str:
    """The text with the old names of the residents' insurances (新农合, 农保) replaced by those of today."""
    for pattern, name in _OF_THE_COUNTRY:
        text = pattern.sub(name, text)
    return text
