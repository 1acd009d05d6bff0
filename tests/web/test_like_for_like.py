"""Like for like: comparisons of those who are on both sides, chosen in the bar and kept in links.

SkyWest flew in November and not in December: 15 of the 16 carriers are on both sides.
"""

from fractions import Fraction

from server.access import Person, Role
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.evaluate import evaluate_scorecard
from tests.web.people import Browser
from tests.web.screens import found_in, links, screen, texts
from tests.web.source import flights_of

CARD = "/scorecards/punctuality"
DECEMBER = f"{CARD}?period=2013-12"
VIEWER = Person("viewer", Role.VIEWER)


def test_the_bar_offers_it_and_says_what_is_compared(admin: Browser) -> None:
    (choice,) = found_in(screen(admin.get(DECEMBER)), "#alike")
    page = screen(admin.get(choice.get("href")))

    assert texts(page, ".basis") == ["ΔPP: like for like: 15 of 16 are on both sides"]
    assert not texts(screen(admin.get(DECEMBER)), ".basis")


def test_the_change_is_of_those_who_are_on_both_sides(flights: Runtime) -> None:
    """Without SkyWest's flights November had another share of cancellations."""
    month = Period.parse("2013-12")
    view = evaluate_scorecard(
        flights, Asked(VIEWER, period=month, like_for_like=True), "punctuality"
    )
    (found,) = (r.standing for r in view.rows if r.standing.indicator.code == "cancellations")
    alike = [row for row in flights_of(11) if row["carrier"] != "OO"]

    assert len(alike) < len(flights_of(11))
    assert found.previous == Fraction(sum(row["dep_time"] == "NA" for row in alike), len(alike))


def test_every_link_of_the_screen_keeps_it(admin: Browser) -> None:
    page = screen(admin.get(f"{DECEMBER}&like=1"))
    followed = links(page, ".board a[href*=indicators]")

    assert followed
    assert all("like=1" in link for link in followed)
    (choice,) = found_in(page, "#alike")
    assert "like=1" not in choice.get("href")


def test_a_cube_without_organisations_has_no_such_choice(admin: Browser) -> None:
    assert not found_in(screen(admin.get("/indicators/low_visibility?period=2013-11")), "#alike")
