"""Tells the seed, with which a run can be repeated."""

import os
import sys

import pytest

from tests.chaos.scale import SEED, scale


def pytest_report_header() -> str:
    """Shown at the start of a run of this folder."""
    return _words()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shown at its end, also where the start is kept quiet."""
    if "not harness" not in terminalreporter.config.option.markexpr:
        terminalreporter.write_line(_words())


@pytest.fixture(autouse=True)
def seed_is_told() -> None:
    """Shown with whatever a failed test wrote."""
    sys.stdout.write(f"CHAOS_SEED={SEED} repeats this\n")


def _words() -> str:
    return f"chaos: CHAOS_SEED={SEED} CHAOS_THIRD={os.environ.get('CHAOS_THIRD', 0)}, {scale()}"
