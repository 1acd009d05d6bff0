"""Names of models in other letters than English ones: in OData and in formulas over cubes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import fromstring

import pytest
from werkzeug.test import TestResponse

from tests.api.conftest import new_token
from tests.loaders.importing import installation
from tests.web.people import ADMIN, settle_people
from web.app import create_app

MODEL: dict[str, Any] = {
    "name": "shop",
    "dimensions": ["渠道", {"name": "Straße", "levels": ["Ort", "Straße"]}],
    "cubes": [
        {
            "name": "销售额",
            "fact": "sales",
            "dimensions": ["渠道", "Straße"],
            "measures": ["金额"],
            "aggregates": [
                {"name": "合计", "measure": "金额", "function": "sum"},
                {"name": "笔数", "function": "count"},
            ],
            "mappings": {
                "渠道": "channel", "金额": "amount",
                "Straße.Ort": "town", "Straße.Straße": "street",
            },
        }
    ],
}  # fmt: skip
SALES = """\
channel,town,street,amount
web,Bonn,Am Hof,10
web,Ulm,Gasse,2
店,Bonn,Am Hof,3
"""
Ask = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks an installation into which the model was brought."""
    with installation(tmp_path_factory.mktemp("names")) as opened:
        opened.bring(opened.write(MODEL, {"sales.csv": SALES}))
        runtime = replace(opened.runtime)
        settle_people(runtime)
        client, token = create_app(runtime).test_client(), new_token(runtime, ADMIN)
        headers = {"Authorization": f"Bearer {token}"}

        def ask(path: str, json: Any = None) -> TestResponse:
            if json is not None:
                return client.post(path, json=json, headers=headers)
            return client.get(quote(path, safe="/?$&=(),'"), headers=headers)

        yield ask


def rows(asked: Ask, path: str) -> list[Any]:
    answer = asked(f"/odata/{path}")
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.get_json()["value"]
    return found


def test_the_metadata_name_them(asked: Ask) -> None:
    told = [one.get("Name") for one in fromstring(asked("/odata/$metadata").data).iter()]

    assert {"销售额", "Facts_销售额", "渠道", "合计", "Straße_Ort"} <= set(told)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("销售额?$select=渠道,合计&$orderby=合计 desc", [("web", 12), ("店", 3)]),
        ("销售额?$select=渠道,合计&$filter=渠道 eq '店'", [("店", 3)]),
        ("销售额?$select=渠道,合计&$filter=合计 gt 3", [("web", 12)]),
        ("销售额?$select=渠道,合计&$filter=startswith(Straße_Straße,'Am')&$orderby=渠道",
         [("web", 10), ("店", 3)]),
        ("销售额?$apply=groupby((渠道),aggregate(合计))&$orderby=渠道", [("web", 12), ("店", 3)]),
    ],
)  # fmt: skip
def test_they_are_selected_filtered_sorted_and_grouped_by(
    asked: Ask, path: str, found: list[tuple[str, int]]
) -> None:
    assert [(one["渠道"], one["合计"]) for one in rows(asked, path)] == found


def test_they_are_renamed_and_counted(asked: Ask) -> None:
    (one,) = rows(asked, "销售额?$apply=aggregate(合计 as 总额,$count as n)")

    assert one == {"总额": 15, "n": 3}
    assert asked("/odata/Facts_销售额/$count?$filter=Straße_Ort eq 'Bonn'").text == "2"


def test_digits_and_signs_are_those_of_the_protocol(asked: Ask) -> None:
    """A digit of another script is no number, and a letter does not begin with one."""
    for filters in ("合计 gt ３", "合计 gt 3渠", "渠道 eq ‘店’"):
        assert asked(f"/odata/销售额?$select=渠道,合计&$filter={filters}").status_code == 400


def test_formulas_over_cubes_name_them(asked: Ask) -> None:
    question = {"formulas": {"每笔": "销售额.合计 / 销售额.笔数"}, "drilldown": ["渠道"]}
    answer = asked("/api/v1/query", question)

    assert answer.status_code == 200, answer.text
    assert {one["渠道"]: one["每笔"] for one in answer.get_json()["cells"]} == {"web": 6, "店": 3}
