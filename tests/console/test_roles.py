"""Who may open what, what a form must carry, and what every answer carries. The table of addresses is complete: a new one has to be added."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import web

from bot.console.routes import routes
from handlers.staff import ROLES
from tests.console.conftest import LOGINS, PUBLIC_URL, OfficeWorld

CASES = {"受理", "审核", "客服"}
CAMPAIGNS = {"运营", "管理员", "审计"}
GUIDES = {"运营", "客服", "管理员", "审计"}
EVERYBODY = set(ROLES)
NO = "700000009200001"

FAMILY = {"受理", "客服"}
ALLOWED: dict[tuple[str, str], set[str]] = {
    ("GET", "/console/"): EVERYBODY,
    ("POST", "/console/search"): CASES,
    ("POST", "/console/next"): CASES,
    ("POST", "/console/approve"): CASES,
    ("GET", "/console/search"): CASES,
    ("GET", "/console/next"): CASES,
    ("GET", "/console/approve"): CASES,
    ("GET", "/console/cases/{case_no}"): CASES,
    ("POST", "/console/cases/{case_no}/{act}"): CASES,
    ("GET", "/console/cases/{case_no}/{act}"): CASES,
    ("POST", "/console/cases/{case_no}/reveal"): CASES,
    ("GET", "/console/cases/{case_no}/materials/{attachment}"): CASES,
    ("GET", "/console/cases/{case_no}/materials/{attachment}/view"): CASES,
    ("GET", "/console/talks"): {"客服"},
    ("GET", "/console/talks/list"): {"客服"},
    ("GET", "/console/talks/{talk}"): {"客服"},
    ("GET", "/console/talks/{talk}/lines"): {"客服"},
    ("POST", "/console/talks/{talk}/{act}"): {"客服"},
    ("GET", "/console/talks/{talk}/{act}"): {"客服"},
    ("GET", "/console/family"): FAMILY,
    ("POST", "/console/family"): FAMILY,
    ("GET", "/console/family/{id}"): FAMILY,
    ("GET", "/console/family/{id}/code"): FAMILY,
    ("POST", "/console/family/{id}/code"): FAMILY,
    ("POST", "/console/family/{id}/add"): FAMILY,
    ("GET", "/console/family/{id}/add"): FAMILY,
    ("POST", "/console/family/{id}/{grant}/end"): FAMILY,
    ("GET", "/console/family/{id}/{grant}/end"): FAMILY,
    ("GET", "/console/me"): EVERYBODY,
    ("POST", "/console/me/password"): EVERYBODY,
    ("POST", "/console/me/places"): EVERYBODY,
    ("POST", "/console/me/stay"): EVERYBODY,
    ("GET", "/console/help"): EVERYBODY,
    ("GET", "/console/staff"): {"管理员"},
    ("POST", "/console/staff"): {"管理员"},
    ("GET", "/console/staff/{id}"): {"管理员"},
    ("POST", "/console/staff/{id}/{act}"): {"管理员"},
    ("GET", "/console/staff/{id}/{act}"): {"管理员"},
    ("GET", "/console/audit"): {"审计"},
    ("POST", "/console/audit"): {"审计"},
    ("POST", "/console/audit/chain"): {"审计"},
    ("GET", "/console/audit/chain"): {"审计"},
    ("GET", "/console/numbers"): {"运营", "审核", "管理员"},
    ("GET", "/console/campaigns"): CAMPAIGNS,
    ("GET", "/console/campaigns/new"): {"运营"},
    ("POST", "/console/campaigns/new"): {"运营"},
    ("GET", "/console/campaigns/{id}"): CAMPAIGNS,
    ("GET", "/console/campaigns/{id}/part"): CAMPAIGNS,
    ("GET", "/console/campaigns/{id}/edit"): {"运营"},
    ("POST", "/console/campaigns/{id}/edit"): {"运营"},
    ("GET", "/console/campaigns/{id}/preview"): CAMPAIGNS,
    ("GET", "/console/campaigns/{id}/dry-run"): CAMPAIGNS,
    ("POST", "/console/campaigns/{id}/{act}"): {"运营", "管理员"},
    ("GET", "/console/campaigns/{id}/{act}"): CAMPAIGNS,
    ("GET", "/console/campaigns/visits"): CAMPAIGNS,
    ("GET", "/console/campaigns/doubtful"): CAMPAIGNS,
    ("GET", "/console/campaigns/doubtful/{notice}"): CAMPAIGNS,
    ("POST", "/console/campaigns/doubtful/{notice}"): {"运营"},
    ("POST", "/console/campaigns/visits/export"): {"运营"},
    ("GET", "/console/campaigns/visits/export"): CAMPAIGNS,
    ("POST", "/console/campaigns/visits/{notice}"): {"运营"},
    ("GET", "/console/campaigns/visits/{notice}"): CAMPAIGNS,
    ("GET", "/console/guides"): GUIDES,
    ("GET", "/console/guides/{code}"): GUIDES,
    ("GET", "/console/guides/{code}/edit"): {"运营"},
    ("POST", "/console/guides/{code}/edit"): {"运营"},
    ("POST", "/console/guides/{code}/undo"): {"运营"},
    ("GET", "/console/guides/{code}/undo"): GUIDES,
    ("POST", "/console/sign-out"): EVERYBODY,
    ("*", "/console/{tail}"): EVERYBODY,
}
OPEN = {("GET", "/console/assets/{name}"), ("GET", "/console/sign-in"), ("POST", "/console/sign-in"), ("GET", "/console")}

ACTS = {"talks": "close", "cases": "claim", "staff": "off", "campaigns": "pause"}


def _filled(pattern: str) -> str:
    """An address of that pattern that leads to nothing."""
    kind = pattern.split("/")[2]
    numbers = dict.fromkeys(("talk", "id", "notice", "grant"), "999")
    values = {**numbers, "case_no": NO, "attachment": "1", "code": "BJH-99", "act": ACTS.get(kind, "off"), "tail": "nowhere"}
    return re.sub(r"{(\w+)}", lambda found: values[found[1]], pattern)


def _registered(office: OfficeWorld) -> set[tuple[str, str]]:
    app = web.Application()
    app.add_routes(routes(office.deps))
    found = set()
    for route in app.router.routes():
        assert route.resource is not None
        if route.method != "HEAD":
            found.add((route.method, route.resource.canonical))
    return found


async def test_the_table_names_every_address(office: OfficeWorld) -> None:
    """Nothing is served that this file does not judge."""
    assert _registered(office) == set(ALLOWED) | OPEN


@pytest.mark.parametrize("role", ROLES)
async def test_every_address_is_open_to_its_roles_alone(office: OfficeWorld, role: str) -> None:
    """Each role at each address: its own are served, all others are a page that says which role it takes."""
    window = await office.signed_in(role)
    for (method, pattern), roles in ALLOWED.items():
        if pattern == "/console/sign-out":
            continue  # it ends the place; tests of the door have it
        path = _filled(pattern)
        answer = await (window.get(path) if method in {"GET", "*"} else window.post(path))
        if role in roles:
            assert answer.status != 403, (method, path, answer.words)
            assert not answer.location.startswith("/console/sign-in"), (method, path)
        else:
            assert answer.status == 403, (method, path, answer.status)
            assert any(f"“{one}”" in answer.words for one in roles), (method, path, answer.words)
            answer.expect(f"您的角色是：{role}")


async def test_nothing_is_open_to_whoever_has_not_signed_in(office: OfficeWorld) -> None:
    """Every address leads to the door, whatever the cookie says."""
    for value in ("", "x", "a" * 43, "'; DROP TABLE staff_session;--"):
        window = office.window()
        for method, pattern in ALLOWED:
            if value:
                window.cookies["__Host-console-place"] = value
            path = _filled(pattern)
            answer = await (window.get(path) if method in {"GET", "*"} else window.post(path))
            assert answer.status == 303, (method, path)
            assert answer.location.startswith("/console/sign-in"), (method, path)


async def test_the_navigation_shows_what_is_open(office: OfficeWorld) -> None:
    """Each role sees its own places and no others."""
    shown = {
        "受理": ["队列", "亲情", "我的"],
        "审核": ["队列", "数字", "我的"],
        "客服": ["队列", "对话", "亲情", "指南", "我的"],
        "运营": ["提醒", "指南", "数字", "我的"],
        "审计": ["提醒", "指南", "审计", "我的"],
        "管理员": ["提醒", "指南", "数字", "人员", "我的"],
    }
    for role, labels in shown.items():
        page = await (await office.signed_in(role)).get("/console/me")
        menu = re.search(r'<nav class="menu".*?</nav>', page.text, re.S)
        assert menu
        assert re.findall(r"<a [^>]*>([^<]+)</a>", menu[0]) == labels


async def test_a_form_needs_the_token_of_this_very_sign_in(office: OfficeWorld) -> None:
    """Every form of every page: no token, a wrong one, another session's, another origin are refused, and nothing happens."""
    for role in ROLES:
        window, other = await office.signed_in(role), await office.signed_in(role)
        for (method, pattern), roles in ALLOWED.items():
            if method != "POST" or role not in roles:
                continue
            path = _filled(pattern)
            for token in ("", "0" * 64, other.csrf):
                answer = await window.post(path, {"csrf": token})
                assert answer.status == 403, (path, token)
                answer.expect("这次提交没有做")
            assert (await window.post(path, None, Origin="https://evil.example")).status == 403, path
            assert (await window.post(path, None, Origin="null")).status == 403, path
            assert (await window.post(path, None, **{"Sec-Fetch-Site": "same-site"})).status == 403, path
        assert (await window.get("/console/me")).status == 200, "still signed in: sign-out was refused too"


