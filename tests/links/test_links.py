"""Stable links: one table to whoever has the address, with its owner's rights of the moment."""

import csv
import io
import logging

import pytest
from flask import Flask

from server.access import Role
from server.errors import InvalidInput, NotAllowed
from server.metadata.links import find_link, links_of, revoke_link
from server.metadata.rights import add_rule, change_activity
from server.metadata.rights_changes import By
from server.metadata.users import create_user, named_user
from server.runtime import Runtime
from server.scope_rules import DatedRule
from tests.links.conftest import Get, Make
from tests.web.people import ADMIN, NETWORK, VIEWER, Clock
from web.app import create_app
from web.background import write_last_uses
from web.links import EXTENSION

BY_GROUP = "drilldown=organisation:group&aggregates=flights,departure_delay_avg&cut=time:2013,4,12"


def _table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_aggregates_come_under_the_names_of_the_model(make: Make, get: Get) -> None:
    """Flights of December 2013 by group, as counted by the source: 6,590, 13,416 and 8,129."""
    answer = get(make("aggregate", "departures", BY_GROUP))

    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    rows = _table(answer.text)
    assert list(rows[0]) == [
        "organisation.group",
        "organisation.group_name",
        "flights",
        "departure_delay_avg",
    ]
    assert [(row["organisation.group"], row["flights"]) for row in rows] == [
        ("low_cost", "6590"),
        ("network", "13416"),
        ("regional", "8129"),
    ]
    assert all(float(row["departure_delay_avg"]) > 0 for row in rows)


def test_json_is_a_list_of_objects_with_plain_numbers(make: Make, get: Get) -> None:
    found = get(make("aggregate", "departures", BY_GROUP), "anything.json").get_json()

    assert found[1]["organisation.group_name"] == "Network carriers"
    assert found[1]["flights"] == 13416
    assert isinstance(found[1]["departure_delay_avg"], float)


def test_a_saved_view_has_a_row_for_each_cell_and_no_totals(make: Make, get: Get) -> None:
    """What the slicer sets in columns stands in rows here: a new month moves no column."""
    view = (
        "rows=organisation:group&columns=time@ymd:month&value=flights&totals=1"
        "&value=indicator.on_time_arrival&cut=time:2013,4"
    )
    rows = _table(get(make("slice", "departures", view)).text)

    assert list(rows[0]) == [
        "organisation.group",
        "organisation.group_name",
        "time.year",
        "time.quarter",
        "time.month",
        "flights",
        "indicator.on_time_arrival",
    ]
    assert len(rows) == 9
    (december,) = [
        row for row in rows if (row["time.month"], row["organisation.group"]) == ("12", "low_cost")
    ]
    assert (december["flights"], december["indicator.on_time_arrival"]) == ("6590", "58.8")


def test_a_scorecard_has_a_row_for_each_indicator(make: Make, get: Get) -> None:
    rows = _table(get(make("scorecard", "punctuality", "period=2013-12")).text)

    (arrivals,) = [row for row in rows if row["code"] == "on_time_arrival"]
    assert arrivals["value"] == "63.8"
    assert arrivals["target"] == "74.0"
    assert arrivals["status"] == "off"
    assert arrivals["year_earlier"] == ""
    assert arrivals["period"] == "2013-12"


def test_an_indicator_has_a_row_for_each_period(make: Make, get: Get) -> None:
    rows = _table(get(make("indicator", "on_time_arrival", "period=2013-12")).text)

    assert len(rows) == 12
    assert rows[-1]["period"] == "2013-12"
    assert rows[-1]["value"] == "63.8"
    assert rows[-1]["last_day"] == "2013-12-31"


