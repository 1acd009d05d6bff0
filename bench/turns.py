"""Measures several ways to do the same in turns, so that whatever else runs hits all alike."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from math import exp, log
from typing import Any

Work = Callable[[], Any]


def in_turns(works: Sequence[Work], turns: int) -> list[list[float]]:
    """The seconds of every work in every turn; each turn begins with another work."""
    times: list[list[float]] = [[] for _ in works]
    for turn in range(turns):
        for step in range(len(works)):
            side = (turn + step) % len(works)
            began = time.perf_counter()
            works[side]()
            times[side].append(time.perf_counter() - began)
    return times


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios turn by turn: a disturbed turn moves it little."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def geometric_mean(ratios: Iterable[float]) -> float:
    """The mean of ratios."""
    return exp(statistics.fmean(map(log, ratios)))


def milliseconds(times: Iterable[float]) -> float:
    """Their median, in milliseconds."""
    return 1000 * statistics.median(times)