async def test_our_own_origin_is_let_through(office: OfficeWorld) -> None:
    """What browsers say of our own forms, behind a proxy and without one."""
    window = await office.signed_in("受理")
    host = f"{office.server.host}:{office.server.port}"
    for origin in (PUBLIC_URL, f"http://{host}"):
        answer = await window.post("/console/me/stay", None, Origin=origin, **{"Sec-Fetch-Site": "same-origin"})
        assert answer.status == 204


async def test_what_is_no_form_of_ours_is_refused(office: OfficeWorld) -> None:
    """JSON, too long, too many fields, bytes that are no text: a page in Chinese, never a stack trace."""
    window = await office.signed_in("管理员")
    assert (await window.post("/console/staff", {}, **{"Content-Type": "application/json"})).status == 400
    assert (await window.post("/console/staff", {"name": "长" * 40000})).status == 413
    assert (await window.post("/console/staff", {"role": ["x"] * 600})).status == 400
    assert (await window.post("/console/staff", {"name": "%"})).status == 400
    answer = await window.post("/console/staff/999/off", {"version": "²"})
    assert answer.status == 400
    answer.expect("没看懂这次提交")


async def test_every_answer_carries_the_headers(office: OfficeWorld) -> None:
    """Pages, errors, redirects and the door: strict policy, no frame, no store, nothing inline."""
    window = await office.signed_in("管理员")
    answers = [
        await window.get("/console/staff"),
        await window.get("/console/audit"),
        await window.get("/console/nowhere"),
        await window.post("/console/staff", {"csrf": ""}),
        await office.window().get("/console/sign-in"),
        await office.window().get("/console/staff"),
        await window.get("/console"),
    ]
    assert [answer.status for answer in answers] == [200, 403, 404, 403, 200, 303, 303]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert not re.search(r"<script(?! src=)|\son\w+=|\sstyle=|javascript:", answer.text)


