"""Sentences as the code says them, read from the source with something for each value."""

import ast
from collections.abc import Mapping


def written(said: ast.expr, filled: Mapping[str, str]) -> str:
    """The sentence, with a 7 for every value that is not filled otherwise."""
    if isinstance(said, ast.Constant):
        return str(said.value)
    pieces = said.values if isinstance(said, ast.JoinedStr) else [said]
    return "".join(
        str(piece.value) if isinstance(piece, ast.Constant) else _value(piece, filled)
        for piece in pieces
    )


def _value(piece: ast.expr, filled: Mapping[str, str]) -> str:
    value = piece.value if isinstance(piece, ast.FormattedValue) else piece
    return filled.get(ast.unparse(value), "7")
