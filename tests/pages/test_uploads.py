"""Photos of a draft: what is taken, what is refused, what is left of what came, and who sees it (S11, S18)."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import pytest
import structlog
from PIL import Image

from dialogs.filings import FILINGS
from handlers.materials import FILES_A_CASE, UPLOADS_A_DAY, Infected, ScannerAway
from storage.ports.records import Case, CaseState
from tests.pages.declared import SAMPLE, SHORT, bomb, moving, photo, with_position, with_script
from tests.pages.world import ANN, BEN, Answer, Browser, World


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (SAMPLE, SHORT):
        monkeypatch.setitem(FILINGS, one.name, one)


@dataclass
class Draft:
    """An open draft on the page of its photos."""

    world: World
    browser: Browser
    path: str
    case: Case
    page: Answer

    async def send(self, body: bytes, name: str = "photo.jpg", material: str = "m0") -> Answer:
        return await self.browser.upload(self.path, self.page.csrf, material, body, name)

    async def kept(self) -> int:
        """How many photos are noted; as many files lie in the folder."""
        rows = await self.world.photos(self.case.case_no)
        assert len(self.world.stored()) == len(rows)
        return len(rows)


@pytest.fixture
async def draft(world: World) -> Draft:
    browser, path = world.browser(), await world.filing("short", words="三个字")
    page = await browser.get(f"{path}?at=photos")
    return Draft(world, browser, path, await world.case(), page)


async def test_a_photo_is_kept_at_once(draft: Draft) -> None:
    """It stands on the page with a small picture, its name and its size, and is there again through another link."""
    answer = await draft.send(photo(), "卡的正面.jpg")
    assert answer.status == 200
    assert "卡的正面.jpg" in answer.words
    (row,) = await draft.world.photos(draft.case.case_no)
    assert (row.material, row.content_type, row.scan) == ("m0", "image/jpeg", "")
    assert f"{max(1, round(row.size / 1024))} KB" in answer.words
    again = await draft.world.browser().get(f"{await draft.world.resumed(draft.case.case_no)}?at=photos")
    assert "卡的正面.jpg" in again.words
    assert await draft.kept() == 1


async def test_the_links_of_a_page_that_refuses_a_photo_lead_on(draft: Draft) -> None:
    """That page stands at /photo: 下一步 from there is the check and not the photos once more, and 上一步 the form."""
    refused = await draft.send(b"no picture")
    assert refused.status == 422
    assert 'href="?at=check"' in refused.text
    led = await draft.browser.get(f"{draft.path}/photo?at=fill")
    assert led.text == (await draft.browser.get(f"{draft.path}?at=fill")).text
    plain = await draft.browser.get(f"{draft.path}/photo")
    assert plain.text != led.text


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_three_kinds_are_taken(draft: Draft, kind: str) -> None:
    """Whatever came, a JPEG of the same size in pixels is stored, sealed: the file itself shows none of it."""
    assert (await draft.send(photo(kind=kind), "x.jpg")).status == 200
    (row,) = await draft.world.photos(draft.case.case_no)
    body = await draft.world.services.files.get(row.stored_as)
    assert body is not None
    assert len(body) == row.size
    with Image.open(io.BytesIO(body)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (640, 480))
    (file,) = draft.world.stored()
    assert re.fullmatch(r"[0-9a-f]{32}", file.name)
    assert b"JFIF" not in file.read_bytes()


async def test_nothing_but_pixels_is_left(draft: Draft) -> None:
    """Place, maker, comment, text chunks and what hangs behind the end are gone; a photo taken lying is upright."""
    await draft.send(with_position(), "a.jpg")
    await draft.send(with_script(), "b.png", "m1")
    for row in await draft.world.photos(draft.case.case_no):
        body = await draft.world.services.files.get(row.stored_as)
        assert body is not None
        for secret in (b"Secret", b"script", b"Exif", b"PK\x03\x04", b"html"):
            assert secret not in body
    row = (await draft.world.photos(draft.case.case_no))[0]
    body = await draft.world.services.files.get(row.stored_as)
    assert body is not None
    with Image.open(io.BytesIO(body)) as opened:
        assert not opened.getexif()
        assert opened.size == (200, 400)
        top, bottom = opened.getpixel((100, 50)), opened.getpixel((100, 350))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[2] > 200 > top[0]
    assert bottom[0] > 200 > bottom[2]


async def test_a_large_photo_is_made_smaller(draft: Draft) -> None:
    """The longer edge is 2400 pixels at most, and what is stored is no larger than the material may be; a clear ground becomes white."""
    clear = io.BytesIO()
    Image.new("RGBA", (3200, 1600), (0, 0, 0, 0)).save(clear, "PNG")
    assert (await draft.send(clear.getvalue(), "clear.png")).status == 200
    assert (await draft.send(photo(1600, 1200, noise=90, quality=60), "fine.jpg", "m1")).status == 200
    first, second = await draft.world.photos(draft.case.case_no)
    body = await draft.world.services.files.get(first.stored_as)
    assert body is not None
    with Image.open(io.BytesIO(body)) as opened:
        assert opened.size == (2400, 1200)
        assert opened.getpixel((5, 5)) == (255, 255, 255)
    assert second.size <= 2_000_000


def _zip() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("../../evil.txt", "x" * 1000)
    return held.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "是空的"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>' * 20, "不是照片"),
    "html": (lambda: b"<!doctype html><script>alert(1)</script>" * 30, "不是照片"),
    "pdf": (lambda: b"%PDF-1.7\n" + b"0 " * 900, "PDF"),
    "zip": (lambda: _zip() * 5, "压缩包"),
    "program": (lambda: b"MZ\x90\x00" + bytes(5000), "不是照片"),
    "elf": (lambda: b"\x7fELF" + bytes(5000), "不是照片"),
    "gif": (lambda: moving("GIF"), "打不开"),
    "heic": (lambda: b"\0\0\0\x18ftypheic" + bytes(4000), "HEIC"),
    "moving png": (lambda: moving("PNG"), "会动"),
    "moving webp": (lambda: moving("WEBP"), "会动"),
    "half a jpeg": (lambda: photo()[:9000], "打不开"),
    "half a png": (lambda: photo(kind="PNG")[:9000], "打不开"),
    "half a webp": (lambda: photo(kind="WEBP")[:4000], "打不开"),
    "a jpeg in name": (lambda: b"\xff\xd8\xff\xe0" + bytes(5000), "打不开"),
    "a png in name": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(5000), "打不开"),
    "a broken sum": (lambda: photo(kind="PNG").replace(b"IDAT", b"IDAT", 1)[:-20] + bytes(20), "打不开"),
    "sixty megapixels": (lambda: bomb(10_000, 6_000), "尺寸太大"),
    "a bomb": (lambda: bomb(60_000, 60_000), "尺寸太大"),
    "a thread": (lambda: photo(2000, 20, noise=90), "太小"),
    "too heavy": (lambda: photo(2400, 1800, "PNG", noise=120, compress_level=1), "超过了"),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_files_are_refused_with_a_sentence(draft: Draft, kind: str) -> None:
    """Each is 422 with what is wrong at the field; nothing is noted, nothing stored, the name helps none, and no error is logged."""
    made, words = HOSTILE[kind]
    body = made()
    with structlog.testing.capture_logs() as logs:
        answer = await draft.send(body, "photo.jpg")
    assert answer.status == 422
    error = re.search(r'<p class="error" role="alert" id="e-m0">([^<]+)<', answer.text)
    assert error, answer.words
    assert words in error[1]
    assert await draft.kept() == 0
    assert not logs


async def test_a_photo_that_is_too_small_to_read(world: World) -> None:
    """Fewer bytes than the material needs: refused with the figure."""
    browser, path = world.browser(), await world.filing("sample", reason="lost")
    page = await browser.get(path)
    answer = await browser.upload(path, page.csrf, "card", photo(64, 64)[:400])
    assert (answer.status, await world.photos((await world.case()).case_no)) == (422, ())
    assert "怕看不清" in answer.words


async def test_no_file_chosen(draft: Draft) -> None:
    """Pressing 上传 before choosing says so."""
    answer = await draft.send(b"", "")
    assert answer.status == 422
    assert "还没有选照片" in answer.words


NAMES = {
    "../../../etc/passwd": "passwd",
    "..\\..\\windows\\system.ini": "system.ini",
    "a" * 300 + ".jpg": "a" * 52 + "….jpg",
    "<img src=x onerror=alert(1)>.jpg": "<img src=x onerror=alert(1)>.jpg",
    "{{ 7*7 }}.png": "{{ 7*7 }}.png",
    "photo\u202egpj.exe": "photogpj.exe",
    "照片.php": "照片.php",
    "...": "照片",
    "': DROP TABLE attachment;--": "': DROP TABLE attachment;--",
}


@pytest.mark.parametrize("name", NAMES)
async def test_names_do_nothing(draft: Draft, name: str) -> None:
    """A name is shown, cut and cleaned, beside a good photo; it is no path, no markup and no template."""
    answer = await draft.send(photo(), name)
    (row,) = await draft.world.photos(draft.case.case_no)
    assert row.file_name == NAMES[name]
    assert row.file_name in answer.words
    assert "<img src=x" not in answer.text
    (file,) = draft.world.stored()
    assert file.is_relative_to(draft.world.folder)
    assert re.fullmatch(r"([0-9a-f]{2}/)+[0-9a-f]{32}", str(file.relative_to(draft.world.folder)))


async def test_the_same_photo_twice_is_one(draft: Draft) -> None:
    """A resend (double tap, reload) leaves one row and one file; for another material it is another."""
    body = photo()
    for _ in range(2):
        assert (await draft.send(body)).status == 200
    assert await draft.kept() == 1
    await draft.send(body, material="m1")
    assert await draft.kept() == 2


async def test_a_photo_is_taken_away(draft: Draft) -> None:
    """删除 drops row and file; pressed again, or for a number that is not there, it is simply gone."""
    page = await draft.send(photo())
    (row,) = await draft.world.photos(draft.case.case_no)
    for number in (str(row.id), str(row.id), "999999"):
        answer = await draft.browser.post(f"{draft.path}/drop", {"csrf": page.csrf, "photo": number})
        assert answer.status == 200
        assert "还没有" not in answer.words
    assert await draft.kept() == 0
    for odd in ("", "x", "-1", "1" * 20, "²"):
        assert (await draft.browser.post(f"{draft.path}/drop", {"csrf": page.csrf, "photo": odd})).status == 404


async def test_so_many_and_no_more(draft: Draft) -> None:
    """Six of a material, twelve of a draft, also when they come at one moment; one taken away makes room for one."""
    for n in range(6):
        assert (await draft.send(photo(200 + n, 200))).status == 200
    seventh = await draft.send(photo(300, 200))
    assert seventh.status == 422
    assert "最多传 6 张" in seventh.words
    answers = await asyncio.gather(*(draft.send(photo(320 + n, 200), material=f"m{1 + n % 2}") for n in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 6 + [422] * 2
    assert await draft.kept() == FILES_A_CASE
    rows = await draft.world.photos(draft.case.case_no)
    await draft.browser.post(f"{draft.path}/drop", {"csrf": draft.page.csrf, "photo": str(rows[0].id)})
    assert (await draft.send(photo(500, 200))).status == 200
    assert await draft.kept() == FILES_A_CASE


async def test_a_days_ceiling(draft: Draft) -> None:
    """After sixty tries, good or bad, the chat waits until tomorrow; the sentence says until when."""
    for n in range(UPLOADS_A_DAY):
        assert (await draft.send(b"not a picture" * 100)).status == 422, n
    last = await draft.send(photo())
    assert last.status == 429
    assert "今天上传的次数到上限了" in last.words
    assert await draft.kept() == 0


async def test_too_large_is_noticed_while_reading(draft: Draft) -> None:
    """Thirty megabytes are refused with the limit, and the body is never held whole."""
    answer = await draft.send(b"\xff\xd8\xff" + bytes(30_000_000))
    assert answer.status == 422
    assert "超过了 1.9 MB" in answer.words


async def test_only_our_own_form_uploads(draft: Draft) -> None:
    """Without the token, with another's, before the token, without multipart, in pieces of nonsense: refused, nothing kept."""
    assert (await draft.browser.upload(draft.path, "", "m0", photo())).status == 403
    assert (await draft.browser.upload(draft.path, "0" * 64, "m0", photo())).status == 403
    assert (await draft.world.browser().upload(draft.path, draft.page.csrf, "m0", photo())).status == 404
    assert (await draft.browser.post(f"{draft.path}/photo", {"csrf": draft.page.csrf})).status == 400
    form = aiohttp.FormData()
    form.add_field("photo", photo(), filename="a.jpg")
    form.add_field("csrf", draft.page.csrf)
    assert (await draft.browser.ask("POST", f"{draft.path}/photo", form=form)).status == 403
    long_field = aiohttp.FormData()
    long_field.add_field("csrf", "x" * 100_000)
    assert (await draft.browser.ask("POST", f"{draft.path}/photo", form=long_field)).status in (400, 403)
    for kind, body in (
        ("multipart/form-data", b"--x\r\n\r\n"),
        ("multipart/form-data; boundary=x", b"nothing of the kind"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=csrf\r\n\r\n\xff\xfe\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n"),
    ):
        assert (await draft.browser.ask("POST", f"{draft.path}/photo", form=body, Content_Type=kind)).status in (400, 403)
    assert (await draft.browser.get(f"{draft.path}/photo")).status == 200
    assert await draft.kept() == 0


async def test_only_for_what_is_asked(draft: Draft) -> None:
    """A material that the declaration does not have is refused; so is one that does not apply to the answers."""
    answer = await draft.send(photo(), material="elsewhere")
    assert answer.status == 422
    assert "现在不用传" in answer.words
    world = draft.world
    browser, path = world.browser(), await world.filing("sample", reason="lost")
    page = await browser.get(path)
    assert (await browser.upload(path, page.csrf, "letter", photo())).status == 422
    assert await draft.kept() == 0


async def test_nobody_else_sees_a_photo(draft: Draft) -> None:
    """Another chat's link with this photo's number, another browser, a number that is none: the common 404 (S11)."""
    await draft.send(photo())
    (row,) = await draft.world.photos(draft.case.case_no)
    unknown = await draft.world.browser().get("/p/" + "A" * 32)
    other, theirs = draft.world.browser(), await draft.world.filing("short", BEN)
    await other.get(theirs)
    for browser, path in (
        (other, f"{theirs}/photo/{row.id}.jpg"),
        (other, f"{draft.path}/photo/{row.id}.jpg"),
        (draft.browser, f"{draft.path}/photo/{row.id + 1}.jpg"),
        (draft.browser, f"{draft.path}/photo/x.jpg"),
    ):
        found = await browser.get(path)
        assert found.status == 404
        assert found.body == unknown.body or path.endswith("x.jpg")
    csrf = (await other.get(theirs)).csrf
    await other.post(f"{theirs}/drop", {"csrf": csrf, "photo": str(row.id)})
    assert await draft.kept() == 1
    await draft.world.unbind(ANN)
    assert (await draft.browser.get(f"{draft.path}/photo/{row.id}.jpg")).status == 404


async def test_how_a_photo_is_shown(draft: Draft) -> None:
    """Inline, as what it is, not kept, in a sandbox; small on the page and whole when tapped; each look is audited."""
    await draft.send(photo(1600, 1200))
    (row,) = await draft.world.photos(draft.case.case_no)
    small = await draft.browser.get(f"{draft.path}/photo/{row.id}.jpg")
    whole = await draft.browser.get(f"{draft.path}/photo/{row.id}.jpg?size=full")
    for answer, width in ((small, 320), (whole, 1600)):
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        with Image.open(io.BytesIO(answer.body)) as opened:
            assert opened.width == width
    looks = await draft.world.audited(draft.world.ids.jianguo)
    assert looks.count(("read", "ok")) >= 2
    assert ("attach", "ok") in looks


async def test_a_file_that_was_altered_is_not_shown(draft: Draft) -> None:
    """What lies in the folder is sealed: a changed byte, and it is no picture any more."""
    await draft.send(photo())
    (row,) = await draft.world.photos(draft.case.case_no)
    (file,) = draft.world.stored()
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(body)
    assert (await draft.browser.get(f"{draft.path}/photo/{row.id}.jpg")).status == 404


async def test_after_handing_in_nothing_changes(draft: Draft) -> None:
    """An upload or a 删除 from an old tab leads to the result; the photos stay as they were handed in."""
    page = await draft.send(photo())
    csrf = page.csrf
    await draft.browser.post(f"{draft.path}/submit", {"csrf": csrf})
    (row,) = await draft.world.photos(draft.case.case_no)
    late = await draft.send(photo(300, 300), material="m1")
    assert "提交成功" in late.words
    dropped = await draft.browser.post(f"{draft.path}/drop", {"csrf": csrf, "photo": str(row.id)})
    assert "提交成功" in dropped.words
    assert await draft.kept() == 1
    assert (await draft.world.case()).state is CaseState.REVIEW


class Watcher:
    """Port fake of a scanner: it finds what holds `evil`, and can be away."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.away = False

    async def scan(self, body: bytes) -> str:
        self.seen.append(len(body))
        if self.away:
            raise ScannerAway
        if b"evil" in body:
            raise Infected
        return "clean"


async def test_the_scanner_looks_first(draft: Draft) -> None:
    """What it finds is refused, what it clears says so, and while it is away nothing is taken."""
    watcher = draft.world.scanner = Watcher()
    await draft.world.restart()
    good, bad = photo(), photo() + b"evil"
    assert (await draft.send(good)).status == 200
    (row,) = await draft.world.photos(draft.case.case_no)
    assert row.scan == "clean"
    refused = await draft.send(bad, material="m1")
    assert refused.status == 422
    assert "没有通过安全检查" in refused.words
    watcher.away = True
    away = await draft.send(photo(300, 300), material="m1")
    assert away.status == 422
    assert "做不了安全检查" in away.words
    assert watcher.seen[:2] == [len(good), len(bad)]
    assert await draft.kept() == 1
