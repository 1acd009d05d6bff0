"""Reading our pages as a person would: by their words, tables and links."""

import re

from lxml import html
from lxml.html import HtmlElement
from werkzeug.test import TestResponse


def screen(answer: TestResponse) -> HtmlElement:
    """The page of an answer that went well."""
    assert answer.status_code == 200, answer.text[:500]
    return html.fromstring(answer.text)


def texts(element: HtmlElement, selector: str) -> list[str]:
    """The words of every element that fits, in order, with single spaces."""
    return [words(found) for found in found_in(element, selector)]


def words(element: HtmlElement) -> str:
    """The words of an element."""
    return " ".join(element.text_content().split())


def row_of(element: HtmlElement, selector: str, name: str) -> list[str]:
    """The cells of the row that begins with a name."""
    for row in found_in(element, f"{selector} tr"):
        cells = [words(cell) for cell in row if cell.tag in ("th", "td")]
        if cells and cells[0].startswith(name):
            return cells
    raise AssertionError(f"no row begins with {name!r}")


def links(element: HtmlElement, selector: str) -> list[str]:
    """Where the links that fit lead."""
    return [found.get("href") or "" for found in found_in(element, selector)]


def found_in(element: HtmlElement, selector: str) -> list[HtmlElement]:
    """What fits a selector of tags, `#id`, `.class`, `[attribute]`, `[attribute*=text]`."""
    path = "".join(f"//{_step(part)}" for part in selector.split())
    found = element.xpath(f".{path}")
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, HtmlElement)]


def _step(part: str) -> str:
    tag = re.match(r"[a-z0-9]*", part)
    tests = [
        _test(mark, name, text)
        for mark, name, text in re.findall(r"([.#\[])([\w-]+)(?:\*=([^\]]+))?", part)
    ]
    return (tag[0] if tag and tag[0] else "*") + "".join(tests)


def _test(mark: str, name: str, text: str) -> str:
    if mark == "#":
        return f"[@id='{name}']"
    if mark == ".":
        return f"[contains(concat(' ', @class, ' '), ' {name} ')]"
    return f"[contains(@{name}, '{text}')]" if text else f"[@{name}]"
