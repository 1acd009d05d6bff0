"""Every route that shows figures shows those of an earlier state, says so, and stays there.

The routes are those of the application, so a new one is tried as soon as it is there.
"""

from collections.abc import Iterator
from datetime import timedelta, timezone

import pytest
from lxml import html

from server.exports.contents import content_of
from server.exports.spec import ExportSpec
from server.metadata.publications import list_publications
from server.metadata.users import named_user
from tests.web.earlier import (
    NO_FIGURES_OF_API,
    NOT_ASKED,
    WITHOUT_FIGURES,
    Earlier,
    has_figures,
    shown,
    two_states,
    with_clocks,
)
from tests.web.people import ADMIN
from tests.web.routes import is_of_programs, rules
from tests.web.screens import found_in, links, screen, texts

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Earlier]:
    with two_states(tmp_path_factory.mktemp("two")) as found:
        yield found


def instant(house: Earlier) -> str:
    """A moment between the two states, with a zone of its own."""
    with house.runtime.metadata.read() as reading:
        latest, before, *_ = list_publications(reading, 2)
    between = before.at + (latest.at - before.at) / 100
    return between.astimezone(timezone(timedelta(hours=8))).isoformat().replace("+", "%2B")


def test_every_route_is_tried_or_named(house: Earlier) -> None:
    named = WITHOUT_FIGURES | NOT_ASKED | NO_FIGURES_OF_API
    known = {one.rule for one in rules(house.app, "GET")}

    assert named - known == set()
    assert len(house.screens) == len({r for r in known if not is_of_programs(r)} - named)
    assert len(house.screens) > 10
    assert len(house.answers) > 6


def test_every_screen_shows_the_figures_of_then(house: Earlier) -> None:
    # The line of a fact that was restated since can be opened at the moment that shows it alone.
    now = {one: shown(house, one) for one in house.screens if f"/{house.batch}/2" not in one}
    by_number = {one: shown(house, with_clocks(one)) for one in house.screens}
    moment = f"as_of={instant(house)}&as_of_model=then"
    by_instant = {one: shown(house, with_clocks(one, moment)) for one in house.screens}

    assert _moved(by_number, house.screens) == []
    assert _moved(by_instant, house.screens) == []
    # Which screens the second state moved at all: one that it did not would prove nothing.
    same = {one.partition("?")[0] for one in now if now[one] == house.screens[one]}
    assert {one for one in same if "/facts/" not in one and "/cut/" not in one} == set()


def _moved(after: dict[str, str], before: dict[str, str]) -> list[str]:
    return [one for one in before if after[one] != before[one]]


def test_every_answer_of_the_api_is_that_of_then(house: Earlier) -> None:
    for address, then in house.answers.items():
        with_model = "/cubes/" not in address
        clocks = "as_of=4&as_of_model=then" if with_model else "as_of=4"
        if address.endswith(("/api/v1/indicators", "/api/v1/scorecards")):
            clocks = "as_of_model=2"  # definitions alone
        found = house.ask(with_clocks(address, clocks))
        if isinstance(found, list):
            assert found == then, address
            continue
        assert isinstance(found, dict)
        assert isinstance(then, dict)
        for name in ("definitions", "snapshot") if not with_model or "as_of=" not in clocks else ():
            found.pop(name), then.pop(name, None)
        for each in (found, then):  # the next page is asked for at the same moment
            each.pop("@odata.nextLink", None)
        assert found == then, address


