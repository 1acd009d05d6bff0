"""Signing in by password, and out."""

import pytest
from flask import Flask

from server.runtime import Runtime
from tests.web.people import ADMIN, PASSWORD, Browser, Clock


def test_the_right_password_opens_the_first_screen(browser: Browser) -> None:
    answer = browser.sign_in(ADMIN)

    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.is_signed_in()


def test_a_wrong_password_opens_nothing(browser: Browser) -> None:
    answer = browser.sign_in(ADMIN, "wrong horse battery")

    assert answer.status_code == 422
    assert "do not belong together" in answer.text
    assert not browser.is_signed_in()


def test_an_unknown_name_is_answered_like_a_wrong_password(browser: Browser) -> None:
    unknown = browser.sign_in("nobody", PASSWORD)
    wrong = browser.sign_in(ADMIN, "wrong horse battery")

    assert (unknown.status_code, unknown.text.replace("nobody", ADMIN)) == (422, wrong.text)


def test_signing_in_brings_the_person_back_to_the_page_they_wanted(browser: Browser) -> None:
    asked = browser.get("/indicators?q=delay")
    assert asked.location == "/sign-in?next=/indicators%3Fq%3Ddelay"

    answer = browser.post("/sign-in", name=ADMIN, password=PASSWORD, next="/indicators?q=delay")

    assert answer.location == "/indicators?q=delay"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\nb"],
)
def test_signing_in_never_leads_to_another_site(browser: Browser, elsewhere: str) -> None:
    answer = browser.post("/sign-in", name=ADMIN, password=PASSWORD, next=elsewhere)

    assert answer.location == "/"


def test_the_session_has_a_new_id_after_every_sign_in(browser: Browser) -> None:
    browser.sign_in(ADMIN)
    first = browser.cookies()["sid"]

    browser.sign_in(ADMIN)

    assert browser.cookies()["sid"] != first


def test_the_id_from_before_the_sign_in_is_dead(browser: Browser, fresh_app: Flask) -> None:
    browser.sign_in(ADMIN)
    before = browser.cookies()["sid"]
    browser.sign_in(ADMIN)
    thief = Browser(fresh_app)
    thief.client.set_cookie("sid", before)

    assert not thief.is_signed_in()


def test_signing_out_ends_the_session_on_the_server(browser: Browser, fresh_app: Flask) -> None:
    browser.sign_in(ADMIN)
    kept = browser.cookies()["sid"]

    answer = browser.post("/sign-out")

    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert "sid" not in browser.cookies()
    thief = Browser(fresh_app)
    thief.client.set_cookie("sid", kept)
    assert not thief.is_signed_in()


def test_failures_make_the_next_attempt_wait_longer_each_time(
    browser: Browser, clock: Clock
) -> None:
    for _ in range(3):
        assert browser.sign_in(ADMIN, "wrong horse battery").status_code == 422
    assert browser.sign_in(ADMIN).status_code == 429  # 1 s to wait

    clock.pass_by(seconds=1)
    assert browser.sign_in(ADMIN, "wrong horse battery").status_code == 422
    clock.pass_by(seconds=1)
    assert "in 1 second" in browser.sign_in(ADMIN).text  # of 2 s

    clock.pass_by(seconds=1)
    assert browser.sign_in(ADMIN).status_code == 303


def test_nobody_is_locked_out_for_good(browser: Browser, clock: Clock) -> None:
    for _ in range(40):
        browser.sign_in(ADMIN, "wrong horse battery")
        clock.pass_by(minutes=5)

    assert browser.sign_in(ADMIN).status_code == 303


def test_the_failures_of_one_name_do_not_stop_another(browser: Browser) -> None:
    for _ in range(5):
        browser.sign_in("nobody", "wrong horse battery")

    assert browser.sign_in(ADMIN).status_code == 303


def test_a_person_who_was_put_out_cannot_sign_in_nor_go_on(
    browser: Browser, fresh: Runtime
) -> None:
    from server.metadata.users import named_user, set_rights

    browser.sign_in(ADMIN)
    with fresh.metadata.write() as writing:
        set_rights(writing, named_user(writing, ADMIN).id, is_active=False)

    assert not browser.is_signed_in()
    assert browser.sign_in(ADMIN).status_code == 422
