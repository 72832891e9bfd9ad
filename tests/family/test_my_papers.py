"""我的单据 is the person's own: no relative sees who checked a document, revokes it or lets it expire, whatever was granted."""

from __future__ import annotations

import pytest

from tests.family.conftest import Home


@pytest.mark.parametrize("words", ["我的单据", "把单据作废", "给单据设有效期"])
async def test_no_relative_reaches_the_documents_of_the_person(home: Home, words: str) -> None:
    """With everything that can be granted: a sentence that says whose it is, and nothing has changed."""
    await home.granted("全部")
    daughter = home.daughter
    await daughter.says("切换身份")
    await daughter.says("1")
    await daughter.says(words)
    daughter.expect_not("您开过的单据", "要作废", "有效多久")
    daughter.expect("本人")
