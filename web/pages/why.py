"""Why an indicator changed: its change by member, in volume, mix and rate, ranked."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flask import Blueprint, Response, request

from server.access import Permission
from server.indicators.absence import Absence, Figure
from server.indicators.contribution import Presence
from server.indicators.definition import Indicator
from server.indicators.splitting import Part
from server.indicators.trend import Change, change
from server.scorecards.catalogue import read_catalogue
from server.scorecards.charts import Step, bridge_chart
from server.scorecards.contributing import Branch, Row
from server.scorecards.figures import period_point
from server.scorecards.frame import default_period, frame, tables_of
from server.scorecards.why import AGAINST, UNALLOCATED, Subject, Why, why
from web.asking import asked_at, snapshot_at, subject_of
from web.charts import dress
from web.coverage import basis_words
from web.figures import Shown, absent, difference, measured, percent
from web.frame import Link, slice_bar
from web.gate import require
from web.phrases import gettext
from web.place import Place, path_of, read_place, with_query
from web.rendering import render
from web.visitor import person, runtime
from web.words import language, period_words

pages = Blueprint("why", __name__)

MOST_ROWS, MOST_STEPS = 20, 8


@dataclass(frozen=True)
class CauseLine:
    """One member's line, the one of all others, or the total."""

    label: str
    url: str | None
    slicer: str | None
    before: Shown | None
    now: Shown | None
    amount: Shown
    volume: Shown
    mix: Shown
    rate: Shown
    flag: str = ""  # that it is new or gone


@dataclass(frozen=True)
class Lean:
    """A dimension to split by, and how much of the change is the work of few of its members."""

    link: Link
    share: str
    is_suggested: bool


@pages.get("/indicators/<code>/why")
@require(Permission.VIEW)
def show(code: str) -> Response:
    """Show what a change is made of, at the place that the URL says."""
    place, against, by = _read()
    asked = asked_at(place)
    snapshot = snapshot_at(place)
    catalogue = read_catalogue(runtime().metadata, snapshot.definitions)
    indicator = catalogue.indicator(code)
    cube = runtime().cubes.model.cube(indicator.cube)
    tables = tables_of(runtime(), [indicator])
    period = asked.period or default_period(runtime(), snapshot, *tables)
    about = cube.name, period, place.cuts, language(), snapshot, tables
    framed = frame(runtime(), person(), *about)
    subject = Subject(cube, indicator.formula, indicator)
    found = why(runtime(), asked, subject, period, against, snapshot, by)
    telling = _Telling(indicator, found, place.at(period), against)
    return render(
        "why.html",
        indicator=indicator,
        name=indicator.name.in_language(language()),
        subject=subject_of(framed),
        bar=slice_bar(framed, telling.kept(), "why.show", code=code),
        back=place.at(period).link("indicator.show", code=code),
        told=telling,
    )


def _read() -> tuple[Place, str, str | None]:
    against = request.args.get("against") or AGAINST[0]
    return read_place(request), against, request.args.get("by") or None


