"""Sessions: cookies, how long they live, and that reading a page writes nothing."""

from flask import Flask

from server.metadata.session import Metadata
from server.runtime import Runtime
from tests.web.people import ADMIN, Browser, Clock
from web.background import EXTENSION, LastUsed


def _collector(app: Flask) -> LastUsed:
    found: LastUsed = app.extensions[EXTENSION]
    return found


def test_on_plain_http_the_cookie_is_closed_to_scripts_and_other_sites(browser: Browser) -> None:
    answer = browser.sign_in(ADMIN)

    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("sid="))
    marks = {part.strip() for part in cookie.split(";")[1:]}
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= marks
    assert "Secure" not in marks
    assert not any(mark.startswith("Domain") for mark in marks)


def test_on_https_the_cookie_is_bound_to_this_host(fresh_app: Flask) -> None:
    answer = Browser(fresh_app, secure=True).sign_in(ADMIN)

    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if "sid=" in c)
    marks = {part.strip() for part in cookie.split(";")[1:]}
    assert cookie.startswith("__Host-sid=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= marks


def test_the_token_of_the_cookie_is_nowhere_in_the_metadata(
    browser: Browser, fresh: Runtime
) -> None:
    from server.metadata.sign_in import list_sessions
    from server.metadata.users import named_user

    browser.sign_in(ADMIN)
    with fresh.metadata.read() as reading:
        session = list_sessions(reading, named_user(reading, ADMIN), fresh.clock())[0]

    assert browser.cookies()["sid"] not in repr(session)


def test_a_session_ends_after_half_an_hour_without_use(
    browser: Browser, fresh_app: Flask, clock: Clock
) -> None:
    browser.sign_in(ADMIN)
    _collector(fresh_app).write()
    clock.pass_by(minutes=30)

    assert not browser.is_signed_in()


def test_use_keeps_a_session_alive(browser: Browser, fresh_app: Flask, clock: Clock) -> None:
    browser.sign_in(ADMIN)
    for _ in range(4):
        clock.pass_by(minutes=29)
        assert browser.is_signed_in()
        _collector(fresh_app).write()


def test_no_session_lives_longer_than_half_a_day(
    browser: Browser, fresh_app: Flask, clock: Clock
) -> None:
    browser.sign_in(ADMIN)
    for _ in range(35):
        clock.pass_by(minutes=20)
        assert browser.is_signed_in()
        _collector(fresh_app).write()
    clock.pass_by(minutes=20)  # 12 hours

    assert not browser.is_signed_in()


def test_reading_a_page_writes_nothing_by_itself(browser: Browser, fresh_app: Flask) -> None:
    """Only the background writer notes the use, later."""
    browser.sign_in(ADMIN)
    before = _changes(fresh_app)

    for path in ("/account", "/loads", "/indicators", "/find?q=a"):
        assert browser.get(path).status_code == 200

    assert _changes(fresh_app) == before


def _changes(app: Flask) -> list[tuple[object, ...]]:
    """Everything about sessions and users that the metadata holds."""
    from server.metadata.sign_in import list_sessions
    from server.metadata.users import list_users
    from web.visitor import EXTENSION as RUNTIME

    runtime: Runtime = app.extensions[RUNTIME]
    metadata: Metadata = runtime.metadata
    with metadata.read() as reading:
        users = list_users(reading)
        return [
            (user, session)
            for user in users
            for session in list_sessions(reading, user, runtime.clock())
        ]
