"""What an export is called in a list, and what is wrong with it before anything is asked."""

from server.cube.cuts import parse_cuts
from server.exports.long_table import check_long
from server.exports.spec import ExportSpec
from server.exports.words import period_words, word
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.catalogue import read_catalogue
from server.slices.reading import question_of


def title_of_spec(runtime: Runtime, spec: ExportSpec) -> str:
    """A title in the language of the export.

    Raises:
        NotFound, InvalidInput: there is no such scorecard or cube, or the question has mistakes.
    """
    if spec.kind == "scorecard":
        card = read_catalogue(runtime.metadata).scorecard(spec.name)
        name = card.name.in_language(spec.language)
        if spec.period is None:
            return name
        return f"{name} · {period_words(Period.parse(spec.period), spec.language)}"
    cube = runtime.cubes.model.cube(spec.name)
    if spec.kind == "facts":
        check_long(spec.format)
        parse_cuts(cube, [value for name, value in spec.query if name == "cut"])
        return f"{cube.labels.in_language(spec.language)} · {word('facts', spec.language)}"
    question = question_of(runtime, spec.query, cube)
    axes = [cube.dimension(axis.dimension).labels for axis in question.axes]
    label = cube.labels.in_language(spec.language)
    by = " × ".join(dict.fromkeys(one.in_language(spec.language) for one in axes))
    return f"{label} · {by}" if by else label
