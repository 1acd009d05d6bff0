"""Links on screen: made from a saved view or a scorecard, shown once, listed and revoked."""

import re

import pytest
from flask import Flask

from tests.api.conftest import admin, app
from tests.links.conftest import Get
from tests.web.people import VIEWER, Browser

__all__ = ["admin", "app"]  # one of each for the whole run: signing in is slow on purpose


def _secret(page: str) -> str:
    found = re.search(r"/links/(icl_[\w-]+)/[\w-]+\.csv", page)
    assert found is not None
    return found[1]


def test_a_saved_view_gets_a_link_in_the_slicer(admin: Browser, get: Get) -> None:
    view = {"rows": "organisation:group", "value": "flights", "view": "By group"}
    admin.post("/slice/departures/views", **view)
    slicer = admin.get("/slice/departures?rows=organisation:group&value=flights").text
    number = re.findall(r'name="what" value="view\|(\d+)"', slicer)[-1]
    assert "Link for Excel to By group" in slicer

    made = admin.post("/account/links", what=f"view|{number}")
    assert made.status_code == 200
    assert "/by-group.csv" in made.text
    answer = get(_secret(made.text), "by-group.csv")
    assert answer.text.splitlines()[0] == "organisation.group,organisation.group_name,flights"


def test_a_scorecard_gets_a_link_that_is_listed_and_revoked(admin: Browser, get: Get) -> None:
    made = admin.post("/account/links", what="scorecard|punctuality", title="Board pack", days="30")
    secret = _secret(made.text)
    assert get(secret, "board-pack.csv").status_code == 200
    page = admin.get("/account/links").text
    assert secret not in page
    assert secret[:8] in page
    assert "Board pack" in page

    number = re.findall(r"/account/links/(\d+)/end", page)[0]
    assert admin.post(f"/account/links/{number}/end").status_code == 303
    assert get(secret).status_code == 410
    assert "revoked" in admin.get("/account/links").text
    assert "/account/links" in admin.get("/account").text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"what": "scorecard|nothing"}, 404),
        ({"what": "planet|earth"}, 400),
        ({"what": "view|x"}, 404),
        ({"what": "view|999999"}, 404),
        ({"what": ""}, 400),
        ({"what": "indicator|on_time_arrival", "days": "9999"}, 400),
        ({"what": "indicator|on_time_arrival", "title": "x" * 81}, 400),
        ({"what": "aggregate|departures", "query": "drilldown=planet"}, 404),
    ],
)
def test_what_cannot_be_linked_to_is_told(
    admin: Browser, fields: dict[str, str], status: int
) -> None:
    assert admin.post("/account/links", **fields).status_code == status


def test_nobody_reaches_for_more_than_they_may(app: Flask) -> None:
    viewer = Browser(app)
    viewer.sign_in(VIEWER)

    assert viewer.post("/account/links", what="indicator|on_time_arrival").status_code == 200
    assert viewer.post("/account/links", what="aggregate|departures").status_code == 403
    assert viewer.post("/account/links/1/end").status_code == 404
