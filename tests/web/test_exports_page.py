"""The exports' screen: ask, see, download, cancel, repeat; each person sees their own alone."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from server.access import Scope, ScopeRule
from server.exports.job import make_export
from server.exports.spec import read_spec
from server.exports.tidying import remove_expired
from server.metadata.export_schedules import active_schedules
from server.metadata.exports import find_export, list_exports
from server.metadata.users import named_user, set_rights
from server.runtime import Runtime
from tests.web.people import ADMIN, ANALYST, VIEWER, Browser, Clock
from web.app import create_app
from web.pages import exports

ORIGIN = {"Origin": "http://localhost"}
CARD = {"kind": "scorecard", "name": "punctuality", "format": "csv"}


@pytest.fixture
def ana(house: Runtime) -> Browser:
    browser = Browser(create_app(house))
    assert browser.sign_in(ANALYST).status_code == 303
    return browser


def latest(house: Runtime) -> str:
    with house.metadata.read() as session:
        return list_exports(session)[0].id


def asked(house: Runtime, browser: Browser, **changes: str) -> str:
    answer = browser.post("/exports", **{**CARD, **changes})
    assert answer.status_code == 303, answer.text
    return latest(house)


def message_of(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_the_scorecard_offers_the_formats_and_says_its_fingerprint(admin: Browser) -> None:
    page = admin.get("/scorecards/punctuality?period=2013-12").text

    for kind in ("xlsx", "csv", "pdf", "png", "parquet"):
        assert f'name="format" value="{kind}"' in page
    assert 'name="parameter" value="period=2013-12"' in page
    assert re.search(r'class="fingerprint">Fingerprint <code>[0-9a-f]{64}<', page)


def test_asking_leads_to_the_list_and_the_file_comes_with_its_name(
    house: Runtime, ana: Browser
) -> None:
    export = asked(house, ana, parameter="period=2013-12")
    assert "waiting" in ana.get("/exports").text
    make_export(house, export)
    page = ana.get("/exports").text
    answer = ana.get(f"/exports/{export}/file")

    assert "ready" in page
    assert "New York departures 2013 · December 2013" in page
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "December 2013.csv" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")


def test_htmx_gets_messages_until_the_file_is_ready(house: Runtime, ana: Browser) -> None:
    headers = {"HX-Request": "true", "HX-Target": "div#toasts", "Origin": ana.base}
    first = ana.send("/exports", {**CARD, "csrf_token": ana.token()}, **headers)
    assert 'hx-trigger="every 1s"' in first.text
    make_export(house, latest(house))
    ready = ana.get("/exports/toasts", **{"HX-Request": "true"})
    assert "ready" in message_of(ready)
    assert "hx-trigger" not in ready.text
    told = ana.send("/exports/told", {"id": latest(house), "csrf_token": ana.token()}, **headers)
    assert told.text.strip() == ""


def test_a_failure_is_told_in_its_sentence(house: Runtime, ana: Browser) -> None:
    export = asked(house, ana, format="png")
    make_export(house, export)

    assert "This has no chart to draw" in ana.get("/exports/toasts").text


def test_nobody_sees_or_touches_anothers_export(house: Runtime, ana: Browser) -> None:
    export = asked(house, ana)
    make_export(house, export)
    other = Browser(create_app(house))
    other.sign_in(ADMIN)

    assert other.get(f"/exports/{export}/file").status_code == 404
    assert other.post(f"/exports/{export}/cancel").status_code == 404
    assert other.post(f"/exports/{export}/repeat").status_code == 404
    assert export not in other.get("/exports").text


def test_a_viewer_has_no_exports_at_all(house: Runtime) -> None:
    viewer = Browser(create_app(house))
    viewer.sign_in(VIEWER)

    assert viewer.get("/exports").status_code == 403
    assert viewer.post("/exports", **CARD).status_code == 403
    assert "export-menu" not in viewer.get("/scorecards/punctuality").text
    assert 'href="/exports' not in viewer.get("/scorecards/punctuality").text


def test_a_file_closes_when_the_scope_of_its_person_changes(house: Runtime, ana: Browser) -> None:
    export = asked(house, ana)
    make_export(house, export)
    assert ana.get(f"/exports/{export}/file").status_code == 200
    with house.metadata.write() as session:
        scope = Scope((ScopeRule("organisation", ("low_cost",)),))
        set_rights(session, named_user(session, ANALYST).id, scope=scope)
    answer = ana.get(f"/exports/{export}/file")

    assert answer.status_code == 403
    assert "export it again" in answer.text


def test_a_removed_file_is_said_to_be_gone(house: Runtime, ana: Browser, clock: Clock) -> None:
    export = asked(house, ana)
    make_export(house, export)
    clock.pass_by(days=8)
    remove_expired(house)
    ana.sign_in(ANALYST)

    assert ana.get(f"/exports/{export}/file").status_code == 404
    assert "removed" in ana.get("/exports?state=expired").text


def test_a_waiting_export_can_be_cancelled_once(house: Runtime, ana: Browser) -> None:
    export = asked(house, ana)

    assert ana.post(f"/exports/{export}/cancel").status_code == 303
    assert "cancelled" in ana.get("/exports").text
    assert ana.post(f"/exports/{export}/cancel").status_code == 409


def test_the_list_goes_on_behind_its_page_and_keeps_its_filters(
    house: Runtime, ana: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every export stands on one page, newest first, those of one instant too."""
    monkeypatch.setattr(exports, "PAGE_SIZE", 3)
    for kind in (*["csv"] * 7, "xlsx"):
        asked(house, ana, format=kind)
    with house.metadata.read() as session:
        made = [one.id for one in list_exports(session, file_format="csv")]
    for export in made:
        make_export(house, export)
    seen: list[str] = []
    address = "/exports?format=csv"
    while address:
        page = ana.get(address).text
        seen += re.findall(r'id="export-(\w{32})"', page)
        older = re.search(r'id="older" href="([^"]+)"', page)
        address = older[1].replace("&amp;", "&") if older else ""

    assert len(made) == 7
    assert seen == made
    assert 'id="newest" href="/exports?format=csv"' in page


