"""The dictionary, the palette, health and the account's own small things."""

import pytest

from tests.web.people import ADMIN, PASSWORD, Browser
from tests.web.screens import found_in, links, screen, texts


def test_the_dictionary_finds_by_any_word_in_either_language(admin: Browser) -> None:
    for wanted in ("departed daniel", "取消", "CANCELLATIONS"):
        names = texts(screen(admin.get(f"/indicators?q={wanted}")), ".entries h2")
        assert "Cancellations %" in names, wanted


def test_the_dictionary_says_when_nothing_fits(admin: Browser) -> None:
    assert "No indicator fits" in admin.get("/indicators?q=xylophone").text


def test_what_was_looked_for_is_shown_as_text(admin: Browser) -> None:
    answer = admin.get("/indicators?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")

    assert "<script>alert" not in answer.text


def test_the_palette_finds_indicators_periods_and_screens(admin: Browser) -> None:
    def found(words: str) -> list[str]:
        return links(screen(admin.ask(f"/find?q={words}", target="found")), "a")

    assert found("severe") == ["/indicators/severe_delays"]
    assert found("2013-q3")[0] == "/scorecards/punctuality?period=2013-Q3"
    assert "/loads" in found("load")


def test_the_palette_names_no_screen_that_the_person_may_not_open(analyst: Browser) -> None:
    page = screen(analyst.ask("/find?q=load", target="found"))

    assert "/loads" not in links(page, "a")


def test_the_palette_is_a_page_of_its_own_without_script(admin: Browser) -> None:
    assert admin.get("/find?q=severe").text.lstrip().startswith("<!doctype html>")


def test_preferences_are_kept_and_shown(browser: Browser) -> None:
    browser.sign_in(ADMIN)

    answer = browser.post("/account/preferences", theme="dark", density="compact", language="")

    assert answer.location == "/account?notice=saved"
    page = browser.get("/account?notice=saved").text
    assert 'data-theme="dark" data-density="compact"' in page
    assert "Your preferences are saved." in page


def test_a_preference_that_there_is_not_is_refused(browser: Browser) -> None:
    browser.sign_in(ADMIN)

    assert browser.post("/account/preferences", theme="neon").status_code == 400
    assert "data-theme" not in browser.get("/account").text


def test_a_new_password_needs_the_present_one(browser: Browser) -> None:
    browser.sign_in(ADMIN)
    new = "another long password"

    assert browser.post("/account/password", present="wrong", new=new).status_code == 422
    answer = browser.post("/account/password", present=PASSWORD, new=new)

    assert answer.location == "/account?notice=password"
    assert browser.is_signed_in()
    assert browser.sign_in(ADMIN).status_code == 422
    assert browser.sign_in(ADMIN, new).status_code == 303


@pytest.mark.parametrize("new", ["short", "x" * 129])
def test_a_password_of_the_wrong_length_changes_nothing(browser: Browser, new: str) -> None:
    browser.sign_in(ADMIN)

    assert browser.post("/account/password", present=PASSWORD, new=new).status_code == 400
    assert browser.sign_in(ADMIN).status_code == 303


def test_another_session_can_be_ended_and_only_ones_own(browser: Browser) -> None:
    other = Browser(browser.client.application)
    stranger = Browser(browser.client.application)
    for who, name in ((browser, ADMIN), (other, ADMIN), (stranger, "vic")):
        who.sign_in(name)
    ends = _ends(browser)
    assert len(ends) == 1

    assert stranger.post(ends[0]).status_code == 404
    assert other.is_signed_in()
    assert browser.post(ends[0]).status_code == 303
    assert not other.is_signed_in()
    assert browser.is_signed_in()


def _ends(browser: Browser) -> list[str]:
    forms = found_in(screen(browser.get("/account")), "form[action*=/sessions/]")
    return [form.get("action") or "" for form in forms]


def test_health_says_nothing_and_needs_nobody(stranger: Browser) -> None:
    answer = stranger.get("/healthz")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})


def test_readiness_names_what_does_not_answer(stranger: Browser) -> None:
    """The tests start no Redis: the queue is away, the metadata answer."""
    answer = stranger.get("/readyz")

    assert (answer.status_code, answer.get_json()) == (503, {"status": "away", "away": ["queue"]})
