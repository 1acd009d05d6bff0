"""Counts the questions that both engines were asked, and tells them at the end of the run."""

from collections import Counter
from collections.abc import Iterable

import pytest

COUNTED = "questions asked"
_asked: Counter[str] = Counter()


def count(words: Iterable[str]) -> None:
    """Note one question by what it has."""
    _asked.update(words)


def told(found: Counter[str]) -> str:
    """The counts as a sentence, the most frequent first."""
    return ", ".join(f"{word} {number:,}" for word, number in found.most_common())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterable[None]:
    """Send what a test has counted along with its report, from whichever process."""
    _asked.clear()
    try:
        return (yield)
    finally:
        if _asked:
            item.user_properties.append((COUNTED, dict(_asked)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell them."""
    found: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            is_call = getattr(report, "when", "") == "call"
            for name, counted in report.user_properties if is_call else ():
                if name == COUNTED:
                    found.update(counted)
    if found:
        terminalreporter.write_sep("-", COUNTED)
        terminalreporter.write_line(told(found))
