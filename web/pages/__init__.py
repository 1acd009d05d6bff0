"""HTML blueprints, one module per screen."""

from flask import Blueprint

from web.pages import (
    account,
    dashboard,
    dashboard_edit,
    dashboard_pin,
    dashboard_wall,
    dictionary,
    door,
    exports,
    facts,
    health,
    indicator,
    load_changes,
    loads,
    palette,
    publications,
    scorecard,
    slicer,
    slicer_cut,
    slicer_facts,
    slicer_views,
)

PAGES: tuple[Blueprint, ...] = (
    scorecard.pages,
    indicator.pages,
    facts.pages,
    slicer.pages,
    slicer_cut.pages,
    slicer_facts.pages,
    slicer_views.pages,
    dashboard.pages,
    dashboard_edit.pages,
    dashboard_pin.pages,
    dashboard_wall.pages,
    dictionary.pages,
    loads.pages,
    load_changes.pages,
    exports.pages,
    account.pages,
    palette.pages,
    publications.pages,
    door.pages,
    health.pages,
)
