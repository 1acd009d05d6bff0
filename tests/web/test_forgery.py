"""Requests that another site made a browser send change nothing."""

import pytest
from flask import Flask

from tests.web.people import ADMIN, PASSWORD, Browser
from tests.web.routes import address, is_of_programs, rules


def _accepted(browser: Browser, **headers: str) -> int:
    fields = {"theme": "dark", "csrf_token": browser.token()}
    return browser.send("/account/preferences", fields, **headers).status_code


def test_a_form_of_ours_is_accepted(browser: Browser) -> None:
    browser.sign_in(ADMIN)

    assert _accepted(browser, Origin="http://localhost") == 303


def test_the_token_may_come_in_the_header_that_htmx_sends(browser: Browser) -> None:
    browser.sign_in(ADMIN)
    headers = {"X-CSRF-Token": browser.token(), "Origin": "http://localhost"}

    assert browser.send("/account/preferences", {"theme": "dark"}, **headers).status_code == 303


def test_every_route_that_changes_something_refuses_a_form_without_a_token(
    admin: Browser, app: Flask
) -> None:
    changing = [rule for rule in rules(app, "POST") if not is_of_programs(rule.rule)]
    refused = {
        rule.rule: admin.send(address(rule), {}, Origin="http://localhost").status_code
        for rule in changing
    }

    assert len(refused) >= 6
    assert set(refused.values()) == {403}


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://localhost", "http://localhost:8081"]
)
def test_a_foreign_origin_is_refused_even_with_the_token(browser: Browser, origin: str) -> None:
    browser.sign_in(ADMIN)

    assert _accepted(browser, Origin=origin) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_browser_that_says_cross_site_is_refused(browser: Browser, site: str) -> None:
    browser.sign_in(ADMIN)

    assert _accepted(browser, **{"Sec-Fetch-Site": site}) == 403


def test_a_token_of_another_session_is_refused(fresh_app: Flask) -> None:
    mine, other = Browser(fresh_app), Browser(fresh_app)
    mine.sign_in(ADMIN)
    other.sign_in("vic")
    fields = {"theme": "dark", "csrf_token": other.token()}

    answer = mine.send("/account/preferences", fields, Origin="http://localhost")

    assert answer.status_code == 403
    assert "out of date" in answer.text


def test_signing_in_needs_the_token_of_this_browser(fresh_app: Flask) -> None:
    """Else a stranger could sign a victim in as himself."""
    mine, other = Browser(fresh_app), Browser(fresh_app)
    mine.token()
    fields = {"name": ADMIN, "password": PASSWORD, "csrf_token": other.token()}

    assert mine.send("/sign-in", fields, Origin="http://localhost").status_code == 403


def test_a_token_from_before_the_sign_in_is_worth_nothing_after_it(browser: Browser) -> None:
    before = browser.token()
    browser.sign_in(ADMIN)
    fields = {"theme": "dark", "csrf_token": before}

    answer = browser.send("/account/preferences", fields, Origin="http://localhost")

    assert answer.status_code == 403
