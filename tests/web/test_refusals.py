"""What the server refuses, and why an export failed, is told in Chinese too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lxml.html import document_fromstring

import loaders
import server
import web
from server import errors
from server.metadata.jobs import Job
from server.store import bounds, refusals
from server.store.address import parse_address
from server.store.bounds import Bound
from server.store.refusals import refusal
from tests.web.people import ADMIN, ANALYST, Browser
from tests.web.said import written
from tests.web.screens import texts
from web.events import event_words, publication_words, reason_words
from web.loads import mistake_words
from web.sentences import error_words, in_words, trouble_words

SERVER, WEB, LOADERS = (Path(one.__file__ or "").parent for one in (server, web, loaders))
# What no screen tells: whatever stands elsewhere may be read by people, and has its Chinese.
TO_PROGRAMS = (
    *("web/api", "web/mcp", "web/odata", "web/slicer", "web/limits.py", "web/links.py"),
    "loaders/pushes",
    *(f"server/cube/{name}.py" for name in ("across_reading", "marked", "modifiers")),
    *("server/cube/table_reading.py", "server/metadata/pushes.py"),
)
TO_WHOEVER_KEEPS_IT = (  # told at a terminal, in the log, or when Indicube starts
    *("server/commands", "server/embedded", "server/home.py", "server/setting_types.py"),
    *("server/settings.py", "server/runtime.py", "server/queue.py", "server/redis.py"),
    *("server/metadata/session.py", "server/metadata/server_pulse.py", "web/serving.py"),
    *(f"server/store/{name}.py" for name in ("address", "arrow", "dictionaries", "harmless")),
    *(f"server/store/{name}.py" for name in ("migrate", "rollups", "select_only")),
    *("server/ledger/rollups.py", "server/ledger/verify.py"),
    *(f"server/exports/{name}.py" for name in ("reading", "verifying")),
    *("server/metadata/batches.py", "server/metadata/grouped_files.py"),
    *("loaders/commands", "loaders/importing", "loaders/rolling_up.py", "loaders/sample.py"),
    *("loaders/context.py", "loaders/scope.py", "loaders/sources/files.py"),
)
OF_DEFINITIONS = (  # told to whoever writes a model, an indicator or a contract in a file
    *("server/arrivals/contract.py", "server/cube/document.py", "server/indicators"),
    "server/scorecards/packs.py",
)
# Made of parts, and tried one by one below and with the sentences of loads.
OF_PARTS = ("server/store/bounds.py", "server/store/refusals.py", "loaders/correcting.py")
UNSEEN = tuple(
    Path(one) for one in (*TO_PROGRAMS, *TO_WHOEVER_KEEPS_IT, *OF_DEFINITIONS, *OF_PARTS)
)
# A page asks a stranger to sign in, and these headers are of programs.
NO_PAGE = {"NotSignedIn", "KeyReused", "InFlight", "SettingsError"}
ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.IndicubeError) and name not in NO_PAGE
}
FILLED = {
    "' or '.join(FORMATS)": "csv or parquet",
    "', '.join(allowed) or 'nothing'": "nothing",
    "'s' if len(password) != 1 else ''": "s",
    "_word(part)": "ISO week",
    "_WHAT[self._rules.of]": "long answers",
    "asked": "7",
    "because": " (day is out of range for month)",
    "clash.rows": "7 rows",
    "counted_rows": "7 rows",
    "grain": "week",
    "load.state": "held",
    "modifier.to_date": "quarter",
    "needed.value": "'export'",
    "newer.rows": "1 row",
    "person.role.value": "'viewer'",
    "period.kind": "month",
    "question.kind": "scorecard",
    "refused_rows": "7 or more of 7 rows are",
    "right.value": "'view'",
    "right_of(change).value": "'load'",
    "takes": "a whole number",
    "tile.kind": "ranking",
    "user.role.value": "'viewer'",
}
# The same name says something else in every file.
FILLED_IN = {
    "asked.py": {"noun": "page size", "asked": "level '7'"},
    "survey.py": {"place": "first line", "what": "UTF-16"},
    "browser.py": {"noun": "facts", "remedy": "cut or page"},
    "catalogue.py": {"what": "indicator"},
    "cube_model.py": {"noun": "dimension"},
    "cuts.py": {"noun": "paths in one set"},
    "grains.py": {"noun": "cells"},
    "horizon.py": {"since": ", of 7"},
    "question.py": {"noun": "an axis", "form": "organisation:carrier or time@ymd:month"},
    "tiles.py": {"name": "title"},
    "turns.py": {"what": "long answers"},
}
# What is written so in every language: how questions are written, and names.
KEPT = (
    "`[^`]*`|[A-Z]\\w+|organisation:\\w+|time@ymd:month|10:flights(:only)?|"
    "(?<![a-z])(as_of(_model)?|export|csv|parquet|before|page|pagesize|then|asc|desc|carrier|"
    "flights|ignored_columns|totals|membership|as_is|as_was|organisation|point|paths?|set|range|from|to|how|active|"
    "version)(?![a-z])"
)


def refused() -> Iterator[tuple[str, str]]:
    """Where the code refuses something, and the sentence with a 7 for each of its values."""
    for root in (SERVER, WEB, LOADERS):
        for file in sorted(root.rglob("*.py")):
            place = file.relative_to(root.parent)
            if any(place.is_relative_to(one) for one in UNSEEN):
                continue
            filled = {**FILLED, **FILLED_IN.get(file.name, {})}
            for call in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ERRORS:
                    for said in _said(call):
                        text = written(said, filled)
                        if re.search("[a-z]{2}", text):
                            yield f"{place}: {text}", text


def _said(call: ast.Call) -> list[ast.expr]:
    return [*call.args[:1], *(one.value for one in call.keywords if one.arg == "hint")]


@pytest.fixture
def _asked_in_chinese(app: Flask) -> Iterator[None]:
    with app.test_request_context("/?lang=zh"):
        yield


def is_chinese(text: str) -> bool:
    return not re.search("[a-z]{2}", re.sub(KEPT, "", text))


@pytest.mark.usefixtures("_asked_in_chinese")
@pytest.mark.parametrize("text", [pytest.param(text, id=where) for where, text in refused()])
def test_every_refusal_that_a_screen_can_show_has_a_chinese_shape(text: str) -> None:
    told = in_words(text)

    assert is_chinese(told), told
    assert told.count("7") == text.count("7")


@pytest.mark.usefixtures("_asked_in_chinese")
@pytest.mark.parametrize("is_bound", [True, False])
@pytest.mark.parametrize("is_writing", [True, False])
def test_whatever_the_engine_refuses_is_told_in_chinese(is_bound: bool, is_writing: bool) -> None:
    codes = {*bounds.LIMIT_CODES, *refusals._MISSING, *refusals._AWAY, *refusals._TOLD, 243, 1}
    limits = {
        "max_execution_time": Bound("30 s", "INDICUBE_MAX_EXECUTION_SECONDS"),
        "max_result_rows": Bound("1,000,000 rows", "INDICUBE_MAX_RESULT_ROWS"),
        "max_rows_to_group_by": Bound("100,000", "INDICUBE_MAX_GROUPS"),
    }
    for code in sorted(codes):
        for text in ("", "GROUP BY", "the grant INSERT"):
            error = refusal(
                code,
                text,
                parse_address("chdb:///facts"),
                is_writing=is_writing,
                bounds=limits if is_bound else {},
            )
            for said in (error.message, error.hint or ""):
                told = in_words(said)
                rest = re.sub(r"/\S+|max_\w+|INDICUBE_\w+|docs/\S+|\?reader=|chdb", "", told)
                assert is_chinese(rest), (code, told)


@pytest.mark.usefixtures("_asked_in_chinese")
def test_why_an_export_failed_is_told_with_what_can_be_done() -> None:
    said = (
        "the question to the facts answers more than 1,000,000 rows; cut it to fewer periods or "
        "members, or drill down less; or ask by page; whoever runs Indicube may raise "
        "INDICUBE_MAX_RESULT_ROWS"
    )

    assert in_words(said) == (
        "对事实数据的查询结果超过 1,000,000 行；请缩小到更少的期间或成员，或减少下钻；或分页查询；"
        "Indicube 的管理者可以调高 INDICUBE_MAX_RESULT_ROWS"
    )


def test_of_a_failure_that_nobody_foresaw_only_its_number_is_told(app: Flask) -> None:
    nothing: dict[str, Any] = dict.fromkeys(Job.__dataclass_fields__)
    error = {"id": "ab12", "error_code": "unexpected", "error": "X: /srv/secret"}
    failed = Job(**{**nothing, **error})
    for language, words in (("en", "Something went wrong on our side"), ("zh", "我们这边出了问题")):
        with app.test_request_context(f"/?lang={language}"):
            told = trouble_words(failed)
        assert told.startswith(words)
        assert "ab12" in told
        assert "secret" not in told


def test_an_english_line_of_an_error_is_its_sentence(app: Flask) -> None:
    error = errors.NotFound("There is no tile 'x'.", allowed=("figure", "text"), hint="Look.")

    with app.test_request_context("/?lang=en"):
        assert error_words(error) == error.sentence


def rules() -> set[str]:
    """Every rule by which a value or a row is refused."""
    found = set()
    for file in LOADERS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            place = {"refused": 1, "Quarantined": 3}.get(name)
            if isinstance(node, ast.Call) and place is not None and len(node.args) > place:
                rule = node.args[place]
                if isinstance(rule, ast.Constant):
                    found.add(str(rule.value))
            if isinstance(node, ast.FunctionDef) and node.name == "reason_against":
                found |= {
                    str(one.value.elts[0].value)  # type: ignore[attr-defined]
                    for one in ast.walk(node)
                    if isinstance(one, ast.Return) and isinstance(one.value, ast.Tuple)
                }
    return found


@pytest.mark.usefixtures("_asked_in_chinese")
def test_every_rule_that_refuses_rows_has_a_name() -> None:
    found = rules()

    assert len(found) > 12
    assert {rule for rule in found if mistake_words(rule) == rule} == set()
    assert all(is_chinese(mistake_words(rule)) for rule in found)


@pytest.mark.usefixtures("_asked_in_chinese")
@pytest.mark.parametrize(
    ("said", "chinese"),
    [
        ("withdrawn: wrong file", "已撤回：wrong file"),
        ("restored: Undone", "已恢复：撤销操作"),
        ("corrected: the till was late", "已更正：the till was late"),
        ("imported model sales: orders, lines", "导入模型 sales：orders, lines"),
        ("departures: flights.csv", "departures: flights.csv"),
        ("withdrawn", "withdrawn"),  # a table of that name would say so
    ],
)
def test_a_publication_says_what_it_did_and_keeps_a_persons_words(said: str, chinese: str) -> None:
    assert publication_words(said) == chinese


@pytest.mark.usefixtures("_asked_in_chinese")
def test_a_reason_of_the_server_is_told_and_one_of_a_person_kept() -> None:
    assert reason_words("Undone") == "撤销操作"
    assert reason_words("withdrawn: twice") == "withdrawn: twice"
    assert is_chinese(event_words("corrected"))


@pytest.mark.parametrize(
    ("path", "chinese"),
    [
        ("/loads/999", "没有载入 999"),
        ("/loads?state=gone", "载入没有状态 'gone'。"),
        ("/scorecards/punctuality?as_of=yesterday", "'yesterday' 不是有效的时刻"),
        ("/scorecards/punctuality?as_of=99", "没有快照 99"),
        ("/snapshots/3..2", "差异应从一个快照到更晚的快照，而不是从 3 到 2。"),
        ("/exports?state=lost", "没有 'lost'；可用"),
        ("/nowhere", "'/nowhere' 处没有内容。"),
        ("/scorecards/punctuality?period=2013-13", "（2013 年没有第 13 个月；应为 1 至 12）；请"),
        ("/indicators/on_time_arival", "没有指标 'on_time_arival'。"),
        ("/slice/departures?rows=organization&value=flights", "您是否要找 organisation？"),
        ("/slice/departures?rows=b: c&value=flights", "'b: c' 不是有效的行或列；请写如"),
        ("/slice/departures?rows=nobody&value=flights", "departures 没有维度 'nobody'。可用："),
        ("/slice/departures?value=flights&totals=2&chart=pie", "totals 应为 0 或 1，而不是 '2'。"),
        ("/slice/departures?value=flights&totals=2&chart=pie", "没有图表 'pie'；可用："),
        ("/dashboards/99", "没有仪表板 99。"),
        ("/people?role=king", "没有角色 'king'。"),
    ],
)
def test_a_problem_is_told_in_the_language_of_the_page(
    browser: Browser, path: str, chinese: str
) -> None:
    browser.sign_in(ADMIN)
    page = document_fromstring(browser.get(path, **{"Accept-Language": "zh"}).text)

    assert chinese in " ".join(texts(page, ".problem li"))


def test_whoever_lacks_a_right_reads_which_in_chinese(browser: Browser) -> None:
    browser.sign_in(ANALYST)
    page = document_fromstring(browser.get("/loads?lang=zh").text)

    assert texts(page, ".problem li") == [
        "这需要“载入数据并查看数据载入”权限，而角色“分析员”没有该权限。"
    ]
