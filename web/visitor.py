"""Who the request in hand comes from: a signed-in browser, a program with a token, or nobody."""

from dataclasses import dataclass

from flask import current_app, g

from server.access import Person
from server.errors import NotSignedIn
from server.metadata.sign_in import WebSession
from server.metadata.users import User
from server.runtime import Runtime
from server.snapshot import AsOf, AsOfModel, Snapshot

EXTENSION = "indicube"


@dataclass(frozen=True)
class Visitor:
    """The sender of a request, as far as the cookie or the token tells."""

    user: User | None = None
    session: WebSession | None = None  # only of a browser
    token_id: int | None = None  # only of a program
    csrf_token: str | None = None


def runtime() -> Runtime:
    """What the application was made with."""
    found: Runtime = current_app.extensions[EXTENSION]
    return found


def snapshot(as_of: AsOf | None = None, as_of_model: AsOfModel | None = None) -> Snapshot:
    """The published state that the request is answered from: asked for once, so that all agree."""
    opened: dict[tuple[AsOf | None, AsOfModel | None], Snapshot] = g.setdefault("snapshots", {})
    asked = as_of, as_of_model
    if asked not in opened:
        opened[asked] = runtime().snapshot(*asked)
    return opened[asked]


def visitor() -> Visitor:
    """The visitor of the request; nobody until the gate has looked."""
    found: Visitor = g.get("visitor") or Visitor()
    return found


def signed_in() -> User:
    """The signed-in user; NotSignedIn when there is none."""
    user = visitor().user
    if user is None:
        raise NotSignedIn("You are not signed in.")
    return user


def person() -> Person:
    """The signed-in user as far as rights and scope go, at one instant for the whole request."""
    known: tuple[User, Person] | None = g.get("person")
    user = signed_in()
    if known is None or known[0] is not user:
        known = g.person = user, user.person_at(runtime().clock())
    return known[1]
