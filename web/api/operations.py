"""What a view says of itself in the OpenAPI document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from marshmallow import Schema

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """What a route is for, what it asks and what it answers."""

    summary: str
    answer: Schema | None  # None: a file
    asks: Schema | None = None
    description: str = ""
    status: int = 200
    has_rows: bool = False  # can also be asked for in every form of rows
    examples: Mapping[str, object] = field(default_factory=dict)  # of what is asked, by name
    missing: bool = True  # whether it can answer 404
    takes: tuple[str, ...] = ()  # media types of a body that is no question
    also: Mapping[int, str] = field(default_factory=dict)  # other good answers


def describe(operation: Operation) -> Callable[[View], View]:
    """Declare what a view is for."""

    def declare(view: View) -> View:
        view.indicube_operation = operation  # type: ignore[attr-defined]
        return view

    return declare


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """What a view has declared; None when it says nothing."""
    return getattr(view, "indicube_operation", None)