def test_a_file_shows_what_was_known_then(settled: Runtime, clock: Clock, tmp_path: Path) -> None:
    """A scorecard and a slice as of a publication; repeated, they show what is known then."""
    settings = replace(settled.settings, exports=tmp_path / "files", redis="unix:///none.sock")
    house = replace(settled, settings=settings)
    browser = Browser(create_app(house))
    browser.sign_in(ADMIN)
    slice_ = {**CARD, "kind": "slice", "name": "departures"}
    asking = (
        {**CARD, "parameter": ["as_of=2"]},
        {**slice_, "parameter": ["as_of=2", "value=flights"]},
    )
    for fields in asking:
        clock.pass_by(seconds=1)
        form = {**fields, "csrf_token": browser.token()}
        assert browser.client.post("/exports", data=form, headers=ORIGIN).status_code == 303
        export = latest(house)
        make_export(house, export)
        with house.metadata.read() as session:
            assert find_export(session, export).snapshot == 2 < house.snapshot().number
        browser.post(f"/exports/{export}/repeat", days="daily", time="07:30", zone="UTC")
    with house.metadata.read() as session:
        repeated = [read_spec(one.spec) for one in active_schedules(session)]

    assert {(one.kind, one.moment) for one in repeated} == {("scorecard", None), ("slice", None)}


def test_an_export_can_be_repeated_and_ended(house: Runtime, ana: Browser) -> None:
    export = asked(house, ana)
    times = {"days": "weekdays", "time": "07:30", "zone": "Asia/Shanghai"}
    assert ana.post(f"/exports/{export}/repeat", **times).status_code == 303
    page = ana.get("/exports").text
    assert "Monday to Friday at 07:30 (Asia/Shanghai)" in page
    found = re.search(r"/exports/schedules/(\w+)/end", page)
    assert found is not None
    assert ana.post(found[0]).status_code == 303
    assert ana.post(found[0]).status_code == 404
    assert "07:30 (Asia/Shanghai)" not in ana.get("/exports").text


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"format": "doc"}, 400, "There is no format"),
        ({"kind": "planet"}, 400, "There is no kind"),
        ({"name": "nothing"}, 404, "There is no scorecard"),
        ({"kind": "slice", "name": "nothing"}, 404, "nothing"),
        ({"kind": "slice", "name": "departures", "parameter": "rows=planet"}, 404, "planet"),
        ({"parameter": "period=yesterday"}, 400, "period"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_a_sentence(
    house: Runtime, ana: Browser, fields: dict[str, str], status: int, words: str
) -> None:
    answer = ana.post("/exports", **{**CARD, **fields})

    assert answer.status_code == status
    assert words in message_of(answer)
    with house.metadata.read() as session:
        assert list_exports(session) == ()


@pytest.mark.parametrize("query", ["state=lost", "format=doc"])
def test_an_unknown_filter_is_refused(ana: Browser, query: str) -> None:
    assert ana.get(f"/exports?{query}").status_code == 400


@pytest.mark.parametrize(
    "times",
    [
        {"days": "never", "time": "07:30", "zone": "UTC"},
        {"days": "daily", "time": "25:00", "zone": "UTC"},
        {"days": "daily", "time": "07:30", "zone": "Mars"},
    ],
)
def test_times_that_cannot_be_are_refused(
    house: Runtime, ana: Browser, times: dict[str, str]
) -> None:
    export = asked(house, ana)

    assert ana.post(f"/exports/{export}/repeat", **times).status_code == 400
