"""The process that decodes pictures: what it may do, what becomes of the server when it dies, and what becomes of it when the server does."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PIL import Image

from dialogs.filing import Material
from handlers.darkroom import TOO_MANY_PIXELS, Refused, answered, rewritten, serve, thumbnail
from handlers.developing import CANNOT_OPEN, LENGTHS, frame
from handlers.materials import Darkroom, Infected, Unfit
from tests.pages.declared import photo, with_position

ROOT = Path(__file__).parent.parent.parent
CARD = Material(name="card", title="社保卡正面", required=True, at_least=0, at_most=2_000_000)


@contextlib.asynccontextmanager
async def opened(**more: float) -> AsyncIterator[Darkroom]:
    made = Darkroom(**more)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()


def _only(room: Darkroom) -> int:
    """The process, of which there is one."""
    pids = list(room.pids)
    assert len(pids) == 1
    return pids[0]


def _ended(pid: int) -> bool:
    """Whether a process is gone within ten seconds."""
    try:
        held = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([held], [], [], 10)[0])
    finally:
        os.close(held)


async def test_one_process_develops_all_of_them() -> None:
    """It is started with the first picture and serves the following ones; photos come back upright and bare, thumbnails small."""
    async with opened() as room:
        assert not room.pids
        first = await room.develop(with_position(), CARD)
        pid = _only(room)
        assert (first.width, first.height) == (200, 400)
        assert b"Secret" not in first.body
        many = await asyncio.gather(*(room.develop(photo(200 + n, 200), CARD) for n in range(6)))
        assert [one.width for one in many] == [200, 201, 202, 203, 204, 205]
        with Image.open(io.BytesIO(await room.small(first.body, 100))) as small:
            assert (small.format, small.size) == ("JPEG", (50, 100))
        assert _only(room) == pid
    assert _ended(pid)
    assert not room.pids


async def test_it_may_do_little_and_knows_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Lower priority, one gibibyte, no file to write, no dump; of the server's environment nothing but where programs and modules are."""
    monkeypatch.setenv("SHEBAO_MASTER_KEY", "a secret of the server")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "json.py").write_text("raise SystemExit('a module of the folder that the server was started in')", "utf-8")
    async with opened() as room:
        await room.develop(photo(), CARD)
        pid = _only(room)
        proc = Path(f"/proc/{pid}")
        assert {line.partition("=")[0] for line in proc.joinpath("environ").read_text("utf-8").split("\0") if line} <= {
            "PATH",
            "LD_LIBRARY_PATH",
            "PYTHONPATH",
        }
        assert resource.prlimit(pid, resource.RLIMIT_AS) == (1 << 30, 1 << 30)
        assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0)
        assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
        assert 10 <= resource.prlimit(pid, resource.RLIMIT_CPU)[0] <= 13
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
        assert os.readlink(proc / "cwd") == "/"


async def test_a_picture_that_wants_all_memory_is_too_large() -> None:
    """49 million pixels of WebP are a few kilobytes, and more than a gibibyte on the way: refused, by a process that lives on."""
    held = io.BytesIO()
    Image.new("RGB", (7000, 7000), "navy").save(held, "WEBP", method=0)
    async with opened() as room:
        with pytest.raises(Unfit) as refused:
            await room.develop(held.getvalue(), CARD)
        assert refused.value.sentence == TOO_MANY_PIXELS
        pid = _only(room)
        assert (await room.develop(photo(300, 200), CARD)).width == 300
        assert _only(room) == pid


async def test_a_picture_that_kills_its_decoder_costs_one_sentence() -> None:
    """Killed in the middle of one: that person is told that it cannot be opened, and the next picture has another process."""
    async with opened() as room:
        await room.develop(photo(), CARD)
        pid = _only(room)
        os.kill(pid, signal.SIGSTOP)
        waiting = [asyncio.create_task(room.develop(photo(300 + n, 200), CARD)) for n in range(2)]
        await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        killed, other = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(killed, Unfit)
        assert killed.sentence == CANNOT_OPEN
        assert not isinstance(other, BaseException)
        assert other.width == 301
        assert _only(room) != pid