async def test_assets_are_kept_for_ever_under_an_address_of_their_content(office: OfficeWorld) -> None:
    """The style and script of a page are there, typed, and cacheable; another name is not."""
    page = await office.window().get("/console/sign-in")
    found = re.findall(r'(?:href|src)="(/console/assets/[^"]+)"', page.text)
    assert len({path.rpartition(".")[2] for path in found}) == 3, found
    for path in found:
        asset = await office.window().get(path)
        assert asset.status == 200
        assert "immutable" in asset.headers["Cache-Control"]
    assert (await office.window().get("/console/assets/console.0000000000000000.css")).status == 404


async def test_whoever_is_dismissed_is_out_at_once(office: OfficeWorld) -> None:
    """S19: the session of a switched-off account is dead at the very next request, a form under way included."""
    clerk, boss = await office.signed_in("受理"), await office.signed_in("管理员")
    assert (await clerk.get("/console/")).status == 200
    target = office.staff["受理"]
    answer = await boss.post(f"/console/staff/{target.id}/off", {"version": str(target.version)})
    assert answer.status == 303
    assert (await clerk.get("/console/")).location.startswith("/console/sign-in")
    assert (await clerk.post("/console/next")).location.startswith("/console/sign-in")
    assert (await office.window().sign_in("shouli")).status == 403


