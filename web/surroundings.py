"""What every page has around its content: navigation, languages, themes, who is signed in."""

from dataclasses import dataclass, replace
from functools import cached_property

from flask import Flask, request, url_for

from server.access import Permission
from server.errors import IndicubeError, InvalidInput
from server.metadata.users import User
from server.scorecards.catalogue import read_catalogue
from web.asking import snapshot_at
from web.gate import form_token
from web.known import Known, known_place
from web.phrases import gettext
from web.place import Place, read_place, with_query
from web.visitor import runtime, visitor
from web.words import LANGUAGES, html_language, language


@dataclass(frozen=True)
class NavigationLink:
    """A screen of the navigation."""

    icon: str
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class LanguageLink:
    """The same screen in a language."""

    code: str
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Theme:
    """A theme that can be chosen; an empty value follows the system."""

    value: str
    icon: str
    label: str
    is_chosen: bool


class Surroundings:
    """The frame of the page in hand; each part is worked out when a template asks for it."""

    @cached_property
    def place(self) -> Place:
        """Where the screen stands; nowhere when the URL cannot be read."""
        try:
            return read_place(request)
        except InvalidInput:
            return Place()

    @property
    def html_language(self) -> str:
        """The language as HTML names it."""
        return html_language()

    @property
    def theme(self) -> str:
        """light, dark, or empty for what the system says."""
        user = visitor().user
        return (user.theme if user else None) or ""

    @property
    def density(self) -> str:
        """comfortable, compact, or empty."""
        user = visitor().user
        return (user.density if user else None) or ""

    @property
    def form_token(self) -> str:
        """What every form of the page carries."""
        return form_token()

    @property
    def name(self) -> str:
        """Who is signed in."""
        user = visitor().user
        return (user.display_name or user.name) if user else ""

    @property
    def here(self) -> str:
        """The address of the page, to come back to."""
        return request.full_path.rstrip("?") if request.method == "GET" else "/"

    @property
    def home(self) -> str:
        """The first screen, at the same place."""
        return self.place.link("scorecard.home")

    @property
    def palette(self) -> str:
        """Where the palette finds its answers."""
        return self.place.link("palette.find")

    @property
    def facts_away(self) -> str:
        """Since when the facts cannot be reached; empty while they can."""
        since = runtime().store.pulse.away_since
        if since is None or visitor().user is None:
            return ""
        return gettext(
            "The facts cannot be reached since %(time)s UTC. Loads and exports wait and go on by "
            "themselves.",
            time=since.strftime("%H:%M:%S"),
        )

    @property
    def known(self) -> Known | None:
        """At which earlier moment the screens with figures are shown, for those that have none."""
        place = self.place
        if request.method != "GET" or place.moment() == Place(language=place.language):
            return None
        kept = tuple((k, v) for k, v in request.args.items(multi=True) if k not in _CLOCKS)
        there = replace(place.moment(), language=None, more=kept)
        try:
            return known_place(request.path, there, snapshot_at(place))
        except IndicubeError:  # told by the page itself
            return None

    @property
    def now(self) -> str:
        """This page as it is known now; empty when it is that already."""
        if request.method != "GET" or not any(request.args.get(one) for one in _CLOCKS):
            return ""
        kept = [(k, v) for k, v in request.args.items(multi=True) if k not in _CLOCKS]
        return with_query(request.path, kept)

    @property
    def preferences(self) -> str:
        """Where preferences are sent."""
        return url_for("account.save_preferences")

    @cached_property
    def navigation(self) -> tuple[NavigationLink, ...]:
        """The screens that the visitor may open."""
        user = visitor().user
        if user is None or not user.may(Permission.VIEW):
            return ()
        cards = read_catalogue(runtime().metadata).scorecards
        first = next(iter(cards), None)
        scorecard = self.place.link("scorecard.show", code=first) if first else self.home
        return (
            self._link("scorecard", gettext("Scorecard"), scorecard),
            self._link("indicators", gettext("Indicators"), self.place.link("dictionary.show")),
            *self._slicer(user),
            self._link("dashboard", gettext("Dashboards"), self._known("dashboard.index")),
            *self._loads(user),
            *self._exports(user),
            *self._people(user),
            self._link("account", gettext("Account"), self._known("account.show")),
        )

    @property
    def languages(self) -> tuple[LanguageLink, ...]:
        """This screen in every language."""
        kept = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
        path = request.path if request.method == "GET" else "/"
        return tuple(
            LanguageLink(code, name, with_query(path, [*kept, ("lang", code)]), code == language())
            for code, name in LANGUAGES.items()
        )

    @property
    def themes(self) -> tuple[Theme, ...]:
        """The themes, the chosen one marked."""
        named = (
            ("", "auto", gettext("As the system")),
            ("light", "sun", gettext("Light")),
            ("dark", "moon", gettext("Dark")),
        )
        return tuple(Theme(value, icon, label, value == self.theme) for value, icon, label in named)

    def _loads(self, user: User) -> tuple[NavigationLink, ...]:
        if not user.may(Permission.LOAD):
            return ()
        return (self._link("loads", gettext("Loads"), self._known("loads.index")),)

    def _exports(self, user: User) -> tuple[NavigationLink, ...]:
        if not user.may(Permission.EXPORT):
            return ()
        return (self._link("exports", gettext("Exports"), self._known("exports.index")),)

    def _people(self, user: User) -> tuple[NavigationLink, ...]:
        if not user.may(Permission.ADMINISTER):
            return ()
        return (self._link("people", gettext("People"), self._known("people.index")),)

    def _slicer(self, user: User) -> tuple[NavigationLink, ...]:
        if not user.may(Permission.SLICE):
            return ()
        return (self._link("slicer", gettext("Slicer"), self._known("slicer.index")),)

    def _link(self, icon: str, label: str, url: str) -> NavigationLink:
        part = (request.endpoint or "").split(".")[0]
        return NavigationLink(icon, label, url, _SCREENS.get(part, part) == icon)

    def _known(self, endpoint: str) -> str:
        """Another screen, from which every way goes on at the same moment."""
        return self.place.moment().link(endpoint)


_CLOCKS = ("as_of", "as_of_model")

# Which item of the navigation a blueprint belongs to.
_SCREENS = {
    "dashboard_edit": "dashboard",
    "dashboard_wall": "dashboard",
    "dictionary": "indicators",
    "indicator": "indicators",
    "facts": "indicators",
    "load_changes": "loads",
    "person": "people",
    "roles": "people",
    "rules": "people",
    "slicer_cut": "slicer",
    "slicer_facts": "slicer",
}


def surround_pages(app: Flask) -> None:
    """Let every template of the application reach its surroundings."""
    app.context_processor(lambda: {"site": Surroundings(), "notice": _notice()})


def _notice() -> str:
    """What the form that led here has done, in words; only known words are ever shown."""
    return {
        "saved": gettext("Your preferences are saved."),
        "password": gettext("Your new password is set."),
        "ended": gettext("The session is ended."),
        "rights": gettext("The rights are changed."),
    }.get(request.args.get("notice", ""), "")
