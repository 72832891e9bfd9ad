"""Looks through an .xlsx before it is unpacked: size, encryption, and cells so far out that a reader would fill memory with blanks."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from storage.imports.report import Problem, Refused

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_ENTRIES = 500
MAX_ROWS = 100_000
MAX_COLUMNS = 100

_BROKEN = "文件打不开，可能已损坏。请用表格软件另存为 .xlsx 后再试"
_TOO_BIG = f"文件展开后超过{MAX_UNPACKED // 1024 // 1024}MB，请分成几个文件"
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_CHUNK = 65_536


def letters(column: int) -> str:
    """The name of a column, from 1: A … Z, AA …"""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def inspect(data: bytes) -> tuple[Problem, ...]:
    """Raises Refused for a file that must not be opened; returns the cells that hold a formula error.

    What the directory of the archive promises is summed up before anything is unpacked; then every entry is unpacked in small
    pieces that are counted and thrown away, because the directory can lie.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Refused(_BROKEN) from error
    names = {entry.filename.lower() for entry in entries}
    if "xl/workbook.xml" not in names or names & {"xl/workbook.bin", "content.xml", "mimetype"}:
        raise Refused("这不是 .xlsx 表格文件，请用表格软件另存为 .xlsx 后再试")
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refused(_TOO_BIG)
    left = MAX_UNPACKED
    problems: list[Problem] = []
    for entry in entries:
        if entry.flag_bits & 1:
            raise Refused("文件有密码，请去掉密码后再试")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Refused(_BROKEN)
        size, found = _look(data, entry, left)
        if size != entry.file_size:
            raise Refused(_BROKEN)
        left -= size
        problems += found
    return tuple(problems)


def _look(data: bytes, entry: zipfile.ZipInfo, left: int) -> tuple[int, list[Problem]]:
    """Unpack one entry piece by piece: its true size and the formula errors in it."""
    cells = _Cells()
    size, tail = 0, b""
    readable = True
    for piece in _pieces(data, entry):
        size += len(piece)
        if size > left:
            raise Refused(_TOO_BIG)
        if b"sheetData" in tail + piece and not readable:
            raise Refused(_BROKEN)
        if readable and not cells.feed(piece):
            readable = False
            if cells.rows_begun or b"sheetData" in tail + piece:
                raise Refused(_BROKEN)  # a reader less strict than ours might go on where we stopped looking
        tail = piece[-16:]
    return size, cells.errors


def _pieces(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    start = entry.header_offset
    if data[start : start + 4] != b"PK\x03\x04":
        raise Refused(_BROKEN)
    start += (
        30 + int.from_bytes(data[start + 26 : start + 28], "little") + int.from_bytes(data[start + 28 : start + 30], "little")
    )
    packed = memoryview(data)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        for place in range(0, len(packed), _CHUNK):
            yield bytes(packed[place : place + _CHUNK])
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for place in range(0, len(packed), _CHUNK):
            rest = bytes(packed[place : place + _CHUNK])
            while rest:
                yield inflate.decompress(rest, _CHUNK)
                rest = inflate.unconsumed_tail
        while piece := inflate.decompress(b"", _CHUNK):
            yield piece
    except zlib.error as error:
        raise Refused(_BROKEN) from error


class _Cells:
    """Follows the cells of a worksheet without keeping them."""

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.rows_begun = False
        self._row = 0
        self._column = 0
        self._wrong = False
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._element
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.XmlDeclHandler = self._declared

    def feed(self, piece: bytes) -> bool:
        """False when this is no XML, or no longer."""
        try:
            self._parser.Parse(piece, False)
        except (expat.ExpatError, LookupError, ValueError):  # the latter two: an encoding that Python does not know
            return False
        return True

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in {"utf-8", "us-ascii"}:
            raise Refused(_BROKEN)  # two readers might see two different texts

    def _doctype(self, *_: object) -> None:
        raise Refused(_BROKEN)

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "sheetData":
                self.rows_begun = True
            case "row":
                told = attributes.get("r")
                if told is not None and not re.fullmatch("[0-9]{1,7}", told):
                    raise Refused(_BROKEN)
                self._row = self._row + 1 if told is None else int(told)
                self._column = 0
            case "c":
                told = attributes.get("r")
                place = _CELL.fullmatch(told or "")
                if place:
                    self._row, self._column = int(place[2]), _number(place[1])
                elif told is not None:
                    raise Refused(_BROKEN)  # a reader that counts on from a name like that ends up anywhere
                else:
                    self._column += 1
                self._wrong = attributes.get("t") == "e"
            case "v" | "is" | "f":
                if self._row > MAX_ROWS + 1 or self._column > MAX_COLUMNS:
                    raise Refused(f"表格太大：最多{MAX_ROWS}行、{MAX_COLUMNS}列，请分成几个文件，并删掉表外的内容")
                if self._wrong:
                    self._wrong = False
                    self.errors.append(Problem(self._row, letters(self._column), "这一格是公式错误，请改成正确的内容"))


def _number(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number
