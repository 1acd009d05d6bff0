"""PURE: the canonical form of a figure, by which it can be replayed later to the same value."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from server.indicators.absence import Absence, Figure
from server.indicators.rounding import exact_text, round_half_even
from server.indicators.scoring import SCORER_VERSION


@dataclass(frozen=True)
class Receipt:
    """Everything that a figure depended on, and the figure."""

    indicator: str
    definition_version: int
    slice: str
    period: str
    snapshot: int
    as_of_model: int
    policy_version: int
    figure: Figure
    decimals: int
    scorer_version: int = SCORER_VERSION

    @property
    def document(self) -> dict[str, object]:
        """The receipt as plain values, sealed by the hash of its canonical form."""
        body: dict[str, object] = {
            "indicator": self.indicator,
            "definition_version": self.definition_version,
            "slice": self.slice,
            "period": self.period,
            "snapshot": self.snapshot,
            "as_of_model": self.as_of_model,
            "policy_version": self.policy_version,
            "scorer_version": self.scorer_version,
            **written_figure(self.figure, self.decimals),
        }
        return {**body, "sha256": seal(body)}


def written_figure(figure: Figure, decimals: int) -> dict[str, str]:
    """A figure as texts: rounded and exact, or the reason for which there is none."""
    if isinstance(figure, Absence):
        return {"absence": str(figure)}
    return {"value": f"{round_half_even(figure, decimals):f}", "exact": exact_text(figure)}


def is_sealed(document: Mapping[str, object]) -> bool:
    """Whether a receipt still says what it said when it was written."""
    body = {key: value for key, value in document.items() if key != "sha256"}
    return document.get("sha256") == seal(body)


def seal(body: Mapping[str, object]) -> str:
    """The hash of the canonical form."""
    return sha256(canonical_json(body).encode()).hexdigest()


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces; binary floats have no canonical form and are refused."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a binary float; write an exact number as text")
    if isinstance(value, Mapping):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