async def test_one_that_died_in_between_is_replaced_unseen() -> None:
    """Nobody waited for it, so nobody is told."""
    async with opened() as room:
        await room.develop(photo(), CARD)
        pid = _only(room)
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            while room.pids:  # until the loop has heard of it  # noqa: ASYNC110 - nobody else is told
                await asyncio.sleep(0)
        assert (await room.develop(photo(300, 200), CARD)).width == 300


async def test_a_picture_that_takes_too_long_is_given_up() -> None:
    """After its time the process is killed, the person gets the sentence, and the next one is served by another."""
    async with opened(seconds=3) as room:
        await room.develop(photo(), CARD)
        pid = _only(room)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(Unfit) as refused:
            await room.develop(photo(), CARD)
        assert refused.value.sentence == CANNOT_OPEN
        assert _ended(pid)
        assert (await room.develop(photo(300, 200), CARD)).width == 300


async def test_who_waits_too_long_for_a_turn_is_told() -> None:
    """The one that is looked at is waited for; the next one goes away with a sentence that says when to come back."""
    async with opened(patience=0.05) as room:
        await room.develop(photo(), CARD)
        pid = _only(room)
        os.kill(pid, signal.SIGSTOP)
        first = asyncio.create_task(room.develop(photo(300, 200), CARD))
        await asyncio.sleep(0)
        with pytest.raises(Unfit) as refused:
            await room.develop(photo(), CARD)
        assert "过一两分钟再传一次" in refused.value.sentence
        os.kill(pid, signal.SIGCONT)
        assert (await first).width == 300


async def test_who_goes_away_does_not_leave_an_answer_for_the_next() -> None:
    """A picture whose sender hung up in the middle: the next sender gets his own."""
    async with opened() as room:
        await room.develop(photo(), CARD)
        pid = _only(room)
        os.kill(pid, signal.SIGSTOP)
        first = asyncio.create_task(room.develop(photo(300, 200), CARD))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert (await room.develop(photo(400, 200), CARD)).width == 400
        assert _only(room) != pid


async def test_where_nothing_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process: a photo is asked for again in some minutes, and one that is stored is shown as it is."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with opened() as room:
        with pytest.raises(Unfit) as refused:
            await room.develop(photo(), CARD)
        assert "现在收不了照片" in refused.value.sentence
        body = photo()
        assert await room.small(body) == body


async def test_a_stored_photo_that_cannot_be_made_small_is_shown_whole() -> None:
    """Rather than nothing."""
    async with opened() as room:
        assert await room.small(b"\xff\xd8\xff no photo") == b"\xff\xd8\xff no photo"


async def test_nothing_is_started_for_what_is_refused_before() -> None:
    """Too large, no picture by its first bytes, infected: no decoder sees it."""

    class Finds:
        async def scan(self, body: bytes) -> str:
            raise Infected

    async with opened() as room:
        for body in (b"", bytes(2_000_001), b"%PDF-1.7 and more"):
            with pytest.raises(Unfit):
                await room.develop(body, CARD)
        assert not room.pids
    room = Darkroom(Finds())
    with pytest.raises(Unfit):
        await room.develop(photo(), CARD)
    assert not room.pids


_PARENT = """
import asyncio, sys
from handlers.materials import Darkroom
from dialogs.filing import Material

async def main():
    room = Darkroom()
    await room.develop(sys.stdin.buffer.read(), Material(name="card", title="", required=True, at_least=0))
    print(room.pids[0], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_it_does_not_outlive_a_server_that_was_killed() -> None:
    """SIGKILL: nobody can end it, so it ends with its input. Ctrl-C and SIGTERM for the whole group are left to the server."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(photo())
        parent.stdin.close()
        pid = int(parent.stdout.readline())
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
        ignored = int(
            next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigIgn")).split()[1],
            16,
        )
        assert ignored & 1 << signal.SIGINT - 1
        assert ignored & 1 << signal.SIGTERM - 1
        parent.kill()
        assert _ended(pid)


