"""The service as a service: documents, headers, pages, formats and refusals."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.runtime import Runtime
from tests.web.people import ADMIN
from web.app import create_app

Ask = Callable[..., TestResponse]

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
TYPES = {"Edm.String", "Edm.Int64", "Edm.Decimal", "Edm.Double", "Edm.Date"}


def test_the_service_document_lists_every_set(ask: Ask) -> None:
    answer = ask("/odata/")

    assert answer.content_type.startswith("application/json;odata.metadata=minimal")
    assert answer.headers.get_all("OData-Version") == ["4.0"]
    body = answer.get_json()
    assert body["@odata.context"] == "http://localhost/odata/$metadata"
    assert {
        "name": "departures",
        "title": "Departures",
        "kind": "EntitySet",
        "url": "departures",
    } in (body["value"])
    assert ask("/odata").get_json() == body
    assert ask("/odata/?lang=zh").get_json()["value"][0]["title"] != "Departures"


def test_the_metadata_are_csdl(ask: Ask) -> None:
    """Every type has a key of properties that are never null, and every set has a type."""
    answer = ask("/odata/$metadata")
    assert answer.content_type == "application/xml;charset=utf-8"
    document = ElementTree.fromstring(answer.data)
    assert (document.tag, document.get("Version")) == (f"{EDMX}Edmx", "4.0")
    (schema,) = document.findall(f"{EDMX}DataServices/{EDM}Schema")
    types = {one.get("Name"): one for one in schema.findall(f"{EDM}EntityType")}
    for name, kind in types.items():
        properties = {one.get("Name"): one for one in kind.findall(f"{EDM}Property")}
        assert len(properties) == len(kind.findall(f"{EDM}Property"))
        keys = [one.get("Name") for one in kind.findall(f"{EDM}Key/{EDM}PropertyRef")]
        assert keys
        assert all(properties[key].get("Nullable") == "false" for key in keys)
        assert all(str(one).isidentifier() for one in (name, *properties))
        assert {one.get("Type") for one in properties.values()} <= TYPES
    (container,) = schema.findall(f"{EDM}EntityContainer")
    sets = {one.get("Name"): one.get("EntityType") for one in container.findall(f"{EDM}EntitySet")}
    listed = ask("/odata/").get_json()["value"]
    assert list(sets) == [one["name"] for one in listed]
    assert {f"Indicube.{name}" for name in types} == set(sets.values())


def test_pages_go_on_at_one_snapshot_until_all_is_sent(ask: Ask) -> None:
    whole = ask("/odata/departures?$select=organisation_carrier,flights").get_json()["value"]
    path, seen, pages = "/odata/departures?$select=organisation_carrier,flights", [], 0
    while path:
        answer = ask(path, Prefer="odata.maxpagesize=7")
        body = answer.get_json()
        seen += body["value"]
        path, pages = body.get("@odata.nextLink", ""), pages + 1
        assert not path or answer.headers["Preference-Applied"] == "odata.maxpagesize=7"

    assert seen == whole
    assert (len(whole), pages) == (16, 3)


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/odata/Facts_departures?$select=Id&$filter=carrier eq 'OO'", 32),
        ("/odata/Members_departures_organisation?$select=Id", 16),
        ("/odata/Indicators?$select=code&$top=9", 9),
        ("/odata/departures?$apply=groupby((time_month))", 12),
        ("/odata/departures?$select=time_month&$skip=2&$top=8", 8),
    ],
)
def test_every_kind_of_set_has_pages(ask: Ask, path: str, count: int) -> None:
    seen: list[str] = []
    while path:
        body = ask(path, Prefer="maxpagesize=5").get_json()
        assert len(body["value"]) <= 5
        seen += map(str, body["value"])
        path = body.get("@odata.nextLink", "")

    assert len(seen) == len(set(seen)) == count


def test_a_page_has_so_many_rows_at_most(served: Runtime, tokens: dict[str, str]) -> None:
    few = replace(served, settings=replace(served.settings, odata_rows=3))
    client = create_app(few).test_client()
    headers = {"Authorization": f"Bearer {tokens[ADMIN]}", "Prefer": "odata.maxpagesize=100"}

    body = client.get("/odata/Members_departures_organisation", headers=headers).get_json()
    assert len(body["value"]) == 3
    assert "@odata.nextLink" in body


def test_formats(ask: Ask) -> None:
    path = "/odata/departures?$select=flights"
    quoted = ask(f"{path}&$format=application/json;IEEE754Compatible=true")

    assert ask(f"{path}&$format=json").get_json()["value"] == [{"flights": 336776}]
    assert quoted.get_json()["value"] == [{"flights": "336776"}]
    assert "IEEE754Compatible=true" in quoted.content_type
    bare = ask(path, Accept="application/json;odata.metadata=none").get_json()
    assert bare == {"value": [{"flights": 336776}]}
    assert ask(f"{path}&$format=atom").status_code == 406
    for address in ("/odata/", path, "/odata/departures?$select=flights&$top=1"):
        assert ask(address, Accept="application/atom+xml").status_code == 406
    atom_or_json = "application/atom+xml;q=0.9, application/json;odata.metadata=none;q=0.5"
    assert ask(path, Accept=atom_or_json).get_json() == bare
    assert ask(path, Accept="*/*").status_code == 200
    assert ask("/odata/departures?select=flights&top=1").get_json()["value"] == [
        {"flights": 336776}
    ]


def test_decimals_are_written_digit_by_digit(ask: Ask) -> None:
    text = ask("/odata/weather?$select=precipitation").text
    told = ask("/api/v1/cubes/weather/aggregate?aggregates=precipitation").get_json()

    assert f'"precipitation":{told["summary"]["precipitation"]}' in text


def test_problems_are_told_as_odata_says(ask: Ask) -> None:
    answer = ask("/odata/departures?$filter=nothing eq 1")
    error = answer.get_json()["error"]

    assert answer.status_code == 400
    assert (error["code"], error["target"]) == ("unknown_property", "$filter")
    assert "nothing" in error["message"]
    assert answer.headers.get_all("OData-Version") == ["4.0"]
    missing = ask("/odata/planes")
    assert (missing.status_code, missing.get_json()["error"]["code"]) == (404, "not_found")
    assert ask("/odata/no/such/thing").get_json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("$top=-1", 400),
        ("$top=x", 400),
        ("$skip=1e3", 400),
        ("$count=yes", 400),
        ("$top=1&$top=2", 400),
        ("$orderby=flights up", 400),
        ("$orderby=nothing", 400),
        ("$select=nothing", 400),
        ("$select=flights&$orderby=time_year", 400),
        ("$skiptoken=abc", 400),
        ("as_of=never", 400),
        ("membership=maybe", 400),
        ("colour=red", 400),
        ("$apply=groupby((flights))", 400),
        ("$apply=groupby((nothing))", 400),
        ("$apply=aggregate(flights)&$filter=miles gt 1", 400),
        ("$apply=aggregate(flights)&$orderby=miles", 400),
        ("$apply=groupby((hour),aggregate(flights as hour))", 400),
        ("$expand=all", 501),
        ("$search=x", 501),
        ("$compute=flights as f", 501),
        ("$whatever=1", 501),
        ("as_of=999999", 400),
    ],
)
def test_mistakes_are_refused_with_a_sentence(ask: Ask, query: str, status: int) -> None:
    answer = ask(f"/odata/departures?{query}")

    assert answer.status_code == status, answer.text
    assert len(answer.get_json()["error"]["message"]) > 10


def test_nothing_is_written_and_no_batch_taken(app: Flask, tokens: dict[str, str]) -> None:
    client, headers = app.test_client(), {"Authorization": f"Bearer {tokens[ADMIN]}"}

    batch = client.post("/odata/$batch", headers=headers, data="--x")
    assert batch.status_code == 501
    assert "send each request by itself" in batch.get_json()["error"]["message"]
    for method in ("post", "put", "patch", "delete"):
        refused = getattr(client, method)("/odata/departures", headers=headers)
        assert refused.status_code == 405
        assert refused.get_json()["error"]["code"] == "method_not_allowed"


def test_heads_and_tags(ask: Ask, app: Flask, tokens: dict[str, str]) -> None:
    path = "/odata/departures?$select=flights"
    first = ask(path)
    head = app.test_client().head(path, headers={"Authorization": f"Bearer {tokens[ADMIN]}"})

    assert ask(path, **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["OData-Version"] == "4.0"
    assert first.headers["Indicube-Snapshot"].isdigit()


def test_the_token_may_be_the_password_of_basic(app: Flask, tokens: dict[str, str]) -> None:
    client = app.test_client()
    basic = b64encode(f"excel:{tokens[ADMIN]}".encode()).decode()

    assert client.get("/odata/", headers={"Authorization": f"Basic {basic}"}).status_code == 200
    refused = client.get("/odata/")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Basic realm="Indicube"'
    assert "error" in refused.get_json()
