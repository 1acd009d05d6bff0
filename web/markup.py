"""What templates may call: figures, words, marks and addresses of static files."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, url_for

from server.indicators.scoring import Status
from web import figures, sparks, words
from web.browsers import browser_words
from web.coverage import coverage_words
from web.phrases import lazy_gettext

_STATUSES = {
    Status.EXCEEDED: lazy_gettext("exceeded"),
    Status.ON_TARGET: lazy_gettext("on target"),
    Status.WATCH: lazy_gettext("watch"),
    Status.OFF: lazy_gettext("off target"),
    Status.NO_DATA: lazy_gettext("no data"),
    Status.PARTIAL: lazy_gettext("partial"),
}


def status_words(status: str) -> str:
    """A status in words."""
    return str(_STATUSES[Status(status)])


def static_address(name: str) -> str:
    """The address of a static file; it changes with the file's content."""
    folder = Path(current_app.static_folder or "")
    path = folder / name
    return url_for("static", filename=name, v=_content_hash(path, path.stat().st_mtime_ns))


def equip_templates(app: Flask) -> None:
    """Give templates what they may call."""
    environment = app.jinja_env
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.globals.update(
        static=static_address,
        status_words=status_words,
        scored=figures.scored,
        whole=figures.whole,
        score_position=sparks.of_score,
        period_words=words.period_words,
        browser_words=browser_words,
        coverage_words=coverage_words,
        day_words=words.day_words,
        instant_words=words.instant_words,
        person_words=words.person_words,
    )
    icons = environment.get_template("_icons.html").module
    environment.globals.update(
        {name: getattr(icons, name) for name in ("icon", "mark", "brand_mark")}
    )


@lru_cache(maxsize=64)
def _content_hash(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
