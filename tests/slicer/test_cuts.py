"""Cuts in the grammar of Cubes: which landings each of them leaves, by their slips."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.slicer.conftest import Ask
from tests.slicer.harbour import TEXTS

ALL = [-6, 101, 102, 103, 104, 105]
# cut -> the slips that are within it
LEFT: list[tuple[str, list[int]]] = [
    ("", ALL),
    ("port:Ayr", [101, 102]),
    ("port@default:Ayr", [101, 102]),
    ("berth:2", [102, 103, 104]),
    ("berth:02", [102, 103, 104]),  # compared in the key's own type
    (r"berth:\-5", [101, 105]),
    (r"berth:\-5;7", [-6, 101, 105]),
    (r"berth:\-5-2", [101, 102, 103, 104, 105]),
    ("berth:3-", [-6]),
    ("berth:-2", [101, 102, 103, 104, 105]),
    ("berth:-", ALL),
    ("berth:99", []),
    # Points, sets and ranges of paths.
    ("date:2013", [101, 102, 103, 104]),
    ("date:2013,4", [103]),
    ("date:2013,4,1", [103]),
    ("date@yq:2013,2", [103, 104]),
    ("date:2013,3;2014", [-6, 101, 102, 105]),
    ("date:2013,4-2013,5", [103, 104]),
    ("date:2013,4-2013,5,1", [103]),
    ("date:2013,3,31-2014", [-6, 103, 104, 105]),
    ("date:-2013,4", [101, 102, 103]),
    ("date@yq:2013,2-2014,1", [-6, 103, 104, 105]),
    ("cargo:dry,coal", [101, 105]),
    ("cargo:dry,iron;wet", [-6, 102, 103, 104]),
    ("cargo:dry,d-wet", [-6, 102, 103, 104]),
    # Negation leaves out whoever has no member, but where it is the member that is absent.
    ("!port:Ayr", [-6, 103, 104]),
    ("!port:Ayr;Bude", [-6]),
    ("!date:2013,4-2014", [101, 102]),
    ("port:__null__", [105]),
    ("!port:__null__", [-6, 101, 102, 103, 104]),
    ("port:Ayr;__null__", [101, 102, 105]),
    ("!port:Ayr;__null__", [-6, 103, 104]),
    ("cargo:wet,__null__", [-6]),
    ("pilot:__null__", [-6]),
    ("!pilot:p", [102, 104, 105]),
    # Several cuts all apply, also two of one dimension.
    ("port:Ayr|berth:2", [102]),
    ("date:2013|date:2013,4-", [103, 104]),
    ("port:Ayr;Bude|!berth:2", [101]),
    ("port:Ayr|port:Bude", []),
    # What stands behind a backslash is a letter.
    (r"port:A\yr", []),
    (r"port:Ayr\;Bude", []),
    (r"port:Ayr\|x", []),
    ("vessel:9001", [101, 103]),
    ("pilot:p;q", [101, 102, 103, 105]),
]


@pytest.mark.parametrize(("cut", "slips"), LEFT, ids=[cut for cut, _ in LEFT])
def test_a_cut_leaves_what_is_within_it(
    cube: Callable[[str], Any], cut: str, slips: list[int]
) -> None:
    found = cube(f"facts?fields=port&cut={quote(cut)}")
    counted = cube(f"aggregate?aggregates=landings&cut={quote(cut)}")

    assert sorted(row["__fact_key__"] for row in found) == slips
    assert counted["summary"] == {"landings": len(slips)}


def test_cuts_may_come_in_several_parameters(cube: Callable[[str], Any]) -> None:
    found = cube("facts?cut=date:2013&cut=&cut=berth:2&cut=port:Bude")

    assert sorted(row["__fact_key__"] for row in found) == [103, 104]


@pytest.mark.parametrize(("key", "text"), [*enumerate(TEXTS, start=1)], ids=TEXTS)
def test_any_text_can_be_cut_on_behind_backslashes(ask: Ask, key: int, text: str) -> None:
    escaped = quote(re.sub(r"([\\!|:;,-])", r"\\\1", text))

    def ask_for(path: str) -> Any:
        return ask(f"/cube/notes/{path}").get_json()

    assert ask_for(f"facts?cut=text:{escaped}") == [{"__fact_key__": key, "text": text}]
    (cut,) = ask_for(f"cell?cut=text:{escaped}")["cuts"]
    assert cut["path"] == [text]
    assert cut["details"] == [{"text": text, "_key": text, "_label": text}]
    others = ask_for(f"aggregate?cut=!text:{escaped}")["summary"]
    assert others == {"fact_count": len(TEXTS) - 1}


WRONG = [
    ("port", 400, "unknown_user_error"),
    ("port:a:b", 400, "unknown_user_error"),
    ("port:a;b-c", 400, "unknown_user_error"),
    ("berth:1-2-3", 400, "unknown_user_error"),
    ("berth:x", 400, "unknown_user_error"),
    ("harbour:1", 404, "missing_object"),
    ("date@iso:1", 400, "hierarchy"),
    ("date:2013,4,1,1", 400, "hierarchy"),
    ("port@default:a,b", 400, "hierarchy"),
]


@pytest.mark.parametrize(("cut", "status", "kind"), WRONG, ids=[one[0] for one in WRONG])
@pytest.mark.parametrize("path", ["aggregate", "facts", "members/port", "cell"])
def test_what_is_no_cut_is_told_in_a_sentence(
    ask: Ask, path: str, cut: str, status: int, kind: str
) -> None:
    answer = ask(f"/cube/landings/{path}?cut={quote(cut)}")

    assert (answer.status_code, answer.get_json()["error"]) == (status, kind)
    assert answer.get_json()["message"]


def test_cuts_come_back_as_they_were_understood(cube: Callable[[str], Any]) -> None:
    cuts = r"!berth:\-5|date@yq:2013;2014,1|date:2013,4-|port:__null__"
    usual = {"hidden": False, "invert": False}

    assert cube(f"aggregate?cut={quote(cuts)}")["cell"] == [
        {**usual, "type": "point", "dimension": "berth", "hierarchy": "default",
         "level_depth": 1, "invert": True, "path": ["-5"]},
        {**usual, "type": "set", "dimension": "date", "hierarchy": "yq", "level_depth": 2,
         "paths": [["2013"], ["2014", "1"]]},
        {**usual, "type": "range", "dimension": "date", "hierarchy": "ymd", "level_depth": 2,
         "from": ["2013", "4"], "to": []},
        {**usual, "type": "point", "dimension": "port", "hierarchy": "default",
         "level_depth": 1, "path": [None]},
    ]  # fmt: skip
