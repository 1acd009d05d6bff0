"""The headers that every answer carries."""

import pytest
from flask import Flask

from tests.web.people import Browser
from tests.web.routes import address, rules

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def test_every_answer_of_every_route_is_guarded(admin: Browser, app: Flask) -> None:
    for rule in rules(app, "GET"):
        answer = admin.get(address(rule))
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["Content-Security-Policy"].split(";")
        )

        assert policy == POLICY, rule.rule
        assert ALWAYS.items() <= dict(answer.headers).items(), rule.rule
        assert "camera=()" in answer.headers["Permissions-Policy"], rule.rule


def test_no_figure_may_be_kept_by_a_browser_or_a_proxy(admin: Browser, app: Flask) -> None:
    for rule in rules(app, "GET"):
        if rule.endpoint == "static":
            continue
        answer = admin.get(address(rule))

        kept = "private, no-cache" if "ETag" in answer.headers else "no-store"
        assert answer.headers["Cache-Control"] == kept, rule.rule
        assert {"Cookie", "HX-Request", "HX-Request-Type"} <= set(answer.vary), rule.rule


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/scorecards/nowhere"])
def test_a_problem_is_guarded_too(admin: Browser, path: str) -> None:
    answer = admin.get(path)

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_static_file_may_be_kept_for_as_long_as_its_address_names_its_content(
    stranger: Browser,
) -> None:
    page = stranger.get("/sign-in").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]

    named, unnamed = stranger.get(address), stranger.get("/static/tokens.css")

    assert "immutable" in named.headers["Cache-Control"]
    assert "no-cache" in unnamed.headers["Cache-Control"]


def test_browsers_are_told_to_stay_on_https_only_over_https(fresh_app: Flask) -> None:
    plain, secure = Browser(fresh_app), Browser(fresh_app, secure=True)

    assert "Strict-Transport-Security" not in plain.get("/sign-in").headers
    assert "max-age=63072000" in secure.get("/sign-in").headers["Strict-Transport-Security"]