# ── what it does, without the process ───────────────────────────────────────────────────────────────────────────────


def _answers(asked: bytes) -> list[tuple[dict[str, object], bytes]]:
    """What `serve` writes for so many bytes."""
    out, found = io.BytesIO(), []
    serve(io.BytesIO(asked), out)
    out.seek(0)
    while head := out.read(LENGTHS.size):
        told, size = LENGTHS.unpack(head)
        found.append((json.loads(out.read(told)), out.read(size)))
    return found


@pytest.fixture
def own_limit() -> Iterator[None]:
    """The limit on CPU that belongs to the process does not stay with this one."""
    before = resource.getrlimit(resource.RLIMIT_CPU)
    yield
    resource.setrlimit(resource.RLIMIT_CPU, before)


@pytest.mark.usefixtures("own_limit")
def test_frames_are_answered_in_order_until_the_end() -> None:
    """A photo, a small one, a refusal; what was cut off in the middle is not answered."""
    good = frame({"do": "photo", "kind": "PNG", "at_most": 1_000_000, "seconds": 1_000}, photo(kind="PNG"))
    small = frame({"do": "small", "edge": 64, "seconds": 1_000}, photo())
    bad = frame({"do": "photo", "kind": "JPEG", "at_most": 100_000, "seconds": 1_000}, b"\xff\xd8\xff")
    first, second, third = _answers(good + small + bad + good[:-1])
    assert first[0] == {"width": 640, "height": 480}
    assert first[1].startswith(b"\xff\xd8")
    with Image.open(io.BytesIO(second[1])) as opened_:
        assert opened_.size == (64, 48)
    assert third == ({"refused": CANNOT_OPEN}, b"")
    assert _answers(b"\0\0") == []


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_every_kind_of_pixels_becomes_plain_ones(mode: str) -> None:
    """Grey, clear, of a palette, sixteen bits: three channels of eight bits come out."""
    held = io.BytesIO()
    Image.new(mode, (160, 120)).save(held, "PNG")
    body, width, height = rewritten(held.getvalue(), "PNG", 1_000_000)
    assert (width, height) == (160, 120)
    with Image.open(io.BytesIO(body)) as found:
        assert (found.mode, found.format, "comment" in found.info) == ("RGB", "JPEG", False)


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_way_to_hold_a_phone(turn: int) -> None:
    """The mark of the upper left corner is where it belongs, for each of the eight orientations and also when the photo is made smaller."""
    upright = Image.new("RGB", (3000, 1500), "white")
    upright.paste("red", (0, 0, 1000, 500))
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x0112] = turn
    held = io.BytesIO()
    (upright.transpose(back[turn]) if turn in back else upright).save(held, "JPEG", exif=exif)
    body, width, height = rewritten(held.getvalue(), "JPEG", 2_000_000)
    assert (width, height) == (2400, 1200)
    with Image.open(io.BytesIO(body)) as found:
        corner, middle = found.getpixel((100, 100)), found.getpixel((1500, 700))
    assert isinstance(corner, tuple)
    assert isinstance(middle, tuple)
    assert corner[0] > 200
    assert corner[1] < 60
    assert min(middle) > 240


def test_what_cannot_be_opened_is_refused() -> None:
    """As a photo and as a stored one: one sentence, as an exception and in a frame."""
    for work in (lambda: rewritten(photo()[:9000], "JPEG", 1_000_000), lambda: thumbnail(b"", 320)):
        with pytest.raises(Refused) as refused:
            work()
        assert refused.value.sentence == CANNOT_OPEN
    assert answered({"do": "small", "edge": 320}, b"") == frame({"refused": CANNOT_OPEN})
