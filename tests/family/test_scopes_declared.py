"""What a relative must have been granted follows from the declarations alone."""

from __future__ import annotations

from dialogs.chapters import DIALOGS
from dialogs.desk_family import OWN_ONLY
from handlers.family.standing import scope_of_feature, scope_of_query
from handlers.queries import MADE_OF, QUERIES


def test_whatever_is_made_of_the_agencys_records_needs_benefits() -> None:
    """Every query over contributions, accounts and what is paid: no relative sees one with 看认证 or 收提醒 alone."""
    assert {name: scope_of_query(name) for name in MADE_OF} == dict.fromkeys(MADE_OF, "benefits")


def test_every_query_is_declared_or_for_who_may_act() -> None:
    """No query is open to a relative by being forgotten: what no conversation declares needs the scope to act."""
    for name in QUERIES:
        assert scope_of_query(name) in {"benefits", "certification", "act", OWN_ONLY}, name


def test_a_document_needs_what_its_feature_does() -> None:
    """A statement, a record of certification, a receipt of a filing."""
    assert [scope_of_feature(one) for one in ("BJQ-P-03", "BZ-30", "BJH-M-18", "BJH-26", "BZ-19")] == [
        *("benefits", "benefits", "benefits", "certification", "act")
    ]
    assert scope_of_feature("unheard-of") == "act"


def test_what_is_ones_own_is_nobody_elses() -> None:
    """我的数据, 我的单据, passwords and log-ins are for no relative."""
    for name in ("my_data", "my_papers", "export_data", "erase_data", "account_password"):
        assert DIALOGS[name].needs == OWN_ONLY, name