async def test_an_account_switched_off_elsewhere_is_out_too(office: OfficeWorld) -> None:
    """Even if only the row changed (another tool, another process) and the session row is still there."""
    clerk = await office.signed_in("受理")
    await office.change("shouli", active=False)
    assert (await clerk.get("/console/me")).status == 303


async def test_a_changed_role_counts_at_once(office: OfficeWorld) -> None:
    """Who loses a role is signed out, and signs in again with what is left."""
    auditor, boss = await office.signed_in("审计"), await office.signed_in("管理员")
    target = office.staff["审计"]
    fields = {"version": str(target.version), "name": "吴审计", "role": ["运营"], "region": ["beijing"]}
    assert (await boss.post(f"/console/staff/{target.id}/change", fields)).status == 303
    assert (await auditor.get("/console/audit")).location.startswith("/console/sign-in")
    again = await office.signed_in("shenji")
    assert (await again.get("/console/audit")).status == 403
    assert (await again.get("/console/numbers")).status == 200


async def test_who_has_several_roles_may_do_all_of_them(office: OfficeWorld) -> None:
    """Roles add up."""
    await office.employ("both", "双角色", {"审计", "运营"})
    window = await office.signed_in("both")
    for path in ("/console/audit", "/console/numbers"):
        assert (await window.get(path)).status == 200
    assert (await window.get("/console/staff")).status == 403


async def test_an_address_that_is_none_is_told_so(office: OfficeWorld) -> None:
    """404 in Chinese, inside the console, whatever the method and the characters."""
    window = await office.signed_in("受理")
    for path in (
        "/console/nowhere",
        "/console/staff2",
        "/console/cases",
        "/console/%2e%2e/v",
        "/console/%00",
        "/console/{{917*83}}",
    ):
        answer = await window.get(path)
        assert answer.status == 404, path
        answer.expect("没有这一页")
        assert "nowhere" not in answer.text
        assert "76111" not in answer.words


async def test_the_door_of_a_real_installation_shows_no_account(tmp_path: Path) -> None:
    """Without the demo's hints the door has no box, no login and no code; only the demo's own module gives them."""
    office = OfficeWorld(tmp_path)
    await office.start()
    page = await office.window().get("/console/sign-in")
    page.expect_not("演示", "data-fill", *LOGINS.values())
    await office.close()
    root = Path(__file__).parent.parent.parent
    giving = [
        path.name
        for path in (root / "bot").rglob("*.py")
        if re.search(r"hints=lambda|import .*\bhints\b", path.read_text("utf-8"))
    ]
    assert giving == ["demo.py"]


async def test_names_are_words_and_nothing_else(office: OfficeWorld) -> None:
    """S20: markup, template code, quotes and line breaks in a name or a login stay what was typed, everywhere they are shown."""
    boss = await office.signed_in("管理员")
    for number, name in enumerate(("<b>{{917*83}}</b>'\"--", "</title><script>", "%s${917*83}", "'; DROP TABLE x;--")):
        login = f"s20-{number}"
        answer = await boss.post("/console/staff", {"login": login, "name": name, "role": ["受理"], "region": ["beijing"]})
        assert answer.status == 200, answer.words
        answer.expect(name)
        listed = await boss.get("/console/staff")
        listed.expect(name)
        listed.expect_not("<b>{{", "</title><script>")
        assert "76111" not in listed.words
    assert (
        await boss.post("/console/staff", {"login": "x' OR '1'='1", "name": "甲", "role": ["受理"], "region": ["beijing"]})
    ).status == 400
    assert (await office.window().sign_in("' OR '1'='1")).status == 403
    assert (await boss.get("/console/staff")).status == 200
