"""So many bytes are kept; those that nobody asked for longest go."""

from string import ascii_lowercase

from server.cache.answer import Answer, read_answer
from server.cache.memory import Memory


def answer(letter: str) -> Answer:
    """An answer of a thousand bytes."""
    return Answer(letter.encode() * 1000, "text/plain", (("A", "b"),))


def test_what_was_not_asked_for_longest_goes_first() -> None:
    memory = Memory(most_bytes=16 * 1500)
    for letter in ascii_lowercase:
        memory.put(letter, answer(letter))
        memory.get("a")

    assert memory.get("a") == answer("a")
    assert memory.get("b") is None
    assert memory.get("z") == answer("z")
    assert memory.bytes <= 16 * 1500


def test_the_same_key_takes_its_place_once() -> None:
    memory = Memory(most_bytes=100_000)
    memory.put("a", answer("a"))
    once = memory.bytes
    memory.put("a", answer("b"))

    assert (memory.bytes, memory.get("a")) == (once, answer("b"))


def test_one_answer_never_takes_the_place_of_all_others() -> None:
    memory = Memory(most_bytes=16 * 1000)
    memory.put("a", answer("a"))  # with what is said about it more than a sixteenth

    assert (memory.bytes, memory.get("a")) == (0, None)


def test_an_answer_is_read_as_it_was_written() -> None:
    one = Answer("größe\n{}\n".encode(), "text/csv", (("Indicube-Watermark", "2013-12-31"),))

    assert read_answer(one.written()) == one


def test_bytes_of_another_form_are_no_answer() -> None:
    for written in (b"", b"{}", b'[2,"a",[]]\nx', b"[1]\nx", b'[1,"a",[["b",1]]]\n', b"\x80\n"):
        assert read_answer(written) is None, written
