"""Errors: a page for people, a part for htmx, JSON for programs, and never a traceback."""

import re
from dataclasses import replace

import pytest
from flask import Flask

from server.errors import ManyErrors, NotFound, QueueAway, StoreAway
from server.runtime import Runtime
from tests.web.people import ADMIN, Browser
from tests.web.routes import rules
from web.app import create_app
from web.gate import public

SECRET = "/var/lib/secret SELECT password"


def _failing(runtime: Runtime, error: Exception) -> Browser:
    """A browser on an application whose routes `/fail` and `/api/v1/fail` raise the error."""
    app = create_app(replace(runtime))

    @public
    def fail() -> str:
        raise error

    app.add_url_rule("/fail", "fail", fail)
    app.add_url_rule("/api/v1/fail", "api_fail", fail)
    return Browser(app)


def test_an_error_of_the_asker_names_what_is_wrong_and_what_is_allowed(admin: Browser) -> None:
    answer = admin.get("/scorecards/punctuality?period=2013-13")

    assert answer.status_code == 400
    assert "2013-13" in answer.text
    assert "2013-Q4" in answer.text  # an allowed form


def test_htmx_gets_the_problem_in_place_of_the_screen(admin: Browser) -> None:
    answer = admin.ask("/scorecards/nowhere")

    assert answer.status_code == 404
    assert answer.text.lstrip().startswith("<title>")
    assert '<div id="frame"' in answer.text
    assert "<html" not in answer.text


def test_a_part_that_fails_becomes_the_whole_screen(admin: Browser) -> None:
    answer = admin.ask("/find?period=nonsense", target="found")

    assert answer.status_code == 400
    assert answer.headers["HX-Retarget"] == "#frame"


def test_htmx_is_sent_to_the_sign_in_as_a_page(stranger: Browser) -> None:
    answer = stranger.ask("/indicators")

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/indicators"
    assert answer.text == ""


def test_the_payload_for_programs_is_always_the_same(fresh: Runtime) -> None:
    error = NotFound("There is no cube 'x'.", field="cube", allowed=("departures",), hint="Look.")
    answer = _failing(fresh, error).get("/api/v1/fail")

    body = answer.get_json()
    told = {
        "code": "not_found",
        "message": "There is no cube 'x'.",
        "field": "cube",
        "allowed": ["departures"],
        "hint": "Look.",
    }
    assert answer.status_code == 404
    assert body == {"error": told, "errors": [told], "id": body["id"]}
    assert re.fullmatch("[0-9a-f]{12}", body["id"])


def test_all_mistakes_of_a_request_are_told_at_once(fresh: Runtime) -> None:
    errors = [NotFound("one", field="a"), NotFound("two", field="b")]
    answer = _failing(fresh, ManyErrors(errors)).get("/api/v1/fail")

    assert answer.status_code == 400
    assert [one["message"] for one in answer.get_json()["errors"]] == ["one.", "two."]


@pytest.mark.parametrize("path", ["/fail", "/api/v1/fail"])
@pytest.mark.parametrize("error", [RuntimeError(SECRET), StoreAway(SECRET), QueueAway(SECRET)])
def test_an_error_of_ours_tells_nothing_but_a_number(
    fresh: Runtime, error: Exception, path: str
) -> None:
    answer = _failing(fresh, error).get(path)

    assert answer.status_code == (500 if isinstance(error, RuntimeError) else 503)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert re.search(r"\b[0-9a-f]{12}\b", answer.text)


def test_when_the_facts_are_away_the_answer_says_when_to_come_back(fresh: Runtime) -> None:
    answer = _failing(fresh, StoreAway("gone")).get("/fail")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_missing_address_is_a_problem_page_for_a_stranger_too(stranger: Browser) -> None:
    answer = stranger.get("/nowhere")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_a_wrong_method_names_the_right_ones(admin: Browser) -> None:
    answer = admin.client.delete("/loads")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_too_large_a_body_is_refused(browser: Browser) -> None:
    answer = browser.send("/sign-in", {"name": "x" * 1_100_000}, Origin="http://localhost")

    assert answer.status_code == 413


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io"])
def test_another_host_name_is_refused(app: Flask, host: str) -> None:
    """A site that points its name at this machine would else be of our origin."""
    answer = app.test_client().get("/sign-in", base_url=f"http://{host}")

    assert answer.status_code == 400
    assert "name=" not in answer.text


def test_a_broken_language_is_refused_with_those_there_are(browser: Browser) -> None:
    browser.sign_in(ADMIN)
    answer = browser.get("/account?lang=klingon")

    assert answer.status_code == 400
    assert "klingon" in answer.text
    assert "<code>zh</code>" in answer.text


def test_figures_that_are_being_put_right_are_not_given_and_it_is_said_why(
    flights: Runtime,
) -> None:
    error = StoreAway("rows of departures were found damaged", code="under_repair")
    browser = _failing(flights, error)

    page = browser.get("/fail")
    program = browser.get("/api/v1/fail")

    assert (page.status_code, program.status_code) == (503, 503)
    assert "being put back from their sources" in page.text
    assert program.get_json()["error"]["code"] == "under_repair"


def test_a_number_that_nothing_can_have_is_not_there(admin: Browser, app: Flask) -> None:
    """At every address with a number in it, whatever it is of."""
    found = {}
    for method, ask in (("GET", admin.get), ("POST", admin.post)):
        for rule in rules(app, method):
            if "<int:" in rule.rule:
                path = re.sub("<int:[a-z]+>", str(2**63), rule.rule)
                filled = re.sub("<[a-z:]+>", "departures", path)
                found[method, filled] = ask(filled).status_code

    assert {one: status for one, status in found.items() if status not in (404, 405)} == {}
    assert len(found) > 25
