"""Clients as they are: an OData library over real HTTP, and the requests that BI tools send.

The requests of Power Query (Excel, Power BI) and of Tableau are in the forms in which other
services have recorded them: the service document first, then the metadata, a preview, a count, and
what their steps fold to.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from odata import ODataService  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from tests.web.chromium import serving
from tests.web.people import ADMIN

Ask = Callable[..., TestResponse]

POWER_QUERY = {
    "User-Agent": "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)",
    "Accept-Encoding": "gzip, deflate",
    "MaxDataServiceVersion": "3.0",
    "OData-MaxVersion": "4.0",
    "Accept": "application/json;odata.metadata=minimal;q=1.0,"
    "application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,"
    "application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
}
TABLEAU = {"User-Agent": "Tableau", "Accept": "application/json", "OData-MaxVersion": "4.0"}


@pytest.fixture(scope="module")
def service(app: Flask, tokens: dict[str, str]) -> Iterator[Any]:
    """The client library, connected to the service over HTTP, with what the metadata told it."""
    with serving(app) as address:
        yield ODataService(
            f"{address}/odata/",
            auth=("anybody", tokens[ADMIN]),
            reflect_entities=True,
            quiet_progress=True,
        )


def test_a_client_library_learns_the_sets_from_the_metadata(service: Any) -> None:
    assert {"departures", "Facts_departures", "Indicators", "IndicatorValues"} <= set(
        service.entities
    )


def test_a_client_library_selects_filters_and_sorts(service: Any) -> None:
    departures = service.entities["departures"]
    query = service.query(departures)
    query = query.select(departures.organisation_group, departures.flights)
    query = query.filter(departures.time_month == 12).order_by(departures.flights.desc())

    found = [(one["organisation_group"], one["flights"]) for one in query.all()]
    assert found == [("network", 13416), ("regional", 8129), ("low_cost", 6590)]


def test_a_client_library_follows_the_pages(service: Any) -> None:
    members = service.entities["Members_departures_region"]
    everybody = list(service.query(members).all())

    assert len({one.Id for one in everybody}) == len(everybody) > 90
    service.default_context.connection.extra_headers = {"Prefer": "odata.maxpagesize=10"}
    service.default_context.connection.base_headers["Prefer"] = "odata.maxpagesize=10"
    try:
        paged = list(service.query(members))
    finally:
        del service.default_context.connection.base_headers["Prefer"]
        service.default_context.connection.extra_headers = None
    assert [one.Id for one in paged] == [one.Id for one in everybody]


def test_a_client_library_takes_limits_and_single_rows(service: Any) -> None:
    indicators = service.entities["Indicators"]
    one = service.query(indicators).get("on_time_arrival")
    two = service.query(indicators).order_by(indicators.code.asc()).limit(2).offset(1).all()

    assert one.unit == "percent"
    assert len(list(two)) == 2


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/odata/", '"kind": "EntitySet"'),
        ("/odata/$metadata", "<edmx:Edmx"),
        ("/odata/departures?$top=1000", '"organisation_group":"network"'),
        ("/odata/departures?$select=organisation_group%2Cflights&$top=1000", '"flights":161096'),
        ("/odata/departures/$count?$select=organisation_group", "3"),
        (
            "/odata/departures?$filter=organisation_group%20eq%20'network'%20and%20time_year%20eq"
            "%202013&$select=time_month%2Cflights&$orderby=time_month",
            '"time_month":12',
        ),
        (
            "/odata/departures?$filter=(time_date%20ge%202013-12-01%20and%20time_date%20lt"
            "%202014-01-01)&$select=flights",
            '"flights":28135',
        ),
        (
            "/odata/Facts_departures?$filter=organisation_carrier%20eq%20'AA'%20or%20"
            "organisation_carrier%20eq%20'B6'&$select=Id%2Corganisation_carrier%2Ctime_date"
            "&$orderby=time_date%20desc%2CId&$skip=2&$top=5",
            '"time_date":"2013-12-31"',
        ),
        (
            "/odata/Members_departures_organisation?$filter=startswith(organisation_carrier_name"
            "%2C'A')%20eq%20true&$top=1000",
            '"American Airlines Inc."',
        ),
        (
            "/odata/Members_departures_organisation?$filter=contains(organisation_carrier_name%2C"
            "'Jet')%20and%20not%20endswith(organisation_carrier_name%2C'ways')",
            '"ExpressJet Airlines Inc."',
        ),
        ("/odata/Indicators?$filter=unit%20ne%20null&$count=true&$top=0", '"@odata.count"'),
        ("/odata/IndicatorValues?$filter=period%20eq%20'2013-12'&$top=1000", '"status":"off"'),
    ],
)
def test_a_request_of_a_bi_tool_is_answered(ask: Ask, path: str, part: str) -> None:
    """In the type that it understands; each header stands once."""
    answer = ask(path, ADMIN, **POWER_QUERY)

    assert answer.status_code == 200, answer.text
    assert part in answer.text
    assert answer.headers.get_all("OData-Version") == ["4.0"]
    kind = answer.content_type.split(";")[0]
    wanted = "application/xml" if "metadata" in path else "application/json"
    assert kind == ("text/plain" if "$count?" in path else wanted)
    if "$top=1000" not in path:
        assert ask(path, ADMIN, **TABLEAU).content_type == answer.content_type
