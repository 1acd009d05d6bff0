"""In words: how much of the expected facts has arrived, and of what part a comparison is made."""

from server.arrivals.coverage import Arrival, Coverage
from server.scorecards.comparing import Basis
from web.phrases import gettext, ngettext

MOST_NAMED = 5


def coverage_words(coverage: Coverage | None) -> str:
    """Such as "17 of 20 have arrived; missing: B6, UA"; empty where all has, or nothing expects."""
    if coverage is None or coverage.state is Arrival.WHOLE:
        return ""
    said = gettext(
        "%(arrived)s of %(expected)s have arrived",
        arrived=coverage.arrived,
        expected=coverage.expected,
    )
    missing = [one for one in coverage.missing if one]
    if not missing:
        return said
    named = gettext(", ").join(missing[:MOST_NAMED])
    if len(missing) > MOST_NAMED:
        named = gettext("%(named)s and %(more)s more", named=named, more=len(missing) - MOST_NAMED)
    return gettext("%(said)s; missing: %(named)s", said=said, named=named)


def basis_words(basis: Basis | None) -> str:
    """Of what part of both periods a comparison is made; empty when it is the whole."""
    if basis is None:
        return ""
    if basis.kind == "days":
        return ngettext(
            "partial period: the first %(num)s day of each is compared",
            "partial period: the first %(num)s days of each are compared",
            basis.days,
        )
    if basis.kind == "units":
        return gettext(
            "partial period: the same %(units)s of %(of)s are compared on both sides",
            units=basis.units,
            of=basis.of,
        )
    return gettext(
        "like for like: %(units)s of %(of)s are on both sides", units=basis.units, of=basis.of
    )
