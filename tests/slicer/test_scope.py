"""Whoever is confined to a port gets no figure, member, fact or detail of another one."""

import json
from typing import Any

import pytest
from flask import Flask

from server.access import Role, Scope, ScopeRule
from server.metadata.tokens import create_token
from server.metadata.users import create_user
from server.runtime import Runtime
from tests.slicer.conftest import with_settings
from tests.web.people import ADMIN
from web.app import create_app

CUBE = "/slicer/cube/landings"
# What only facts of other ports hold.
HIDDEN = ("Bude", "Cove", "Rosa", "9003", "9004", "oil", "a-b|c", "=1+1", "7.25")
ASKED = [
    f"{CUBE}/aggregate",
    f"{CUBE}/aggregate?drilldown=port|pilot&split=port:Bude",
    f"{CUBE}/aggregate?cut=!port:Ayr&drilldown=berth",
    f"{CUBE}/aggregate?drilldown=cargo:goods&format=csv",
    f"{CUBE}/aggregate?drilldown=vessel&page=0&pagesize=9",
    f"{CUBE}/members/port",
    f"{CUBE}/members/cargo?format=csv",
    f"{CUBE}/members/pilot?format=json_lines",
    f"{CUBE}/facts",
    f"{CUBE}/facts?format=csv",
    f"{CUBE}/facts?format=json_lines&cut=port:Bude;Cove;__null__",
    f"{CUBE}/facts?order=weight:desc&page=0&pagesize=9",
]


@pytest.fixture(scope="module")
def ayr(harbour: Runtime) -> str:
    """A token of somebody who may see the port of Ayr alone."""
    scope = Scope((ScopeRule("harbour.port", ("Ayr",)),))
    with harbour.metadata.write() as writing:
        user = create_user(writing, "ailsa", Role.ANALYST, harbour.clock(), scope=scope)
        return create_token(writing, user, "test", harbour.clock())


def test_nothing_of_other_ports_is_told(app: Flask, ayr: str, tokens: dict[str, str]) -> None:
    """Also not after somebody who may see everything has asked the same."""
    asking = app.test_client()
    for path in ASKED:
        whole = asking.get(path, headers={"Authorization": f"Bearer {tokens[ADMIN]}"})
        own = asking.get(path, headers={"Authorization": f"Bearer {ayr}"})
        cells = [one for one in own.text.splitlines() if '"cell": ' not in one]

        assert (whole.status_code, own.status_code) == (200, 200)
        assert own.text != whole.text, path
        told = "".join(cells) if "cut" not in path else ""
        assert not [word for word in HIDDEN if word in told and word not in path], path


def test_figures_are_those_of_the_scope(app: Flask, ayr: str) -> None:
    headers = {"Authorization": f"Bearer {ayr}"}

    def ask(path: str) -> Any:
        return app.test_client().get(f"{CUBE}/{path}", headers=headers).get_json()

    assert ask("aggregate?aggregates=landings|weight_sum")["summary"] == {
        "landings": 2, "weight_sum": 15.0,
    }  # fmt: skip
    assert ask("aggregate?cut=port:Bude&aggregates=landings")["summary"] == {"landings": 0}
    assert ask("members/port")["data"] == [{"port": "Ayr"}]
    assert [one["__fact_key__"] for one in ask("facts")] == [101, 102]


@pytest.mark.parametrize("key", [103, 104, 105, -6])
def test_a_fact_outside_the_scope_is_not_there(app: Flask, ayr: str, key: int) -> None:
    headers = {"Authorization": f"Bearer {ayr}"}

    assert app.test_client().get(f"{CUBE}/fact/{key}", headers=headers).status_code == 404
    report = {"queries": {"one": {"query": "fact", "key": key}}}
    answer = app.test_client().post(f"{CUBE}/report", json=report, headers=headers)
    assert answer.status_code == 404


def test_a_member_outside_the_scope_has_no_details(app: Flask, ayr: str) -> None:
    headers = {"Authorization": f"Bearer {ayr}"}
    cell = app.test_client().get(f"{CUBE}/cell?cut=port:Ayr;Bude|pilot:r", headers=headers)
    first, second = (one["details"] for one in cell.get_json()["cuts"])

    assert [one is None for one in first] == [False, True]
    assert second is None


def test_the_scope_is_not_among_the_cuts(app: Flask, ayr: str) -> None:
    """As where Cubes is told to hide the cuts that it adds."""
    answer = app.test_client().get(f"{CUBE}/aggregate", headers={"Authorization": f"Bearer {ayr}"})

    assert answer.get_json()["cell"] == []
    assert "Ayr" not in json.dumps(answer.get_json())


def test_whoever_has_no_token_is_confined_as_the_user_who_stands_for_them(
    harbour: Runtime, ayr: str
) -> None:
    asking = create_app(with_settings(harbour, slicer_user="ailsa")).test_client()

    assert ayr
    assert [one["__fact_key__"] for one in asking.get(f"{CUBE}/facts").get_json()] == [101, 102]
