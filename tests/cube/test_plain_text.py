"""What the engine makes harmless is what we make harmless, text by text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from server.cube.plain_text import TextForm, harmless, in_form, printable
from server.store.client import Store
from tests.exports.payloads import CONTROL, PAYLOADS, SPLIT
from tests.stores import new_store, settings_for

# The signs that matter, those beside them, and some that do not.
SIGNS = (
    "a1é北 ;,\t\r\n\"'\\=+-@＝＋－＠−﹦﹢﹣﹫\x00\x01\x07\x0b\x0c\x1f\x7f\x85\xa0\u1680\u2000"
    "\u200b\u200f\u2028\u202f\u2060\u3000\ufeff\ufffd\ufffe\uffff"
)
FORMS: tuple[tuple[TextForm, object], ...] = (("harmless", harmless), ("printable", printable))


@dataclass
class Question:
    """An expression over texts."""

    form: TextForm
    texts: list[str]
    parameters: dict[str, object] = field(default_factory=dict)
    columns: tuple[str, ...] = ("text",)

    def parameter(self, name: str, column_type: str, value: object) -> str:
        """Gathered as a statement gathers them."""
        self.parameters[name] = value
        return f"{{{name}:{column_type}}}"

    @property
    def sql(self) -> str:
        """The expression of every text, in their order."""
        texts = self.parameter("texts", "Array(String)", self.texts)
        expression = in_form(self, "given", self.form)
        return f"SELECT {expression} FROM (SELECT arrayJoin({texts}) AS given)"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The engine, without a table."""
    home: Path = tmp_path_factory.mktemp("texts")
    with new_store(settings_for(home)) as opened:
        yield opened


def by_the_engine(store: Store, form: TextForm, texts: list[str]) -> list[str]:
    question = Question(form, texts)
    sql = question.sql  # gathers the parameters
    asked = Question(form, texts, question.parameters)
    assert asked.sql == sql
    return [str(row[0]) for row in store.readers.query(asked).rows]


def test_every_payload_is_stilled_alike(store: Store) -> None:
    texts = [*PAYLOADS, *SPLIT, *CONTROL]

    for form, ours in FORMS:
        assert by_the_engine(store, form, texts) == [ours(text) for text in texts]  # type: ignore[operator]


@given(texts=some.lists(some.text(some.sampled_from(SIGNS), max_size=12), min_size=1, max_size=200))
def test_any_text_is_stilled_alike(store: Store, texts: list[str]) -> None:
    for form, ours in FORMS:
        assert by_the_engine(store, form, texts) == [ours(text) for text in texts]  # type: ignore[operator]


@given(text=some.text(some.sampled_from(SIGNS), max_size=12))
def test_no_part_of_a_stilled_text_begins_like_a_formula(text: str) -> None:
    """However its parts are split, and whatever unseen signs are taken away in front."""
    unseen = ' \x85\xa0\u1680\u2000\u200b\u200f\u2028\u202f\u2060\u3000\ufeff"'
    stilled = harmless(text)

    for part in stilled.replace("\t", ";").replace("\r", ";").replace("\n", ";").split(";"):
        assert not part.lstrip(unseen).startswith(tuple("=+-@＝＋－＠−﹦﹢﹣﹫"))
    assert not stilled.startswith(("\t", "\r", "\n"))
