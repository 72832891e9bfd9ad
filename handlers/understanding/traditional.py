"""Traditional characters of this field's words, for people who type them."""

from __future__ import annotations

from dialogs.parse.patterns import pattern_of

_PAIRS = (
    "繳缴 費费 養养 險险 會会 證证 認认 掛挂 絡络 補补 辦办 進进 轉转 續续 單单 據据 帳账 賬账 戶户 號号 驗验 碼码 詢询 記记 錄录 對对 點点 報报 醫医 療疗 傷伤 業业 "
    "產产 貼贴 領领 發发 錢钱 幾几 時时 麼么 嗎吗 個个 這这 個个 卻却 臺台 灣湾 門门 離离 職职 員员 資资 產产 遺遗 換换 損损 壞坏 見见 關关 聯联 綁绑 解解 鎖锁 舊旧 "
    "歲岁 從从 後后 裡里 還还 開开 機机 關关 構构 務务 體体 檢检 審审 異异 蓋盖 頭头 臉脸 過过 給给 幫帮 請请 問问 誰谁 說说 話话 電电 簡简 訊讯 類类 級级 歷历 "
    "銀银 網网 線线 賣卖 買买 東东 車车 馬马 長长 學学 國国 區区 縣县 鄉乡 鎮镇 戶户 籍籍 謝谢 丟丢 嚟来 冇没 咗了 喺在 嘅的 佢他 邊边 係系 啲些 睇看 紀纪 資资 訊讯 達达 實实 結结 際际 滙汇 籲吁 應应 該该 須须 與与 於于 為为 無无 現现 運运 動动 勞劳 鄰邻 鄭郑 張张 陳陈 劉刘 楊杨 黃黄 趙赵 吳吴 孫孙 羅罗 許许 鄧邓 蕭萧 葉叶 蘇苏 譚谭 陸陆 鐘钟 盧卢 範范 參参 種种 項项 據据 據据 麗丽 濱滨 濟济 計计 劃划 設设 備备 審审 標标 識识 號号 導导 聽听 讀读 寫写 變变 動动 買买 難难 聯联 繫系 樣样 樓楼 廳厅 萬万 億亿 兒儿 歸归 當当 業业 導导 帶带 護护 歷历 兩两 處处 廠厂 寶宝 嬰婴 孕孕 贈赠 調调 額额 總总 積积 餘余 遲迟 齡龄 慶庆 滿满 關关 輔辅 濕湿 傳传 稅税 㗎吗 俾给 搵找 嘢事 喇了 啱对 攞拿 閂关"
)
_TABLE = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})


def simplified(text: str) -> str:
    """The text with the traditional (and some Cantonese) characters that matter here replaced, one for one."""
    return text.translate(_TABLE)


_SLIPS = (
    (pattern_of("失夜|施业|矢业|失叶|失页"), "失业"),
    (pattern_of("生玉|生与|升育"), "生育"),
    (pattern_of("全益|权义|权意|权宜"), "权益"),
    (pattern_of("计录|纪录|记路"), "记录"),
    (pattern_of("对张单|对帐但|对账但"), "对账单"),
    (pattern_of("(?<![修保疗营休])养金"), "养老金"),
    (pattern_of("资格认(?![证识为定可真])"), "资格认证"),
    (pattern_of("涉保|摄保|社宝|社包"), "社保"),
    (pattern_of("刷连|刷莲|刷面(?!膜|条|包)孔?|人面识别|人脸识辨"), "刷脸"),
    (pattern_of("资讯"), "信息"),
    (pattern_of("生津贴"), "生育津贴"),
    (pattern_of("生育今天(?=申|领|发|怎)"), "生育津贴"),
    (pattern_of("(?<![a-z])she ?bao(?![a-z])"), "社保"),
    (pattern_of("(?<![a-z])yang ?lao(?: ?jin)(?![a-z])"), "养老金"),
    (pattern_of("(?<![a-z])yang ?lao(?![a-z])"), "养老"),
    (pattern_of("(?<![a-z])yi ?bao(?![a-z])"), "医保"),
    (pattern_of("(?<![a-z])ren ?zheng(?![a-z])"), "认证"),
    (pattern_of("(?<![a-z])tui ?xiu ?jin(?![a-z])"), "退休金"),
    (pattern_of("(?<![a-z])tui ?xiu(?![a-z])"), "退休"),
    (pattern_of("(?<![a-z])jiao ?fei(?![a-z])"), "缴费"),
    (pattern_of("(?<![a-z])shi ?ye ?jin(?![a-z])"), "失业金"),
    (pattern_of("(?<![a-z])shi ?ye(?![a-z])"), "失业"),
    (pattern_of("(?<![a-z])gong ?shang(?![a-z])"), "工伤"),
    (pattern_of("(?<![a-z])sheng ?yu(?![a-z])"), "生育"),
    (pattern_of("(?<![a-z])gua ?shi(?![a-z])"), "挂失"),
    (pattern_of("(?<![a-z])bu ?ka(?![a-z])"), "补卡"),
    (pattern_of("(?<![a-z])(?:cha|chaxun)(?![a-z])"), "查"),
    (pattern_of("社保茶|茶社保"), "查社保"),
)
"""Slips of the hand and of the ear that no single character explains, and words typed in letters."""

_DIALECTS = (
    (pattern_of("旧年"), "去年"),
    (pattern_of("今个月|呢个月"), "这个月"),
    (pattern_of("这月儿"), "这个月"),
    (pattern_of("供咗|供了|(?<=社保|医保|养老|公司)供(?!养|应)"), "交了"),
    (pattern_of("出咗"), "发了"),
    (pattern_of("边度|边到"), "哪里"),
    (pattern_of("点样|哪能|点算|啷个|咋个|怎么着|咋往"), "怎么"),
    (pattern_of("几钿|好多钱|几多钱"), "多少钱"),
    (pattern_of("几耐"), "多久"),
    (pattern_of("结余"), "余额"),
    (pattern_of("整到|挪到"), "转到"),
    (pattern_of("挪走"), "转走"),
    (pattern_of("整回|往回转"), "转回"),
)
"""What is said elsewhere, in words that are known here."""

_OF_THE_COUNTRY = (
    *_SLIPS,
    *_DIALECTS,
    (pattern_of("新农保|农村养老保险|农村社会养老|农村养老|(?<!新)农保"), "居民养老"),
    (pattern_of("新农合|农村合作医疗|合作医疗|农村医保|农合"), "居民医疗"),
)


_ANY = pattern_of("|".join(f"(?:{pattern.pattern})" for pattern, _ in _OF_THE_COUNTRY))


def countrified(text: str) -> str:
    """The text with the old names of the residents' insurances (新农合, 农保) replaced by those of today."""
    if _ANY.search(text) is None:
        return text
    for pattern, name in _OF_THE_COUNTRY:
        text = pattern.sub(name, text)
    return text
