"""PURE: the change of an indicator, split over members into volume, mix and rate.

The parts of all members add up exactly to the change. Of a sum A = Σ d·r, where d is how much of
something a member has (facts, say) and r = A/d what each brings:

    volume = (D1 - D0) v0 r0      the whole grew, the member with it
    mix    = D1 (v1 - v0) r0      the member's share v = d/D of the whole moved
    rate   = D1 v1 (r1 - r0)      each brings more or less

which add up to the member's own change too. Without such a d everything is volume. Of a ratio see
`contribution`: there is no volume. A formula of several terms adds the parts of its terms up.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

from server.indicators.absence import Absence, Figure, strongest
from server.indicators.contribution import (
    Parts,
    Presence,
    RatioSplit,
    presences,
    split_ratio,
    split_sum,
)
from server.indicators.formula import Formula
from server.indicators.linear import Linear, Ratio, Weights, linear_of, total_of

Member = TypeVar("Member", bound=Hashable)
Side = Mapping[Member, Mapping[str, Figure]]
_Exact = Mapping[Member, Mapping[str, Fraction]]
_NOTHING = Fraction(0)


@dataclass(frozen=True)
class Part(Generic[Member]):
    """What one member adds to a change."""

    member: Member
    presence: Presence
    volume: Fraction = _NOTHING
    mix: Fraction = _NOTHING
    rate: Fraction = _NOTHING

    @property
    def amount(self) -> Fraction:
        """Everything that it adds."""
        return self.volume + self.mix + self.rate


@dataclass(frozen=True)
class Split(Generic[Member]):
    """A change with its parts: those of now first, then those that left."""

    before: Fraction
    now: Fraction
    parts: tuple[Part[Member], ...]

    @property
    def change(self) -> Fraction:
        """What the parts add up to."""
        return self.now - self.before

    @property
    def volume(self) -> Fraction:
        """What comes from more or fewer of something."""
        return sum((one.volume for one in self.parts), _NOTHING)

    @property
    def mix(self) -> Fraction:
        """What comes from moved shares."""
        return sum((one.mix for one in self.parts), _NOTHING)

    @property
    def rate(self) -> Fraction:
        """What comes from moved ratios."""
        return sum((one.rate for one in self.parts), _NOTHING)

    @property
    def ranked(self) -> tuple[Part[Member], ...]:
        """The parts, those that weigh most first."""
        return tuple(sorted(self.parts, key=lambda one: (-abs(one.amount), str(one.member))))

    @property
    def concentration(self) -> Fraction:
        """How much the change is the work of few: 0 when all weigh alike, 1 when one does all."""
        weights = [abs(one.amount) for one in self.parts]
        whole, count = sum(weights, _NOTHING), len(weights)
        if not whole or count < 2:
            return _NOTHING
        squares = sum(((one / whole) ** 2 for one in weights), _NOTHING)
        return (squares - Fraction(1, count)) / (1 - Fraction(1, count))


def split_change(
    formula: Formula, now: Side[Member], before: Side[Member], per: str | None = None
) -> Split[Member] | Absence:
    """The change of a formula by member, or why it cannot be split.

    Every name of the formula, and `per`, must add up over members. A member that is missing on a
    side has nothing there; one whose figure is absent makes the whole absent.
    """
    linear = linear_of(formula)
    if linear is None:
        return Absence.NOT_APPLICABLE
    absent = strongest(
        figure for side in (now, before) for one in side.values() for figure in one.values()
    )
    if absent:
        return absent
    return _split(linear, _exact(now), _exact(before), per)


def _split(
    linear: Linear, now: _Exact[Member], before: _Exact[Member], per: str | None
) -> Split[Member] | Absence:
    found = [_of_sum(linear.amount, now, before, per)] if linear.amount else []
    for ratio in linear.ratios:
        one = _of_ratio(ratio, now, before)
        if isinstance(one, Absence):
            return one
        found.append(one)
    presence = dict(presences(now, before))
    parts = {member: Part(member, there) for member, there in presence.items()}
    for split in found:
        for part in split.parts:
            parts[part.member] = _both(parts[part.member], part)
    return Split(
        linear.constant + sum((one.before for one in found), _NOTHING),
        linear.constant + sum((one.now for one in found), _NOTHING),
        tuple(parts.values()),
    )


def _of_sum(
    weights: Weights, now: _Exact[Member], before: _Exact[Member], per: str | None
) -> Split[Member]:
    new = {member: total_of(weights, one) for member, one in now.items()}
    old = {member: total_of(weights, one) for member, one in before.items()}
    sums = sum(old.values(), _NOTHING), sum(new.values(), _NOTHING)
    much, was = _quantities(now, per), _quantities(before, per)
    wholes = sum(was.values(), _NOTHING), sum(much.values(), _NOTHING)
    if per is None or not all(wholes):
        return Split(
            *sums,
            tuple(Part(one.member, one.presence, volume=one.amount) for one in split_sum(new, old)),
        )
    parts = []
    for member, presence in presences(now, before):
        sides = Parts(new.get(member, _NOTHING), much.get(member, _NOTHING))
        earlier = Parts(old.get(member, _NOTHING), was.get(member, _NOTHING))
        parts.append(Part(member, presence, *_amounts(sides, earlier, *wholes)))
    return Split(*sums, tuple(parts))


def _amounts(
    new: Parts, old: Parts, before: Fraction, now: Fraction
) -> tuple[Fraction, Fraction, Fraction]:
    """Volume, mix and rate of one member of a sum; what has no quantity counts as rate."""
    loose = (new.numerator if not new.denominator else _NOTHING) - (
        old.numerator if not old.denominator else _NOTHING
    )
    held = old if old.denominator else new
    if not held.denominator:
        return _NOTHING, _NOTHING, loose
    ratio = held.numerator / held.denominator
    shares = old.denominator / before, new.denominator / now
    volume = (now - before) * shares[0] * ratio
    mix = now * (shares[1] - shares[0]) * ratio
    rate = new.numerator - new.denominator * ratio if new.denominator else _NOTHING
    return volume, mix, rate + loose


def _of_ratio(ratio: Ratio, now: _Exact[Member], before: _Exact[Member]) -> Split[Member] | Absence:
    split = split_ratio(_parts(ratio, now), _parts(ratio, before))
    if not isinstance(split, RatioSplit):
        return split
    return Split(
        split.before * ratio.times,
        split.now * ratio.times,
        tuple(
            Part(one.member, one.presence, mix=one.mix * ratio.times, rate=one.rate * ratio.times)
            for one in split.members
        ),
    )


def _parts(ratio: Ratio, side: _Exact[Member]) -> dict[Member, Parts]:
    return {
        member: Parts(total_of(ratio.numerator, one), total_of(ratio.denominator, one))
        for member, one in side.items()
    }


def _both(left: Part[Member], right: Part[Member]) -> Part[Member]:
    return Part(
        left.member,
        left.presence,
        left.volume + right.volume,
        left.mix + right.mix,
        left.rate + right.rate,
    )


def _quantities(side: _Exact[Member], per: str | None) -> dict[Member, Fraction]:
    return {member: one[per] for member, one in side.items()} if per else {}


def _exact(side: Side[Member]) -> dict[Member, dict[str, Fraction]]:
    return {
        member: {name: one for name, one in figures.items() if isinstance(one, Fraction)}
        for member, figures in side.items()
    }


def most_concentrated(splits: Iterable[tuple[str, Split[Member]]]) -> str | None:
    """The name of the split in which the fewest members did the most; None of none."""
    found = sorted(splits, key=lambda one: (-one[1].concentration, one[0]))
    return found[0][0] if found and found[0][1].concentration else None
