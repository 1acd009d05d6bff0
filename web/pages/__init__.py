"""HTML blueprints, one module per screen."""

from flask import Blueprint

from web.pages import (
    account,
    dictionary,
    door,
    facts,
    health,
    indicator,
    loads,
    palette,
    scorecard,
)

PAGES: tuple[Blueprint, ...] = (
    scorecard.pages,
    indicator.pages,
    facts.pages,
    dictionary.pages,
    loads.pages,
    account.pages,
    palette.pages,
    door.pages,
    health.pages,
)