@dataclass(frozen=True)
class _Telling:
    """Puts a change into words, lines and links."""

    indicator: Indicator
    found: Why
    place: Place
    against: str

    @property
    def branch(self) -> Branch | None:
        """The parts, if there are any."""
        return self.found.branch if isinstance(self.found.branch, Branch) else None

    @property
    def basis(self) -> str:
        """Of what part of both sides it is."""
        return basis_words(self.found.basis)

    @property
    def reason(self) -> Shown | None:
        """Why there are no parts."""
        return absent(self.found.branch) if isinstance(self.found.branch, Absence) else None

    @property
    def heads(self) -> tuple[str, str]:
        """What the two sides are called."""
        other = self.found.other
        earlier = period_words(other) if other else gettext("Target")
        return earlier, period_words(self.found.period)

    @property
    def figures(self) -> tuple[Shown, Shown, Shown]:
        """Both sides and the change."""
        found = self.found
        return (
            measured(found.before, self.indicator),
            measured(found.now, self.indicator),
            self._signed(found.change),
        )

    @property
    def message(self) -> str:
        """The finding in one sentence."""
        branch = self.branch
        if branch is None or not branch.rows or not branch.split.change:
            return ""
        first, whole = branch.rows[0], branch.split.change
        if first.part.amount * whole <= 0:
            return ""
        return gettext(
            "%(member)s alone makes %(amount)s of %(change)s, %(share)s of it.",
            member=self._label(first),
            amount=self._signed(first.part.amount).text,
            change=self._signed(whole).text,
            share=percent(first.part.amount / whole).text,
        )

    @property
    def has_volume(self) -> bool:
        """Whether there is a volume: of what adds up."""
        return self.branch is not None and self.branch.split.volume != 0

    @property
    def totals(self) -> tuple[tuple[str, str, Shown], ...]:
        """Volume, mix and rate of the whole change, each with what it means."""
        if self.branch is None:
            return ()
        split = self.branch.split
        volume = gettext("Volume"), gettext("more or fewer of them"), self._signed(split.volume)
        mix = gettext("Mix"), gettext("their shares of the whole moved"), self._signed(split.mix)
        rate = gettext("Rate"), gettext("their own figures moved"), self._signed(split.rate)
        return (volume, mix, rate) if self.has_volume else (mix, rate)

    @property
    def lines(self) -> tuple[CauseLine, ...]:
        """The members that weigh most, then all others."""
        if self.branch is None:
            return ()
        rows, rest = self.branch.first(MOST_ROWS)
        others = [self._line(gettext("All others"), rest)] if rest else []
        return (*(self._member(row) for row in rows), *others)

    @property
    def total(self) -> CauseLine | None:
        """What everything adds up to."""
        if self.branch is None:
            return None
        split = self.branch.split
        whole = Part((), Presence.BOTH, split.volume, split.mix, split.rate)
        before, now = (measured(one, self.indicator) for one in (split.before, split.now))
        return replace(self._line(gettext("Total"), whole), before=before, now=now)

    @property
    def chart(self) -> Any:
        """The bridge from one side to the other."""
        if self.branch is None:
            return None
        rows, rest = self.branch.first(MOST_STEPS)
        named = [(self._label(row), row.part.amount) for row in rows]
        named += [(gettext("All others"), rest.amount)] if rest else []
        earlier, later = self.heads
        at = self.branch.split.before
        steps = [Step(earlier, Fraction(0), at, is_whole=True)]
        for label, amount in named:
            steps.append(Step(label, at, at + amount))
            at += amount
        steps.append(Step(later, Fraction(0), at, is_whole=True))
        title = self.indicator.name.in_language(language())
        definition = bridge_chart(self.indicator, steps, title, language())
        if self._points:
            definition["step_format"] = {**_format(definition), "suffix": self._points}
        return dress(definition, self.indicator)

    @property
    def choices(self) -> tuple[Link, ...]:
        """What can be compared with."""
        words = {
            "previous": gettext("Period before"),
            "last_year": gettext("Year before"),
            "target": gettext("Target"),
        }
        kept = [one for one in AGAINST if one != "target" or not self.indicator.inherits_target]
        return tuple(Link(words[one], self._to(against=one), one == self.against) for one in kept)

    @property
    def leans(self) -> tuple[Lean, ...]:
        """The dimensions, those first in which the fewest members did the most."""
        chosen = self.branch.dimension if self.branch else None
        return tuple(
            Lean(
                Link(one.label, self._to(by=one.dimension), one.dimension == chosen),
                percent(one.concentration).text,
                one.dimension == self.found.suggested,
            )
            for one in self.found.leanings
        )

    @property
    def screen(self) -> str:
        """The address of the screen itself."""
        return self._to()

    def kept(self) -> Place:
        """The place with what only this screen understands."""
        by = request.args.get("by") or None
        return self._place(self.place, self.against, by)

    def _to(self, *, against: str | None = None, by: str | None = None) -> str:
        by = by or request.args.get("by") or None
        place = self._place(self.place, against or self.against, by)
        return place.link("why.show", code=self.indicator.code)

    @staticmethod
    def _place(place: Place, against: str, by: str | None) -> Place:
        place = place.plus("against", against) if against != AGAINST[0] else place
        return place.plus("by", by) if by else place

    def _member(self, row: Row) -> CauseLine:
        member = row.member
        flags = {Presence.ENTERED: gettext("new"), Presence.LEFT: gettext("gone")}
        place = self.place.within(member.dimension, member.path)
        place = self._place(place, self.against, None)
        is_member = member.path != UNALLOCATED
        return replace(
            self._line(self._label(row), row.part),
            url=place.link("why.show", code=self.indicator.code) if is_member else None,
            slicer=self._slicer(row) if is_member else None,
            before=measured(row.before, self.indicator) if is_member else None,
            now=measured(row.now, self.indicator) if is_member else None,
            flag=flags.get(row.part.presence, "") if is_member and self.found.other else "",
        )

    def _label(self, row: Row) -> str:
        return gettext("Not shared out") if row.member.path == UNALLOCATED else row.member.label

    def _line(self, label: str, part: Part[Any]) -> CauseLine:
        amount, volume, mix, rate = (
            self._signed(one) for one in (part.amount, part.volume, part.mix, part.rate)
        )
        return CauseLine(label, None, None, None, None, amount, volume, mix, rate)

    def _slicer(self, row: Row) -> str | None:
        """The member's cell in the slicer, with its change."""
        if not person().may(Permission.SLICE) or self.branch is None or self.indicator.is_across:
            return None  # a slice is of one cube
        member, place = row.member, self.place
        cuts = place.within(member.dimension, member.path).cuts.texts()
        pairs = [
            ("rows", f"{member.dimension}:{self.branch.level}"),
            ("value", f"indicator.{self.indicator.code}:value,change"),
            ("cut", period_point(self.found.period)),
            *(("cut", text) for text in cuts),
        ]
        address = path_of("slicer.show", {"name": self.indicator.cube})
        return with_query(address, (*pairs, *place.moment().query()))

    @property
    def _points(self) -> str:
        """What stands behind a step of a rate."""
        unit = self.indicator.unit
        return gettext(" pp") if unit.is_rate and unit.scale == 100 else ""

    def _signed(self, figure: Figure) -> Shown:
        """A part of the change, good or bad; tiny parts keep the decimals of the indicator."""
        indicator = self.indicator
        if isinstance(figure, Absence):
            return absent(figure)
        turned: Change = change(figure, Fraction(0), indicator.unit, indicator.direction)
        return difference(turned, indicator)


def _format(definition: dict[str, object]) -> dict[str, Any]:
    found = definition["format"]
    return dict(found) if isinstance(found, dict) else {}
