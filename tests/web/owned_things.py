"""Things of each kind that a person can own, made for whoever is to own them."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from server.dashboards.arranging import arrangement_of, board_of
from server.dashboards.tiles import Tile, new_tile
from server.exports.spec import ExportSpec
from server.metadata.dashboards import (
    DashboardRow,
    arrange_dashboard,
    create_dashboard,
    own_dashboard,
)
from server.metadata.displays import create_display_token, display_tokens
from server.metadata.export_schedules import create_schedule
from server.metadata.exports import Made, ask_export, finish_export
from server.metadata.jobs import claim_job
from server.metadata.links import Question, create_link, links_of
from server.metadata.pushes import NewPush, accept_push, claim_push
from server.metadata.session import Session
from server.metadata.sign_in import begin_session
from server.metadata.users import User
from server.metadata.views import save_view
from server.runtime import Runtime

# What a form sends beside its thing; every address takes what it knows.
_FORM = {
    "address": "/slice/departures?rows=origin:origin&value=flights",
    "days": "daily",
    "name": "A name",
    "text": "Words",
    "title": "Words",
    "to": "0",
}
CARD = ExportSpec("scorecard", "punctuality", "csv", period="2013-12")


class Things:
    """Makes things of one kind, and knows how one that is nobody's would be called."""

    def __init__(self, house: Runtime, kind: str) -> None:
        self._house = house
        self._kind = kind

    @property
    def missing(self) -> str:
        """What nothing is called."""
        is_number = self._kind in ("link", "session", "dashboard", "display", "tile", "view")
        return "987654" if is_number else "f" * 32

    def of(self, user: User) -> str:
        """A new thing of somebody's."""
        with self._house.metadata.write() as writing:
            return str(_MAKERS[self._kind](self._house, writing, user))

    def form(self, thing: str) -> dict[str, str]:
        """What a form sends that is in order as far as the thing goes."""
        if self._kind == "display":
            return {"display": _display_of(self._house, thing), "version": "1"}
        version = "2" if self._kind == "tile" else "1"  # adding the tile was a change
        return {"version": version, "time": "07:30", "zone": "UTC", **_FORM}


def _dashboard(house: Runtime, session: Session, user: User) -> int:
    return create_dashboard(session, user.id, "Mine", house.clock())


def _tile(house: Runtime, session: Session, user: User) -> int:
    """A dashboard with one tile, whose key is the name that stands in the address."""
    number = _dashboard(house, session, user)
    known = own_dashboard(session, user.id, number)
    tile = replace(new_tile(Tile("text", title="Words", text="Words")), key="departures")
    arrangement = arrangement_of(replace(board_of(known), tiles=(tile,)))
    arrange_dashboard(session, known, arrangement, house.clock())
    return number


def _export(house: Runtime, session: Session, user: User) -> str:
    return ask_export(
        session,
        user=user.id,
        by=user.name,
        spec=CARD.as_mapping(),
        file_format="csv",
        title="A card",
        now=house.clock(),
    ).id


def _file(house: Runtime, session: Session, user: User) -> str:
    name, now = _export(house, session, user), house.clock()
    path = house.settings.exports / f"{name}.1.csv"
    path.write_text("a file", "utf-8")
    job = claim_job(session, name, now)
    assert job is not None
    scope = [[rule.dimension, *rule.path] for rule in user.scope_at(now).rules]
    made = Made(path.name, 6, "0" * 64, "0" * 64, 0, 0, scope, now + timedelta(days=7))
    finish_export(session, job, made, now)
    return name


def _schedule(house: Runtime, session: Session, user: User) -> str:
    return create_schedule(
        session,
        user=user.id,
        spec=CARD.as_mapping(),
        file_format="csv",
        title="A card",
        cron="0 7 * * *",
        zone="UTC",
        to_folder=False,
        now=house.clock(),
    ).id


def _view(house: Runtime, session: Session, user: User) -> int:
    now = house.clock()
    return save_view(session, user.id, "departures", "Mine", "", now, is_shared=False)


def _link(house: Runtime, session: Session, user: User) -> int:
    create_link(session, user, "Mine", Question("indicator", "on_time_arrival", ""), house.clock())
    return max(one.id for one in links_of(session, user))


def _session(house: Runtime, session: Session, user: User) -> int:
    return begin_session(session, user, house.clock())[1].id


def _push(house: Runtime, session: Session, user: User) -> str:
    now, key = house.clock(), uuid.uuid4().hex
    new = NewPush("departures", user.id, key, user.name, "0" * 64, "csv", 1, (), "", "me", now)
    accept_push(session, claim_push(session, new, now, lambda *_: True), rows=1)
    return key


_MAKERS: dict[str, Callable[[Runtime, Session, User], object]] = {
    "dashboard": _dashboard,
    "display": _dashboard,
    "tile": _tile,
    "export": _export,
    "file": _file,
    "schedule": _schedule,
    "view": _view,
    "link": _link,
    "session": _session,
    "push": _push,
}


def _display_of(house: Runtime, dashboard: str) -> str:
    """A display token of a dashboard, if it is there; else a number that is no token's."""
    with house.metadata.write() as writing:
        row = writing.get(DashboardRow, int(dashboard))
        if row is None:
            return "987654"
        known = own_dashboard(writing, row.user, row.id)
        create_display_token(writing, known, house.clock())
        return str(display_tokens(writing, known, house.clock())[0].id)
