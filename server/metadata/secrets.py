"""Secrets that are shown once and kept as hashes; passwords by argon2id."""

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.errors import InvalidInput

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128

_HASHER = PasswordHasher()


def new_secret(prefix: str = "") -> str:
    """A random text of 256 bits."""
    return prefix + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """What is kept of a random secret: SHA-256 is enough, for it cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def password_hash(password: str) -> str:
    """What is kept of a password; slow on purpose, so call it outside a transaction."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidInput(
            f"the password has {len(password)} character{'s' if len(password) != 1 else ''}; "
            f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} are allowed",
            field="password",
        )
    return _HASHER.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether the password is the one whose hash was kept; equally slow when none was."""
    try:
        return _HASHER.verify(kept or _nobody(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    # Checked when the person is unknown or has no password, so that both answers take as long.
    return _HASHER.hash(secrets.token_urlsafe(16))
