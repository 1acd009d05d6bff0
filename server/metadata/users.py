"""Users: who may sign in, with which role, scope, password and preferences."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, update

from server.access import EVERYTHING, RIGHTS, Permission, Person, Role, Scope
from server.errors import Conflict, InvalidInput, NotFound
from server.metadata.scope_rules import Holder, drop_rules, keep_rule, rules_of_each
from server.metadata.secrets import is_password, password_hash
from server.metadata.session import Session
from server.metadata.tables import UserRow, WebSessionRow
from server.scope_rules import DatedRule, scope_at, undated

FIRST_USER = "admin"
# What each preference may be; None means: as the browser says.
PREFERENCES: Mapping[str, tuple[str, ...]] = {
    "language": ("en", "zh"),
    "theme": ("light", "dark"),
    "density": ("comfortable", "compact"),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,79}")


@dataclass(frozen=True)
class User:
    """A person who may sign in, as kept; `person_at` is what rights are judged by."""

    id: int
    name: str
    display_name: str | None
    role: Role
    rules: tuple[DatedRule, ...]  # of their own
    role_rules: tuple[DatedRule, ...]  # of their role; both apply
    language: str | None
    theme: str | None
    density: str | None
    is_active: bool
    has_password: bool
    rights_version: int  # rises with every change of role, own rules or activity
    created_at: datetime
    signed_in_at: datetime | None

    def may(self, permission: Permission) -> bool:
        """Whether the role has the permission."""
        return permission in RIGHTS[self.role]

    def scope_at(self, instant: datetime) -> Scope:
        """What the rules in force at an instant leave open."""
        return scope_at((self.rules, self.role_rules), instant)

    def person_at(self, instant: datetime) -> Person:
        """The user at an instant, as far as rights and scope go."""
        return Person(self.name, self.role, self.scope_at(instant), self.language, self.id)


def create_user(
    session: Session,
    name: str,
    role: Role,
    now: datetime,
    *,
    scope: Scope = EVERYTHING,
    display_name: str | None = None,
    password: str | None = None,
) -> User:
    """Add a user; without a password a one-time link is the only way in."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} cannot be a user name; allowed are 1 to 80 letters, digits and . _ @ -",
            field="name",
        )
    if session.execute(select(exists().where(UserRow.name == name))).scalar_one():
        raise Conflict(f"a user named {name!r} exists already", field="name")
    row = UserRow(name=name, display_name=display_name, role=role.value, created_at=now)
    row.password_hash = password_hash(password) if password is not None else None
    session.add(row)
    session.flush()
    _keep_scope(session, row.id, scope)
    return _user(session, row)


def ensure_admin(session: Session, now: datetime) -> User:
    """The user `admin`, created as administrator without a password when there is no user yet."""
    row = session.scalars(select(UserRow).where(UserRow.name == FIRST_USER)).one_or_none()
    if row is None:
        return create_user(session, FIRST_USER, Role.ADMINISTRATOR, now)
    return _user(session, row)


def anybody_signed_in(session: Session) -> bool:
    """Whether anyone has ever signed in."""
    return bool(session.execute(select(exists().where(WebSessionRow.id > 0))).scalar_one())


def find_user(session: Session, name: str) -> User | None:
    """The user of that name, active or not."""
    row = session.scalars(select(UserRow).where(UserRow.name == name)).one_or_none()
    return _user(session, row) if row else None


def user_by_id(session: Session, user_id: int) -> User:
    """The user with that id."""
    return _user(session, _row(session, user_id))


def named_user(session: Session, name: str) -> User:
    """The user of that name; a sentence with the known names when there is none."""
    user = find_user(session, name)
    if user is None:
        names = session.scalars(select(UserRow.name).order_by(UserRow.name).limit(20)).all()
        raise NotFound(f"there is no user named {name!r}", field="user", allowed=names)
    return user


def list_users(session: Session) -> tuple[User, ...]:
    """Every user, by name."""
    rows = session.scalars(select(UserRow).order_by(UserRow.name)).all()
    return users_of(session, rows)


