"""A confined person sees their part of the facts, and cannot tell what else there is."""

from tests.web.people import Browser
from tests.web.source import NETWORK, december


def test_the_total_is_that_of_the_persons_part(admin: Browser, analyst: Browser) -> None:
    everyone = len(december())
    own = sum(row["carrier"] in NETWORK for row in december())

    assert f"of {everyone:,} rows" in admin.get("/indicators/on_time_arrival/facts").text
    assert f"of {own:,} rows" in analyst.get("/indicators/on_time_arrival/facts").text


def test_pickers_and_breakdowns_name_only_members_of_the_part(analyst: Browser) -> None:
    page = analyst.get("/indicators/on_time_arrival").text

    assert "Network carriers" in page
    assert "JetBlue" not in page
    assert "Low-cost carriers" not in page


def test_a_member_outside_looks_like_one_that_does_not_exist(analyst: Browser) -> None:
    outside = analyst.get("/scorecards/punctuality?cut=organisation:low_cost")
    made_up = analyst.get("/scorecards/punctuality?cut=organisation:made_up")

    assert (outside.status_code, made_up.status_code) == (404, 404)
    assert "JetBlue" not in outside.text


def test_a_source_line_opens_for_those_whose_fact_it_is(admin: Browser, analyst: Browser) -> None:
    own = next(row for row in december() if row["carrier"] in NETWORK)
    other = next(row for row in december() if row["carrier"] == "B6")
    page = admin.get("/indicators/on_time_arrival/facts").text
    batch = page.split("/indicators/on_time_arrival/facts/")[1].split("/")[0]

    def line(row: dict[str, str]) -> str:
        return f"/indicators/on_time_arrival/facts/{batch}/{row['line']}"

    assert analyst.get(line(own)).status_code == 200
    assert own["tailnum"] in analyst.get(line(own)).text
    assert analyst.get(line(other)).status_code == 404
    assert admin.get(line(other)).status_code == 200


def test_the_screen_says_that_it_shows_a_part(admin: Browser, analyst: Browser) -> None:
    assert "All that you may see" in analyst.get("/scorecards/punctuality").text
    assert "Whole company" in admin.get("/scorecards/punctuality").text
