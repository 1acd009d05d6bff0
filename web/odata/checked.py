"""What is asked of a set, checked against its properties."""

from web.odata.judging import check, unknown_property
from web.odata.options import Options
from web.odata.sets import EntitySet


def selected(asked: EntitySet, options: Options) -> tuple[str, ...]:
    """The properties to answer, in order."""
    known = asked.by_name
    for name in options.select:
        if name not in known:
            raise unknown_property(name, known, "$select")
    return options.select or tuple(known)


def check_filter(asked: EntitySet, options: Options) -> None:
    """Raise what is wrong with the filter."""
    if options.filter is not None:
        check(options.filter, asked.kinds)


def check_order(asked: EntitySet, options: Options) -> None:
    """Raise what is wrong with the order."""
    for one in options.order:
        if one.name not in asked.by_name:
            raise unknown_property(one.name, asked.by_name, "$orderby")
