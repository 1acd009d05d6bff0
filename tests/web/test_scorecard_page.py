"""The scorecard screen."""

from fractions import Fraction

from server.indicators.rounding import round_half_even
from tests.web.people import Browser
from tests.web.screens import found_in, links, row_of, screen, texts, words
from tests.web.source import count, december, is_on_time

CARD = "/scorecards/punctuality"


def test_the_first_screen_is_the_scorecard(admin: Browser) -> None:
    answer = admin.get("/")

    assert (answer.status_code, answer.location) == (302, CARD)


def test_a_row_tells_actual_plan_change_score_and_status(admin: Browser) -> None:
    share = Fraction(count(december(), is_on_time), len(december()))
    row = row_of(screen(admin.get(CARD)), ".board", "Arrivals on time")

    assert row[1] == f"{round_half_even(share * 100, 1)}%"
    assert row[2] == "74.0%"  # the target of December in the definition
    assert row[3] == f"−{abs(round_half_even((share - Fraction(74, 100)) * 100, 1))} pp"
    # Two anchors: 0 at 50 %, 100 at the target of 74 %.
    score = (share - Fraction(50, 100)) / Fraction(24, 100) * 100
    assert row[6] == str(round_half_even(score, 1))
    assert row[8] == "off target"


def test_the_screen_says_period_filters_data_and_snapshot(admin: Browser) -> None:
    page = screen(admin.get(CARD + "?period=2013-07&cut=organisation:low_cost,B6"))

    assert texts(page, ".lede") == ["JetBlue Airways · July 2013"]
    assert "data to 31 Dec 2013" in words(found_in(page, ".bar-base")[0])
    assert texts(page, ".chip") == ["Organisation: Low-cost carriers › JetBlue Airways"]


def test_every_filter_can_be_lifted_and_widened(admin: Browser) -> None:
    page = screen(admin.get(CARD + "?period=2013-07&cut=organisation:low_cost,B6"))

    assert links(page, ".chip a") == [
        f"{CARD}?period=2013-07&cut=organisation:low_cost",
        f"{CARD}?period=2013-07",
    ]


def test_the_form_of_pickers_leads_to_the_same_address_without_script(admin: Browser) -> None:
    page = screen(admin.get(CARD))
    (form,) = found_in(page, "form.bar-form")

    assert (form.get("method"), form.get("action")) == ("get", CARD)
    chosen = "?period=2013-07&cut=organisation:low_cost,B6&cut="  # as a browser sends it
    assert "JetBlue Airways · July 2013" in admin.get(CARD + chosen).text


def test_walking_the_periods_keeps_the_organisation(admin: Browser) -> None:
    page = screen(admin.get(CARD + "?period=2013-07&cut=organisation:network"))

    assert links(page, "a#earlier") == [f"{CARD}?period=2013-06&cut=organisation:network"]
    assert links(page, "a#later") == [f"{CARD}?period=2013-08&cut=organisation:network"]
    assert links(page, ".bar-form .choice a")[:3] == [
        f"{CARD}?period=2013-07&cut=organisation:network",
        f"{CARD}?period=2013-Q3&cut=organisation:network",
        f"{CARD}?period=2013&cut=organisation:network",
    ]


def test_there_is_nothing_to_walk_to_before_and_after_the_facts(admin: Browser) -> None:
    first, last = screen(admin.get(CARD + "?period=2013-01")), screen(admin.get(CARD))

    assert links(first, "a#earlier") == []
    assert links(last, "a#later") == []


def test_a_period_without_facts_says_so_in_words_and_never_as_zero(admin: Browser) -> None:
    page = screen(admin.get(CARD + "?period=2012-05"))
    row = row_of(page, ".board", "Arrivals on time")

    assert row[1].startswith("not loaded")
    assert "The facts of this period have not been loaded." in row[1]
    assert row[8] == "no data"
    assert "Nothing can be judged" in words(found_in(page, ".message")[0])


def test_rates_change_in_points_and_amounts_in_their_unit(admin: Browser) -> None:
    page = screen(admin.get(CARD))

    assert row_of(page, ".board", "Cancellations")[3].endswith(" pp")
    assert "pp" not in row_of(page, ".board", "Mean departure delay min")[3]


def test_an_empty_house_says_what_to_do_next(browser: Browser) -> None:
    browser.sign_in("admin")

    assert "indicube sample flights" in browser.get("/").text


def test_htmx_gets_the_frame_without_the_page_around_it(admin: Browser) -> None:
    part = admin.ask(CARD).text

    assert part.lstrip().startswith("<title>New York departures 2013 · December 2013")
    assert "<head>" not in part
    assert '<div id="frame"' in part


def test_going_back_in_history_gets_the_whole_page(admin: Browser) -> None:
    answer = admin.get(
        CARD,
        **{
            "HX-Request": "true",
            "HX-Target": "body",
            "HX-Request-Type": "full",
            "HX-History-Restore-Request": "true",
        },
    )

    assert answer.text.lstrip().startswith("<!doctype html>")
