"""A browser is called as people call it, whatever it says of itself."""

import pytest
from flask import Flask

from web.browsers import browser_words

_LIKE = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64) {_LIKE} Chrome/126 Safari/537.36 Edg/126", "Edge"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64) {_LIKE} Chrome/126 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox"),
    ],
)
def test_a_browser_and_its_system_are_named(app: Flask, agent: str, words: str) -> None:
    with app.test_request_context("/?lang=en"):
        assert browser_words(agent) == f"{words} on Windows"


def test_they_are_named_in_chinese(app: Flask) -> None:
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1"
    with app.test_request_context("/?lang=zh"):
        assert browser_words(phone) == "iPhone 上的 Safari"
        assert browser_words("") == "未知浏览器"


def test_what_is_no_browser_stays_as_it_calls_itself(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        assert browser_words("curl/8.5.0") == "curl/8.5.0"
