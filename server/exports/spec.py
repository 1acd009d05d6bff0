"""What is to be exported, as plain data that a row keeps: a scorecard, a slice or facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from server.errors import InvalidInput
from server.periods import Period
from server.scorecards.slicing import NO_CUTS, Cuts, path_text, read_path
from server.snapshot import AsOf, AsOfModel, parse_as_of, parse_as_of_model

Kind = Literal["scorecard", "slice", "facts"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FORMATS = ("csv", "xlsx", "pdf", "png", "parquet")
LANGUAGES = ("en", "zh")
_MOMENTS = ("as_of", "as_of_model")


@dataclass(frozen=True)
class ExportSpec:
    """One thing to export; `period` None means the last full month when it is made."""

    kind: Kind
    name: str  # code of the scorecard, name of the cube
    format: str
    language: str = "en"
    period: str | None = None  # of a scorecard
    cuts: Cuts = NO_CUTS  # of a scorecard
    query: tuple[tuple[str, str], ...] = ()  # of a slice or facts, as its URL says it
    as_of: str | None = None  # of a scorecard; a slice says it in its query
    as_of_model: str | None = None  # likewise
    like_for_like: bool = False  # of a scorecard: comparisons of those who are on both sides

    @property
    def moment(self) -> AsOf | None:
        """When what is exported was known; None: when it is made."""
        told = self.told("as_of")
        return parse_as_of(told) if told else None

    @property
    def model_moment(self) -> AsOfModel | None:
        """By which definitions it is exported; None: those in force when it is made."""
        told = self.told("as_of_model")
        return parse_as_of_model(told) if told else None

    def as_of_now(self) -> "ExportSpec":
        """The same export of what is known, and how it is defined, when it is made."""
        query = tuple(pair for pair in self.query if pair[0] not in _MOMENTS)
        return replace(self, query=query, as_of=None, as_of_model=None)

    def as_known(self, moment: AsOf | None, model: AsOfModel | None = None) -> "ExportSpec":
        """The same export of what was known at a moment, by the definitions of another."""
        now = self.as_of_now()
        told = {
            name: one.isoformat() if isinstance(one, datetime) else str(one)
            for name, one in zip(_MOMENTS, (moment, model), strict=True)
            if one is not None
        }
        if self.kind == "scorecard":
            return replace(now, as_of=told.get("as_of"), as_of_model=told.get("as_of_model"))
        return replace(now, query=(*now.query, *told.items()))

    def told(self, name: str) -> str | None:
        """What the export says of one of its moments, `as_of` or `as_of_model`."""
        found = getattr(self, name) if self.kind == "scorecard" else dict(self.query).get(name)
        return str(found) if found else None

    def as_mapping(self) -> dict[str, Any]:
        """The form that is kept; equal specs give equal forms."""
        kept: dict[str, Any] = {
            "kind": self.kind,
            "name": self.name,
            "format": self.format,
            "language": self.language,
        }
        if self.kind == "scorecard":
            kept["period"] = self.period
            kept["cuts"] = [[name, path_text(path)] for name, path in self.cuts.paths]
            kept |= {name: told for name in _MOMENTS if (told := self.told(name))}
            kept |= {"like_for_like": True} if self.like_for_like else {}
        else:
            kept["query"] = [list(pair) for pair in self.query]
        return kept


def read_spec(kept: Mapping[str, Any]) -> ExportSpec:
    """Read what `as_mapping` writes, or what a program sends.

    Raises:
        InvalidInput: the kind, format, language or period is none of those that exist.
    """
    kind = kept.get("kind")
    if kind not in KINDS:
        raise _unknown("kind", kind, KINDS)
    name = kept.get("name")
    if not isinstance(name, str) or not name:
        raise InvalidInput("An export names a scorecard or a cube.", field="name")
    period = kept.get("period")
    spec = ExportSpec(
        kind=kind,
        name=name,
        format=checked_format(kept.get("format")),
        language=_language(kept.get("language", "en")),
        period=str(Period.parse(str(period))) if period else None,
        cuts=Cuts.of({str(one[0]): read_path(str(one[1])) for one in _pairs(kept, "cuts")}),
        query=tuple((str(one[0]), str(one[1])) for one in _pairs(kept, "query")),
        as_of=str(kept["as_of"]) if kept.get("as_of") else None,
        as_of_model=str(kept["as_of_model"]) if kept.get("as_of_model") else None,
        like_for_like=kept.get("like_for_like") is True,
    )
    _ = spec.moment, spec.model_moment  # told now, not when the file is made
    return spec


def checked_format(asked: object) -> str:
    """A format that exists."""
    if asked not in FORMATS:
        raise _unknown("format", asked, FORMATS)
    return str(asked)


def _language(asked: object) -> str:
    if asked not in LANGUAGES:
        raise _unknown("language", asked, LANGUAGES)
    return str(asked)


def _pairs(kept: Mapping[str, Any], name: str) -> Sequence[Sequence[Any]]:
    found = kept.get(name) or ()
    if not isinstance(found, list | tuple) or not all(
        isinstance(one, list | tuple) and len(one) == 2 for one in found
    ):
        raise InvalidInput(f"{name} is a list of pairs.", field=name)
    return found


def _unknown(field: str, asked: object, allowed: Sequence[str]) -> InvalidInput:
    return InvalidInput(
        f"There is no {field} {str(asked)[:60]!r}; there are {', '.join(allowed)}.",
        field=field,
        allowed=allowed,
    )
