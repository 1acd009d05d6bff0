"""The pages of the slicer: who may see them, what stands in them, and that links are whole."""

import re
from urllib.parse import quote

from flask import Flask

from server.runtime import Runtime
from tests.web.people import ANALYST, VIEWER, Browser
from tests.web.screens import links as links_in
from tests.web.screens import row_of, screen
from web.app import create_app

SLICE = "/slice/departures?rows=organisation:carrier&value=flights:value,share&totals=1"


def test_only_those_with_the_right_find_the_slicer(app: Flask, analyst: Browser) -> None:
    viewer = Browser(app)
    viewer.sign_in(VIEWER)

    assert 'id="nav-slicer"' in analyst.get("/account").text
    assert 'id="nav-slicer"' not in viewer.get("/account").text
    assert viewer.get("/slice/departures").status_code == 403
    assert viewer.get("/slice/departures/facts").status_code == 403


def test_a_confined_analyst_sees_no_other_carrier_anywhere(analyst: Browser) -> None:
    """Not in the table, its total, the tree of the filter, nor among the facts."""
    page = analyst.get(SLICE).text
    tree = analyst.get("/slice/departures/cut/organisation?rows=origin&value=flights").text
    found = analyst.get("/slice/departures/cut/organisation?value=flights&search=jetb").text
    facts = analyst.get("/slice/departures/facts?cut=organisation:low_cost").text

    assert "161,096" in page
    assert "336,776" not in page
    for text in (page, tree, found):
        assert "JetBlue" not in text
        assert "Low-cost" not in text
    assert "No facts in this slice" in facts


def test_an_address_without_a_question_leads_to_a_first_one(admin: Browser) -> None:
    answer = admin.get("/slice/weather")

    assert answer.status_code == 302
    assert "value=observations" in answer.headers["Location"]


def test_the_form_of_a_filter_leads_to_the_address_of_its_question(admin: Browser) -> None:
    """Members chosen, left out, and a range of days as people write it."""
    base = "/slice/departures?rows=origin&value=flights&dimension=time&hierarchy=ymd"
    for form, cut in (
        ("how=only&pick=2013,1,1&pick=2013,1,2", "time:2013,1,1;2013,1,2"),
        ("how=not&pick=2013,4", "!time:2013,4"),
        ("how=range&first=2013-1-2&last=2013-2", "time:2013,1,2-2013,2"),
        ("how=only", ""),
    ):
        answer = admin.get(f"{base}&{form}")
        assert answer.status_code == 302
        tail = f"&cut={quote(cut, safe=':,;!')}" if cut else ""
        assert answer.headers["Location"].replace("%21", "!").endswith(f"value=flights{tail}")


def test_wrong_input_is_a_sentence_and_no_failure(admin: Browser) -> None:
    for tail in (
        "rows=nowhere&value=flights",
        "value=nothing",
        "value=flights&cut=time:2013,13",
        "value=flights&order=-miles",
        "value=flights&from=-1",
        "value=flights&top=0:flights",
        "rows=time:day&rows=aircraft:tail_number&rows=region:airport&value=flights",
        "value=flights&dimension=nowhere",
        "value=flights&dimension=time&how=range&first=yesteryear",
        "value=flights&dimension=time&how=maybe&pick=2013",
    ):
        answer = admin.get(f"/slice/departures?{tail}")
        assert 400 <= answer.status_code < 500, tail
    assert admin.get("/slice/nowhere").status_code == 404
    assert admin.get("/slice/departures/cut/nowhere").status_code == 404


def test_a_page_past_the_end_is_empty_and_says_so(admin: Browser) -> None:
    answer = admin.get("/slice/departures?rows=origin&value=flights&from=5000")

    assert answer.status_code == 200
    assert "No facts in this slice" in answer.text


def test_every_link_of_a_slice_can_be_opened(admin: Browser) -> None:
    """Axes, values, toggles, heads, cells and filters lead somewhere."""
    page = admin.get(f"{SLICE}&columns=time:quarter&cut=organisation:network").text
    links = {
        one.replace("&amp;", "&") for one in re.findall(r'(?:href|hx-get)="(/slice[^"]*)"', page)
    }
    heads = sorted(one for one in links if "/facts" not in one)
    cells = sorted(links - set(heads))

    assert len(cells) == 35
    for link in [*heads[:: max(1, len(heads) // 40)], *cells[::9]]:
        answer = admin.get(link)
        # A click may ask for more than can be shown; then the answer says what to do.
        assert answer.status_code in (200, 302) or "at most" in answer.text, link


def test_a_private_view_is_nobody_elses(loaded: Runtime) -> None:
    app = create_app(loaded)
    ana, admin = Browser(app), Browser(app)
    ana.sign_in(ANALYST)
    admin.sign_in("admin")
    form = {"rows": "origin", "value": "flights"}
    ana.post("/slice/departures/views", view="Mine alone", **form)
    ana.post("/slice/departures/views", view="For all", shared="1", **form)

    assert "Mine alone" in ana.get(SLICE).text
    page = admin.get(SLICE).text
    assert "Mine alone" not in page
    assert "For all" in page
    numbers = range(1, 20)
    for number in numbers:
        admin.post(f"/slice/departures/views/{number}/remove", **form)
    assert "Mine alone" in ana.get(SLICE).text
    assert "For all" in ana.get(SLICE).text


def test_a_slice_shows_what_was_known_then_and_every_link_stays_there(admin: Browser) -> None:
    """Before the flights were loaded there were none; the way back leads to now."""
    page = admin.get(f"{SLICE}&as_of=2").text
    links = [
        one.replace("&amp;", "&")
        for one in re.findall(r'href="(/slice/departures[?/][^"]*)"', page)
    ]
    back = [one for one in links if "as_of=" not in one and "value=flights:value" in one]

    assert "As known on" in page
    assert "336,776" not in page
    assert set(back) == {SLICE.replace("organisation:", "organisation@default:")}
    assert "336,776" in admin.get(back[0]).text
    assert "known-banner" not in admin.get(SLICE).text


def test_facts_and_filters_show_what_was_known_then(admin: Browser) -> None:
    facts = admin.get("/slice/departures/facts?cut=organisation:network&as_of=2").text
    tree = admin.get("/slice/departures/cut/organisation?rows=origin&value=flights&as_of=2").text
    now = admin.get("/slice/departures/cut/organisation?rows=origin&value=flights").text

    assert "No facts in this slice" in facts
    assert "known-banner" in facts
    assert "Network" in now
    assert "Network" not in tree.partition('id="members"')[2]
    assert 'name="as_of" value="2"' in tree


def test_a_moment_that_cannot_be_is_refused(admin: Browser) -> None:
    for as_of in ("yesterday", "999999", "2999-01-01"):
        answer = admin.get(f"{SLICE}&as_of={as_of}")
        assert answer.status_code == 400, as_of


def test_others_lead_to_their_facts(admin: Browser) -> None:
    """All that are not of the three greatest carriers: as many as the row says."""
    page = screen(admin.get(f"{SLICE}&top=3:flights"))
    others = row_of(page, "#slice-table", "Others")
    (link, *_) = links_in(page, "tr.is-others td a")
    facts = admin.get(link).text

    assert "outside=" in link
    assert f"of {others[1]} rows" in facts
    assert "without United Air Lines" in facts
