"""Scorecards and slices for programs: the figures that the screens show."""

from collections import Counter
from fractions import Fraction

from server.indicators.rounding import round_half_even
from tests.api.conftest import Ask
from tests.web.people import ANALYST, VIEWER, Browser
from tests.web.screens import row_of, screen
from tests.web.source import NETWORK, count, december, is_on_time

CARD = "/api/v1/scorecards/punctuality"
SLICE = {
    "cube": "departures",
    "rows": ["organisation:carrier"],
    "value": ["flights", "indicator.on_time_arrival"],
    "cut": ["time:2013,4,12"],
    "totals": True,
}


def test_scorecards_are_listed(ask: Ask) -> None:
    card, beside = ask("/api/v1/scorecards", VIEWER).get_json()["scorecards"]

    assert (card["code"], beside["code"]) == ("punctuality", "weather_operations")
    assert "on_time_arrival" in card["indicators"]


def test_a_program_gets_the_numbers_of_the_screen(ask: Ask, admin: Browser) -> None:
    for place in ("period=2013-12", "period=2013-07&cut=organisation:low_cost,B6"):
        body = ask(f"{CARD}?{place}").get_json()
        page = screen(admin.get(f"/scorecards/punctuality?{place}"))
        shown = [
            indicator
            for perspective in body["perspectives"]
            for objective in perspective["objectives"]
            for indicator in objective["indicators"]
        ]

        assert len(shown) == 13
        for one in shown:
            if "value" in one["actual"]:
                cells = " ".join(row_of(page, "table", one["name"])).replace(",", "")
                assert one["actual"]["value"].replace("-", "−") in cells.replace("-", "−")
        whole = " ".join(page.text_content().split())
        assert body["score"]["value"] in whole


def test_the_exact_figure_is_that_of_the_source(ask: Ask) -> None:
    share = Fraction(count(december(), is_on_time), len(december())) * 100
    body = ask(f"{CARD}?period=2013-12").get_json()
    first = body["perspectives"][0]["objectives"][0]["indicators"][0]

    assert first["code"] == "on_time_arrival"
    assert first["actual"]["exact"] == f"{share.numerator}/{share.denominator}"
    assert first == {
        **first,
        **{
            name: ask("/api/v1/indicators/on_time_arrival/value?period=2013-12").get_json()[name]
            for name in ("actual", "target", "score", "status", "previous", "is_partial")
        },
    }


def test_the_weights_of_a_scorecard_add_up(ask: Ask) -> None:
    body = ask(CARD).get_json()
    weights = [
        Fraction(indicator["effective_weight"])
        for perspective in body["perspectives"]
        for objective in perspective["objectives"]
        for indicator in objective["indicators"]
    ]

    assert sum(weights) == 1


def test_a_series_ends_at_the_asked_period(ask: Ask) -> None:
    path = "/api/v1/indicators/on_time_arrival"
    series = ask(f"{path}/series?period=2013-12").get_json()["series"]

    assert [one["period"] for one in series] == [f"2013-{month:02}" for month in range(1, 13)]
    assert series[-1]["actual"] == ask(f"{path}/value?period=2013-12").get_json()["actual"]


def test_a_slice_is_that_of_the_source(ask: Ask) -> None:
    answer = ask("/api/v1/slices", json=SLICE)
    body = answer.get_json()
    flights = Counter(row["carrier"] for row in december())
    on_time = Counter(row["carrier"] for row in december() if is_on_time(row))

    found = {row["paths"][0][-1]: row["cells"] for row in body["rows"] if row["kind"] == "cell"}
    assert {carrier: cells[0]["value"] for carrier, cells in found.items()} == {
        carrier: str(number) for carrier, number in flights.items()
    }
    for carrier, cells in found.items():
        share = Fraction(on_time[carrier], flights[carrier]) * 100
        assert Fraction(cells[1]["exact"]) == share
        assert cells[1]["value"] == str(round_half_even(share, 1))
    total = next(row for row in body["rows"] if row["kind"] == "total")
    assert total["cells"][0]["value"] == str(len(december()))
    assert answer.headers["Indicube-Fingerprint"] == body["fingerprint"]


def test_a_window_of_a_slice_has_no_fingerprint(ask: Ask) -> None:
    body = ask("/api/v1/slices", json={**SLICE, "first": 1, "size": 2}).get_json()

    assert (len(body["rows"]), body["first_row"], body["fingerprint"]) == (2, 1, None)
    assert body["row_count"] > 10


def test_a_slice_stays_within_the_scope(ask: Ask) -> None:
    body = ask("/api/v1/slices", ANALYST, json=SLICE).get_json()
    carriers = {row["paths"][0][-1] for row in body["rows"] if row["kind"] == "cell"}

    assert carriers == NETWORK & {row["carrier"] for row in december()}


def test_mistakes_of_a_slice_are_told_at_once(ask: Ask) -> None:
    wrong = {"cube": "departures", "rows": ["made_up"], "value": ["flight"], "firts": 1, "size": 1}
    answer = ask("/api/v1/slices", json=wrong)

    assert answer.status_code == 400
    assert len(answer.get_json()["errors"]) == 4
    assert ask("/api/v1/slices", json={}).get_json()["error"]["field"] == "cube"
    assert ask("/api/v1/slices", VIEWER, json=SLICE).status_code == 403
