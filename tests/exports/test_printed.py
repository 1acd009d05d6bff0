"""Printed files and pictures: Chinese, page numbers, fonts of our own, nothing fetched."""

import re
import shutil
import struct
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pypdf
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from server.errors import LimitReached
from server.exports import paging
from server.exports.document import Number, NumberFormat, Row
from server.exports.paging import FONTS
from server.exports.pictures import pictures_of
from server.exports.printed import write_pdf
from server.exports.words import STATUSES, WORDS
from tests.exports.documents import document, untold
from tests.exports.pango import needs_pango
from tests.exports.payloads import PAYLOADS, SPLIT

PDFTOTEXT = shutil.which("pdftotext")

CHART: dict[str, Any] = {
    "kind": "trend",
    "title": "准点到达率",
    "unit": "%",
    "categories": ["一月", "二月"],
    "format": {"name": "number", "decimals": 1, "suffix": "%"},
    "series": [
        {
            "scenario": "AC",
            "kind": "bar",
            "name": "AC 实际",
            "values": [81.5, None],
            "gaps": [None, "未载入"],
        }
    ],
}


def rows(count: int) -> Iterable[Row]:
    return (Row((f"航空公司 {n}", Number(Fraction(-n), NumberFormat(0)))) for n in range(count))


@needs_pango
def test_a_pdf_holds_chinese_text_page_numbers_and_repeated_heads(tmp_path: Path) -> None:
    write_pdf(document(rows(120), language="zh"), tmp_path / "a.pdf", untold)

    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "a.pdf").pages]
    assert len(pages) > 1
    assert "航空公司 0" in pages[0]
    assert "−119" in pages[-1]
    for number, text in enumerate(pages, 1):
        assert f"第 {number} 页，共 {len(pages)} 页" in text
        assert "Value 1" in text
        assert "ffffffffffffffff" in text


@needs_pango
def test_a_pdf_embeds_our_font_and_nothing_else(tmp_path: Path) -> None:
    write_pdf(document(rows(3), language="zh"), tmp_path / "a.pdf", untold)

    page = pypdf.PdfReader(tmp_path / "a.pdf").pages[0]
    fonts: Any = page["/Resources"]["/Font"]  # type: ignore[index]
    names = {str(fonts[key].get_object()["/BaseFont"]) for key in fonts}
    assert names
    assert all("Noto-Sans-SC" in name or "NotoSansSC" in name for name in names), names


def test_more_than_paper_should_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LimitReached, match="take XLSX, CSV or Parquet"):
        write_pdf(document(rows(40_000)), tmp_path / "a.pdf", untold)


def test_a_chart_is_drawn_three_times_as_fine_with_chinese_letters() -> None:
    picture = pictures_of([CHART], "zh")[0]

    assert picture.startswith(b"\x89PNG\r\n")
    assert struct.unpack(">II", picture[16:24]) == (2760, 1200)
    other = pictures_of([{**CHART, "categories": ["口口", "二月"]}], "zh")[0]
    assert picture != other, "letters without a shape would look the same"


def test_a_machine_without_pango_is_told_the_name_of_the_package(tmp_path: Path) -> None:
    code = f"""
import builtins, runpy, sys
found = builtins.__import__
def without(name, *rest, **named):
    if name == "weasyprint":
        raise OSError("cannot load library 'libpango-1.0-0'")
    return found(name, *rest, **named)
builtins.__import__ = without
sys.argv = ["paging", {str(tmp_path / "a.pdf")!r}]
runpy.run_module("server.exports.paging", run_name="__main__")
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, input=""
    )

    assert ended.returncode == 1
    assert ended.stderr.strip() == paging.NO_PANGO
    assert "libpango-1.0-0" in paging.NO_PANGO


def test_the_fonts_are_the_ones_that_were_made() -> None:
    origin = tomllib.loads((FONTS / "origin.toml").read_text(encoding="utf-8"))

    assert {path.name for path in FONTS.glob("*.ttf")} == set(origin["files"])
    for name, digest in origin["files"].items():
        assert sha256((FONTS / name).read_bytes()).hexdigest() == digest
    assert "SIL OPEN FONT LICENSE" in (FONTS / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "style"), [("Regular", "Regular"), ("Bold", "Bold")])
def test_the_fonts_say_their_weight_and_know_every_letter_of_our_words(
    name: str, style: str
) -> None:
    font = TTFont(FONTS / f"NotoSansSC-{name}.ttf")
    letters = {letter for text in _texts() for letter in text}

    assert font["name"].getDebugName(1) == "Noto Sans SC"
    assert font["name"].getDebugName(2) == style
    assert {one for one in letters if ord(one) not in font.getBestCmap()} == set()


def _texts() -> Iterator[str]:
    for text in (*WORDS.values(), *STATUSES.values()):
        yield from (text.en, text.zh)
    yield "−±×·…●▲■◆○"


@needs_pango
@pytest.mark.skipif(not PDFTOTEXT, reason="there is no pdftotext")
def test_paper_shows_what_a_spreadsheet_would_run_as_letters_alone(tmp_path: Path) -> None:
    """Four hundred payloads as the text of a PDF; nothing in the file can be run or followed."""
    texts = (*PAYLOADS, *SPLIT)
    lines = [Row((text, Number(Fraction(-7), NumberFormat(0)))) for text in texts]
    write_pdf(document(lines), tmp_path / "a.pdf", untold)

    told = subprocess.run(
        [str(PDFTOTEXT), "-layout", str(tmp_path / "a.pdf"), "-"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    seen = re.sub(r"\s+", "", told)
    for body in {re.sub(r"\s+", "", text.strip("\ufeff\u200b\u00a0")) for text in PAYLOADS}:
        assert body[-8:] in seen, body
    assert seen.count("\u22127") >= len(texts)
    raw = (tmp_path / "a.pdf").read_bytes()
    for live in (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/SubmitForm", b"/OpenAction"):
        assert live not in raw


def test_a_picture_is_dots_alone_whatever_its_members_are_called() -> None:
    """No block of a PNG holds text: neither a payload nor where it came from."""
    hostile = {**CHART, "title": PAYLOADS[0], "categories": list(PAYLOADS[:2])}
    picture = pictures_of([hostile], "en")[0]

    kinds, at = set(), 8
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        kinds.add(picture[at + 4 : at + 8])
        at += length + 12
    assert kinds <= {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"sRGB", b"gAMA", b"pHYs"}
