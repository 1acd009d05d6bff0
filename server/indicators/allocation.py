"""PURE: a target split over members so that the parts add up to it exactly.

Four ways: equal or by weight, of the whole or of its increase over what members have now. Parts are
whole multiples of the smallest unit; what rounding leaves over goes to the largest remainders, the
earlier member first when they tie. Locked members keep what they have. Only sums are split; of a
ratio, split the numerator and the denominator.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor

from server.errors import InvalidInput

Parts = dict[str, Fraction]
_ONE = Fraction(1)


def allocate_equally(
    total: Fraction,
    members: Sequence[str],
    *,
    unit: Fraction = _ONE,
    locked: Mapping[str, Fraction] | None = None,
) -> Parts:
    """The same for every member."""
    return allocate_by_weight(total, dict.fromkeys(members, _ONE), unit=unit, locked=locked)


def allocate_by_weight(
    total: Fraction,
    weights: Mapping[str, Fraction],
    *,
    unit: Fraction = _ONE,
    locked: Mapping[str, Fraction] | None = None,
) -> Parts:
    """To each member its weight's share; locked members have their part already."""
    held = dict(locked or {})
    if strangers := sorted(held.keys() - weights.keys()):
        raise _refused(f"{', '.join(strangers)} is locked but not among the members", "locked")
    rest = total - sum(held.values(), Fraction(0))
    free = {member: weight for member, weight in weights.items() if member not in held}
    shared = _largest_remainder(rest, free, unit)
    return {member: held[member] if member in held else shared[member] for member in weights}


def increase_equally(
    total: Fraction,
    present: Mapping[str, Fraction],
    *,
    unit: Fraction = _ONE,
    locked: Sequence[str] = (),
) -> Parts:
    """What members have now, and the same increase for every one that is not locked."""
    return increase_by_weight(
        total, present, dict.fromkeys(present, _ONE), unit=unit, locked=locked
    )


def increase_by_weight(
    total: Fraction,
    present: Mapping[str, Fraction],
    weights: Mapping[str, Fraction],
    *,
    unit: Fraction = _ONE,
    locked: Sequence[str] = (),
) -> Parts:
    """What members have now, and the increase shared by weight among those not locked."""
    if present.keys() != weights.keys():
        raise _refused("every member needs a present part and a weight", "weights")
    increase = total - sum(present.values(), Fraction(0))
    still = dict.fromkeys(locked, Fraction(0))
    added = allocate_by_weight(increase, weights, unit=unit, locked=still)
    return {member: part + added[member] for member, part in present.items()}


def _largest_remainder(total: Fraction, weights: Mapping[str, Fraction], unit: Fraction) -> Parts:
    _check(total, weights, unit)
    if not weights:
        return {}
    sign = -1 if total < 0 else 1  # a loss is shared as a gain would be
    units = abs(total) / unit
    whole = sum(weights.values(), Fraction(0))
    exact = {member: units * weight / whole for member, weight in weights.items()}
    parts = {member: floor(share) for member, share in exact.items()}
    left_over = int(units) - sum(parts.values())
    # Sorting keeps the order of equals, so an earlier member comes first in a tie.
    by_remainder = sorted(exact, key=lambda member: parts[member] - exact[member])
    for member in by_remainder[:left_over]:
        parts[member] += 1
    return {member: sign * count * unit for member, count in parts.items()}


def _check(total: Fraction, weights: Mapping[str, Fraction], unit: Fraction) -> None:
    if unit <= 0:
        raise _refused(f"the smallest unit is {unit}; it must be above 0", "unit")
    if (total / unit).denominator != 1:
        raise _refused(f"{total} is not a whole multiple of the smallest unit {unit}", "total")
    if not weights and total != 0:
        raise _refused(f"{total} is left over and every member is locked", "locked")
    if any(weight < 0 for weight in weights.values()):
        raise _refused("a weight is negative", "weights")
    if weights and not any(weights.values()):
        raise _refused("all weights are 0; one must be above it", "weights")


def _refused(sentence: str, field: str) -> InvalidInput:
    return InvalidInput(f"allocation: {sentence}", field=field)
