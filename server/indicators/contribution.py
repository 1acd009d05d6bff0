"""PURE: which members made a figure change, in parts that add up exactly.

A sum changes by the changes of its members. A ratio R = Σn/Σd changes in two ways for each member
with share v = d/Σd and ratio r = n/d:

    mix  = (v1 - v0)(r0 - R0)      its share of the whole moved
    rate = v1(r1 - r0)             its own ratio moved

Σ(mix + rate) = R1 - R0 without a rest, because Σ(v1 - v0) = 0. A member that is there on one side
only has no ratio on the other; its mix is taken with the ratio it has, and its rate is 0. A
numerator without a denominator moves the ratio by n/Σd, which counts as rate.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Generic, TypeVar

from server.indicators.absence import Absence

Member = TypeVar("Member", bound=Hashable)
_NOTHING = Fraction(0)


class Presence(StrEnum):
    """On which sides of a comparison a member is there."""

    BOTH = "both"
    ENTERED = "entered"
    LEFT = "left"


@dataclass(frozen=True)
class Contribution(Generic[Member]):
    """What one member adds to the change of a sum."""

    member: Member
    amount: Fraction
    presence: Presence


@dataclass(frozen=True)
class Parts:
    """The two sums of which a member's ratio is made."""

    numerator: Fraction
    denominator: Fraction


@dataclass(frozen=True)
class RatioContribution(Generic[Member]):
    """What one member adds to the change of a ratio."""

    member: Member
    mix: Fraction
    rate: Fraction
    presence: Presence

    @property
    def amount(self) -> Fraction:
        """Mix and rate together."""
        return self.mix + self.rate


@dataclass(frozen=True)
class RatioSplit(Generic[Member]):
    """The change of a ratio, split over its members."""

    before: Fraction
    now: Fraction
    members: tuple[RatioContribution[Member], ...]

    @property
    def mix(self) -> Fraction:
        """The part of the change that comes from moved shares."""
        return sum((one.mix for one in self.members), _NOTHING)

    @property
    def rate(self) -> Fraction:
        """The part of the change that comes from moved ratios."""
        return sum((one.rate for one in self.members), _NOTHING)


def split_sum(
    now: Mapping[Member, Fraction], before: Mapping[Member, Fraction]
) -> tuple[Contribution[Member], ...]:
    """The change of a sum by member: those of now first, then those that left."""
    return tuple(
        Contribution(member, now.get(member, _NOTHING) - before.get(member, _NOTHING), presence)
        for member, presence in presences(now, before)
    )


def split_ratio(
    now: Mapping[Member, Parts], before: Mapping[Member, Parts]
) -> RatioSplit[Member] | Absence:
    """The change of a ratio by member; a whole without a denominator cannot be split."""
    now_whole, before_whole = _whole(now), _whole(before)
    if now_whole.denominator == 0 or before_whole.denominator == 0:
        return Absence.ZERO_DENOMINATOR
    level = before_whole.numerator / before_whole.denominator
    contributions = []
    for member, presence in presences(now, before):
        new = _side(now.get(member), now_whole.denominator)
        old = _side(before.get(member), before_whole.denominator)
        mix, rate = _mix_and_rate(new, old, level)
        contributions.append(RatioContribution(member, mix, rate, presence))
    return RatioSplit(level, now_whole.numerator / now_whole.denominator, tuple(contributions))


def presences(
    now: Mapping[Member, object], before: Mapping[Member, object]
) -> Iterator[tuple[Member, Presence]]:
    """Every member with the sides that it is on: those of now first, then those that left."""
    for member in now:
        yield member, Presence.BOTH if member in before else Presence.ENTERED
    for member in before:
        if member not in now:
            yield member, Presence.LEFT


@dataclass(frozen=True)
class _Side:
    """One member on one side: its share, its ratio if it has one, its numerator beyond a ratio."""

    share: Fraction
    ratio: Fraction | None
    loose: Fraction  # part of the whole ratio that comes from a numerator without a denominator


def _side(parts: Parts | None, whole: Fraction) -> _Side:
    if parts is None:
        return _Side(_NOTHING, None, _NOTHING)
    if parts.denominator == 0:
        return _Side(_NOTHING, None, parts.numerator / whole)
    return _Side(parts.denominator / whole, parts.numerator / parts.denominator, _NOTHING)


def _mix_and_rate(new: _Side, old: _Side, level: Fraction) -> tuple[Fraction, Fraction]:
    loose = new.loose - old.loose
    ratio = old.ratio if old.ratio is not None else new.ratio
    if ratio is None:
        return _NOTHING, loose
    mix = (new.share - old.share) * (ratio - level)
    rate = new.share * (new.ratio - ratio) if new.ratio is not None else _NOTHING
    return mix, rate + loose


def _whole(members: Mapping[Member, Parts]) -> Parts:
    return Parts(
        sum((parts.numerator for parts in members.values()), _NOTHING),
        sum((parts.denominator for parts in members.values()), _NOTHING),
    )