def test_a_link_asks_with_what_its_owner_may_see_now(make: Make, get: Get, house: Runtime) -> None:
    """A further rule confines it at once; when its owner may not sign in any more it is gone."""
    with house.metadata.write() as writing:
        lena = create_user(writing, "lena", Role.ANALYST, house.clock(), scope=NETWORK)
    by = By(ADMIN, house.clock())
    query = "drilldown=organisation:carrier|origin:origin"
    secret = make("aggregate", "departures", query, "lena")
    before = _table(get(secret).text)
    with house.metadata.write() as writing:
        add_rule(writing, lena.id, DatedRule("origin", ("JFK",)), by)
    after = _table(get(secret).text)
    with house.metadata.write() as writing:
        change_activity(writing, lena.id, False, by)

    assert {row["organisation.group"] for row in before} == {"network"}
    assert {row["origin.origin"] for row in before} == {"EWR", "JFK", "LGA"}
    assert {row["origin.origin"] for row in after} == {"JFK"}
    assert get(secret).status_code == 410


def test_it_opens_nothing_but_its_own_question(make: Make, get: Get) -> None:
    secret = make("aggregate", "departures", BY_GROUP)

    for query in ("cut=time:2012", "drilldown=origin", "as_of=1", "token=x"):
        answer = get(secret, f"table.csv?{query}")
        assert answer.status_code == 400, query
        assert "what it asks is fixed" in answer.get_json()["error"]["message"]


def test_a_link_that_has_ended_says_so(make: Make, get: Get, house: Runtime, clock: Clock) -> None:
    first, second = (make("aggregate", "departures", BY_GROUP) for _ in "12")
    with house.metadata.write() as writing:
        owner = named_user(writing, ADMIN)
        latest = links_of(writing, owner)[0]
        revoke_link(writing, owner, latest.id, house.clock())

    assert get(second).status_code == 410
    assert get(first).status_code == 200
    clock.pass_by(days=366)
    assert get(first).status_code == 410
    assert get("icl_made_up").status_code == 404


def test_nobody_makes_a_link_to_what_they_may_not_ask(make: Make) -> None:
    with pytest.raises(NotAllowed):
        make("aggregate", "departures", BY_GROUP, VIEWER)
    with pytest.raises(InvalidInput):
        make("aggregate", "departures", "drilldown=organisation:planet")
    with pytest.raises(InvalidInput):
        make("scorecard", "punctuality", "drilldown=origin")

    assert make("indicator", "on_time_arrival", "", VIEWER)


def test_excel_is_given_the_mark_of_utf_8_when_it_asks(make: Make, get: Get) -> None:
    secret = make("scorecard", "punctuality", "period=2013-12")

    plain, marked = get(secret), get(secret, "table.csv?bom=1&lang=zh")
    assert not plain.data.startswith(b"\xef\xbb\xbf")
    assert marked.data.startswith(b"\xef\xbb\xbf")
    assert "准点" in marked.text
    assert _table(plain.text)[0].keys() == _table(marked.text.removeprefix("\ufeff"))[0].keys()


def test_who_has_the_answer_is_told_that_it_is_the_same(make: Make, get: Get) -> None:
    secret = make("aggregate", "departures", BY_GROUP)
    first = get(secret)

    again = get(secret, **{"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert again.status_code == 304
    assert "Set-Cookie" not in first.headers


def test_the_secret_stands_in_no_log(
    make: Make, get: Get, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """Also when answering fails on our side."""
    secret = make("aggregate", "departures", BY_GROUP)
    app.extensions[EXTENSION] = None  # so that counting its requests breaks
    with caplog.at_level(logging.DEBUG):
        assert get(secret).status_code == 500

    assert "/links/…/" in caplog.text
    assert secret not in caplog.text


def test_the_last_use_is_noted_a_little_later(make: Make, house: Runtime) -> None:
    secret = make("aggregate", "departures", BY_GROUP)
    application = create_app(house)
    assert application.test_client().get(f"/links/{secret}/x.csv").status_code == 200
    write_last_uses(application)

    with house.metadata.read() as reading:
        found = find_link(reading, secret)
    assert found is not None
    assert found[0].used_at == house.clock()


def test_a_link_is_answered_sixty_times_a_minute(make: Make, get: Get, clock: Clock) -> None:
    secret, other = (make("aggregate", "departures", BY_GROUP) for _ in "12")
    statuses = [get(secret).status_code for _ in range(61)]

    assert statuses == [200] * 60 + [429]
    assert get(secret).headers["Retry-After"] == "1"
    assert get(other).status_code == 200
    clock.pass_by(seconds=2)
    assert get(secret).status_code == 200