def users_of(session: Session, rows: Sequence[UserRow]) -> tuple[User, ...]:
    """Users, each with their rules, which are read at once for all of them."""
    holders: set[Holder] = {row.id for row in rows} | {Role(row.role) for row in rows}
    rules = rules_of_each(session, holders)
    return tuple(_made(row, rules.get(row.id, ()), rules.get(Role(row.role), ())) for row in rows)


def verify_password(session: Session, name: str, password: str) -> User | None:
    """The active user whose password this is; takes as long for an unknown name."""
    row = session.scalars(select(UserRow).where(UserRow.name == name)).one_or_none()
    is_right = is_password(password, row.password_hash if row else None)
    return _user(session, row) if row and is_right and row.is_active else None


def set_password(session: Session, user_id: int, hashed: str) -> None:
    """Keep a new password, given as `secrets.password_hash` made it."""
    _row(session, user_id).password_hash = hashed


def set_preferences(session: Session, user_id: int, **preferences: str | None) -> User:
    """Keep `language`, `theme` or `density`; None returns to what the browser says."""
    row = _row(session, user_id)
    for name, value in preferences.items():
        _check_preference(name, value)
        setattr(row, name, value)
    session.flush()
    return _user(session, row)


def set_rights(
    session: Session,
    user_id: int,
    *,
    role: Role | None = None,
    scope: Scope | None = None,
    is_active: bool | None = None,
    expected: int | None = None,
) -> User:
    """Change role, own rules or activity; `rights_version` rises so that caches let go.

    Raises:
        Conflict: `expected` was given, and the version is another one by now.
    """
    raise_rights_version(session, user_id, expected)
    row = _row(session, user_id)
    row.role = role.value if role is not None else row.role
    row.is_active = is_active if is_active is not None else row.is_active
    if scope is not None:
        drop_rules(session, row.id)
        _keep_scope(session, row.id, scope)
    session.flush()
    return _user(session, row)


def raise_rights_version(session: Session, user_id: int, expected: int | None = None) -> None:
    """Note that the rights change, and keep every other editor waiting until this one is done."""
    row = _row(session, user_id)
    kept = update(UserRow).where(UserRow.id == user_id)
    if expected is not None:
        kept = kept.where(UserRow.rights_version == expected)
    raised = kept.values(rights_version=UserRow.rights_version + 1).returning(UserRow.id)
    if not session.execute(raised).all():
        raise overtaken(row.name)
    session.refresh(row)


def overtaken(name: str) -> Conflict:
    """What an editor is told who looked at rights that somebody else has changed by now."""
    return Conflict(
        f"Somebody else has changed the rights of {name} meanwhile; nothing was changed now.",
        code="changed_meanwhile",
        hint="Look at what is there, then do it again.",
    )


def _row(session: Session, user_id: int) -> UserRow:
    row = session.get(UserRow, user_id)
    if row is None:
        raise NotFound(f"there is no user with the id {user_id}", field="user")
    return row


def _user(session: Session, row: UserRow) -> User:
    return users_of(session, [row])[0]


def _made(row: UserRow, rules: tuple[DatedRule, ...], role_rules: tuple[DatedRule, ...]) -> User:
    return User(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        role=Role(row.role),
        rules=rules,
        role_rules=role_rules,
        language=row.language,
        theme=row.theme,
        density=row.density,
        is_active=row.is_active,
        has_password=row.password_hash is not None,
        rights_version=row.rights_version,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
    )


def _keep_scope(session: Session, user_id: int, scope: Scope) -> None:
    for rule in undated(scope):
        keep_rule(session, user_id, rule)


def _check_preference(name: str, value: str | None) -> None:
    if name not in PREFERENCES:
        raise InvalidInput(f"there is no preference {name!r}", allowed=PREFERENCES)
    if value is not None and value not in PREFERENCES[name]:
        raise InvalidInput(
            f"{value!r} is no {name}; allowed are {', '.join(PREFERENCES[name])}",
            field=name,
            allowed=PREFERENCES[name],
        )
