"""What a file says of how much has arrived, and of what part comparisons are made."""

from server.arrivals.coverage import Coverage
from server.exports.words import word
from server.scorecards.comparing import Basis

MOST_NAMED = 5


def arrived_facts(coverage: Coverage | None, language: str) -> tuple[tuple[str, str], ...]:
    """How much of what contracts expect has arrived; nothing where no contract expects any."""
    if coverage is None:
        return ()
    said = word("arrived_of", language).format(arrived=coverage.arrived, expected=coverage.expected)
    missing = [one for one in coverage.missing if one]
    if missing:
        more = "…" if len(missing) > MOST_NAMED else ""
        joint = "、" if language == "zh" else ", "
        named = f"{joint.join(missing[:MOST_NAMED])}{more}"
        said += word("missing_from", language).format(named=named)
    return ((word("arrived", language), said),)


def basis_text(basis: Basis | None, language: str) -> str:
    """Of what part of both periods a comparison is made; empty when it is the whole."""
    if basis is None:
        return ""
    name = {"days": "compared_days", "units": "compared_units"}.get(basis.kind, "compared_alike")
    return word(name, language).format(days=basis.days, units=basis.units, of=basis.of)
