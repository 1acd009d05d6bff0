"""What the server says of loads, jobs and values is told in Chinese too, with its own values."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import loaders
import server.ledger
from server.errors import InvalidInput
from tests.web.said import written
from web.sentences import error_words, in_words

LOADERS = Path(loaders.__file__).parent
LEDGER = Path(server.ledger.__file__).parent
# A load that ends in one of these keeps its sentence; of a refused value it is the third argument.
SAID = {"LoadRejected": 0, "LoadHeld": 0, "Drifted": 0, "refused": 2}
FILLED = {
    "place": "first line",
    "what": "UTF-16",
    "example": "a date like 2013-12-31",
    "clash.rows": "7 rows",
    "newer.rows": "1 row",
    "counted_rows": "1 row",
    "counted_values": "1 value",
    "refused_rows": "the only row is",
    "restated": "1 published scope key",
}
DECIDED = ("decide.py", "publish.py", "same_bytes.py", "correct.py")  # conflicts that people read
ELSEWHERE = ("importing", "pushes")  # told to whoever imports a model or pushes facts


@pytest.fixture(autouse=True)
def _asked_in_chinese(app: Flask) -> Iterator[None]:
    with app.test_request_context("/?lang=zh"):
        yield


def sentences() -> Iterator[tuple[str, str]]:
    """Where the code says a sentence, and the sentence with a 7 for each of its values."""
    files = [file for file in LOADERS.rglob("*.py") if file.parent.name not in ELSEWHERE]
    for file in [*files, *(LEDGER / name for name in DECIDED)]:
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                wanted = SAID.get(call.func.id, 0 if file.parent == LEDGER else None)
                is_said = call.func.id in SAID or call.func.id == "Conflict"
                if is_said and wanted is not None and len(call.args) > wanted:
                    text = written(call.args[wanted], FILLED)
                    if re.search("[a-z]{2}", text):
                        yield f"{file.name}: {text}", text


@pytest.mark.parametrize("text", [pytest.param(text, id=where) for where, text in sentences()])
def test_every_sentence_that_is_kept_with_a_load_has_a_chinese_shape(text: str) -> None:
    told = in_words(text)

    assert not re.search("[a-z]{2}", re.sub("`[^`]*`|zip|Parquet", "", told)), told
    assert told.count("7") == text.count("7")


@pytest.mark.parametrize(
    ("sentence", "chinese"),
    [
        (
            "sales.csv: it lacks columns 'date', 'amount'; it has the unknown column 'Date'; "
            "perhaps 'Date' stands for 'date'; sales reads: date, amount",
            "sales.csv：缺少列 'date', 'amount'；有未知列 'Date'；'Date' 可能就是 'date'；"
            "sales 读取的列：date, amount",
        ),
        (
            "2 rows of b.csv would count twice, with keys that are seen already: line 3 "
            "(2026 Köln) is line 3 of load 1; line 4 (x) is line 9 of load 2; and 1,200 more; "
            "somebody has to decide",
            "b.csv 中有 2 行的键已经可见，会被重复计数：第 3 行（2026 Köln）即载入 1 的第 3 行；"
            "第 4 行（x）即载入 2 的第 9 行；另有 1,200 处；需要有人决定",
        ),
        (
            "line 3: 'much': amount must be a decimal number; line 4: '1.5': pieces must be a "
            "whole number",
            "第 3 行：'much'：amount 必须是小数；第 4 行：'1.5'：pieces 必须是整数",
        ),
        ("load 4 is withdrawn; only a published load can be withdrawn", None),
        ("line 9 of load 4 was not refused", None),
        ("line 9 of load 4 stands there twice", None),
        ("4: '1x' is no number of a line", None),
        ("4: 1 to 1,000 lines are taken", None),
        ("its columns are parted by a tab, not by a comma", "各列以制表符分隔，而不是逗号"),
        ("line 7: the parent b of c is not there before 2026-01-01", None),
        ("refused by Ada: wrong; and late: again", "已被 Ada 拒绝：wrong; and late: again"),
        ("amount must be 1 to 7", "amount 必须在 1 到 7 之间"),
        ("amount must be one of a, b", "amount 必须是以下之一：a, b"),
        ("the source of load 3 is not in the spool as it was", "载入 3 的来源在存档中已不是原样"),
        ("something nobody foresaw happened", "something nobody foresaw happened"),
    ],
)
def test_a_sentence_is_told_with_its_values(sentence: str, chinese: str | None) -> None:
    told = in_words(sentence)

    assert told == chinese if chinese else not re.search("[a-z]{2}", told), told


def test_what_somebody_wrote_is_kept_whole_whatever_it_holds() -> None:
    assert in_words("There is no column 'x: 1; y' to sort by.") == "没有可用于排序的列 'x: 1; y'。"
    assert in_words('There is no scorecard "it\'s: so".') == '没有记分卡 "it\'s: so"。'


def test_an_error_in_a_line_says_what_is_allowed_and_what_to_do() -> None:
    error = InvalidInput(
        "There is no tile of the kind 'x'.", allowed=("figure", "text"), hint="Ask again."
    )

    assert error_words(error) == "没有 'x' 这种磁贴；可用：figure, text；请重新查询。"


def test_in_english_a_sentence_stays_as_it_was_written(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        assert in_words("it lacks column 'a'; perhaps so") == "it lacks column 'a'; perhaps so"
