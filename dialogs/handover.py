"""The words with which a document is handed over, wherever it was made."""

from __future__ import annotations

from dialogs.declare import Ended
from dialogs.desk import Paper
from dialogs.messages import Anchor, Reply, Say


def given(paper: Paper) -> Ended:
    """How a document is handed over: a page that opens and saves it; a long one comes by itself."""
    if not paper.url:
        return Ended(Reply(Say(f"《{paper.title}》内容比较多，正在生成。做好了马上在这里把链接发给您，不用等着，可以先办别的。")))
    return Ended(
        Reply(
            Say(
                f"《{paper.title}》已经生成，流水号和校验码在单据右上角，别人扫单据上的二维码就能核对真假；谁什么时候核对过，回复“我的单据”能看到。\n"
                "下面的链接 30 分钟内有效，只能由您打开。",
                links=(Anchor("打开单据", paper.url),),
            )
        )
    )