def test_the_definitions_are_those_of_now_unless_others_are_asked(house: Earlier) -> None:
    path = "/indicators/on_time_arrival?period=2013-01&as_of=4"
    by_now, by_then = (screen(house.browser.get(path + one)) for one in ("", "&as_of_model=then"))

    assert texts(by_now, "h1")[0].startswith("Arrived as planned")
    assert not texts(by_then, "h1")[0].startswith("Arrived as planned")
    assert texts(by_now, ".known-banner .choice a[aria-current]") == ["today's definitions"]
    assert texts(by_then, ".known-banner .choice a[aria-current]") == ["definitions of then"]
    assert "by the definitions of then" in texts(by_then, ".known-banner")[0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_screen_says_at_which_moment_it_is_shown(house: Earlier, language: str) -> None:
    told = {"en": "publication 4", "zh": "第 4 次发布"}[language]
    for address in (*house.screens, *sorted(WITHOUT_FIGURES)):
        page = _followed(house, with_clocks(address, f"as_of=4&lang={language}"))
        said = texts(page, ".known-banner") or texts(page, ".wall-known")
        assert len(said) == 1, address
        assert told in said[0], (address, said)


def test_every_link_to_figures_keeps_both_clocks(house: Earlier) -> None:
    for address in (*house.screens, *sorted(WITHOUT_FIGURES)):
        page = _followed(house, with_clocks(address))
        ways_back = _ways_back(page)
        for one in page.xpath("//a[@href] | //*[@hx-get] | //form[not(@method='post')]"):
            link = one.get("href") or one.get("hx-get") or one.get("action") or ""
            if one in ways_back or not has_figures(house.app, link):
                continue
            if one.tag == "form" or one.get("hx-include"):  # what it sends stands in its fields
                form = one if one.tag == "form" else one.xpath("ancestor::form")[0]
                kept = [field.get("name") for field in found_in(form, "input")]
                assert "as_of" in kept, (address, link)
                continue
            assert "as_of=" in link, (address, link)
            assert "as_of_model=" in link or "as_of_model" in address, (address, link)


def test_the_walk_never_falls_back_to_now(house: Earlier) -> None:
    """From the first screen along every link, three steps deep, each screen says the moment."""
    seen: set[str] = set()
    ahead = [with_clocks("/", "as_of=4")]
    for _ in range(3):
        found: list[str] = []
        for address in ahead:
            page = _followed(house, address)
            assert texts(page, ".known-banner") or texts(page, ".wall-known"), address
            back = {one.get("href") for one in _ways_back(page)}
            ways = [one for one in links(page, "a") if one not in back and one not in seen]
            found += [one for one in dict.fromkeys(ways) if has_figures(house.app, one)]
            seen |= set(ways)
        # Of each screen a few links: the others differ in a member or a period alone.
        by_path: dict[str, list[str]] = {}
        for one in found:
            by_path.setdefault(one.partition("?")[0], []).append(one)
        ahead = [one for group in by_path.values() for one in group[:2]][:40]
    assert len(seen) > 100


@pytest.mark.parametrize(
    "spec",
    [
        ExportSpec("scorecard", "punctuality", "csv", period="2013-01"),
        ExportSpec("slice", "departures", "xlsx", query=(
            ("rows", "origin@default:origin"), ("value", "flights"),
            ("value", "indicator.on_time_arrival"), ("totals", "1"))),
        ExportSpec("facts", "departures", "csv", query=(("cut", "origin:JFK"),)),
    ],
    ids=lambda one: one.kind,
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_file_holds_the_figures_of_then_and_says_so(
    house: Earlier, spec: ExportSpec, language: str
) -> None:
    here = house.runtime
    with here.metadata.read() as reading:
        person = named_user(reading, ADMIN).person_at(here.clock())
    spec = ExportSpec(**{**vars(spec), "language": language})
    asked = spec.as_known(4, "then")
    then = content_of(here, person, asked)
    same = content_of(here, person, spec, snapshot=here.snapshot(4, "then"))
    now = content_of(here, person, spec)

    assert then.snapshot == 4
    assert then.tables(spec.format) == same.tables(spec.format) != now.tables(spec.format)
    heads = dict(then.body.facts)
    assert heads[{"en": "As known on", "zh": "当时所知"}[language]].startswith(
        {"en": "publication 4, ", "zh": "第 4 次发布，"}[language]
    )
    assert {"en": "By the definitions", "zh": "所用定义"}[language] in heads
    assert {"en": "As known on", "zh": "当时所知"}[language] not in dict(now.body.facts)


def test_an_export_asked_on_a_screen_keeps_both_clocks(house: Earlier) -> None:
    page = screen(
        house.browser.get("/scorecards/punctuality?period=2013-01&as_of=4&as_of_model=then")
    )
    fields = {one.get("value") for one in found_in(page, ".export-menu input[name*=parameter]")}

    assert {"as_of=4", "as_of_model=then", "period=2013-01"} <= fields


def test_the_loads_lead_back_to_the_moment_too(house: Earlier) -> None:
    page = screen(house.browser.get(with_clocks("/loads")))
    ways = [one for one in links(page, ".content a") if one.startswith("/loads/")]
    assert ways
    assert [one for one in ways if "as_of=4&as_of_model=then" not in one] == []
    load = screen(house.browser.get(ways[0]))
    assert "publication 4" in texts(load, ".known-banner")[0]
    hidden = [one.get("name") for one in found_in(page, ".content form input[type*=hidden]")]
    assert hidden == ["as_of", "as_of_model"]


def test_the_form_of_the_palette_keeps_the_moment(house: Earlier) -> None:
    page = screen(house.browser.get("/find?q=on&as_of=4&as_of_model=then"))
    kept = [one.get("name") for one in found_in(page, ".content form input[type*=hidden]")]

    assert kept == ["as_of", "as_of_model"]


def test_what_cannot_be_leads_back_to_now(house: Earlier) -> None:
    for wrong in ("as_of=99", "as_of=4&as_of_model=77", "as_of=2999-01-01", "as_of_model=soon"):
        answer = house.browser.get(f"/scorecards/punctuality?period=2013-01&{wrong}")
        page = html.fromstring(answer.text)
        assert answer.status_code == 400, wrong
        assert "/scorecards/punctuality?period=2013-01" in links(page, ".problem a")


def _followed(house: Earlier, address: str) -> html.HtmlElement:
    answer = house.browser.get(address)
    while answer.status_code == 302:
        answer = house.browser.get(answer.location)
    return screen(answer)


def _ways_back(page: html.HtmlElement) -> list[html.HtmlElement]:
    """The links that lead to now on purpose, and those of the picker, to other publications."""
    return [
        *found_in(page, ".known-banner a"),
        *page.xpath("//details[@id='known']//a | //details[@id='known']//form"),
    ]
