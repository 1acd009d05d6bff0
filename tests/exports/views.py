"""Random questions to the flights, the same in every run."""

import random

from server.exports.spec import ExportSpec

_AXES = (
    "organisation:group", "organisation:carrier", "region:region", "origin:origin",
    "time@ymd:quarter", "time@ymd:month", "aircraft:manufacturer",
)  # fmt: skip
_VALUES = (
    "flights", "arrival_delay_minutes", "departure_delay_max", "miles", "seats_departed",
    "indicator.on_time_arrival", "indicator.cancellations",
)  # fmt: skip
_CUTS = ("", "time@ymd:2013,2", "organisation:network", "origin:JFK", "region:America/New_York")


def random_slices(count: int, seed: int = 20130101) -> tuple[ExportSpec, ...]:
    """So many slices with their axes, values, shows, cuts, totals and tops."""
    chance = random.Random(seed)  # noqa: S311 -- nothing secret
    return tuple(_slice(chance) for _ in range(count))


def _slice(chance: random.Random) -> ExportSpec:
    axes = chance.sample(_AXES, 2)
    if axes[0].split(":")[0] == axes[1].split(":")[0]:
        axes = axes[:1]
    names = chance.sample(_VALUES, chance.randint(1, 3))
    shows = [chance.choice(("", ":value,change", ":value,share")) for _ in names]
    query = [("rows", axes[0])]
    query += [("columns", axes[1])] if len(axes) > 1 else []
    query += [("value", name + show) for name, show in zip(names, shows, strict=True)]
    cut = chance.choice(_CUTS)
    query += [("cut", cut)] if cut else []
    query += [("totals", "1")] if chance.random() < 0.6 else []
    query += [("top", f"3:{names[0]}")] if chance.random() < 0.3 else []
    language = chance.choice(("en", "zh"))
    return ExportSpec("slice", "departures", "csv", language, query=tuple(query))
