"""The addresses of the OData service, read-only: what there is, its metadata, and every set."""

from collections.abc import Callable

from flask import Blueprint, Response, request
from flask.sansio.blueprints import BlueprintSetupState

from server.access import Permission
from server.cache.key import EVERYTHING_READ, Reading
from server.errors import NotFound, NotOffered
from web.api.answers import Based
from web.gate import require
from web.kept import Named, given
from web.limits import limit_programs
from web.odata.answers import (
    VERSION,
    collection,
    entity,
    number,
    service_document,
    tell_in_odata,
)
from web.odata.asking import keyed, opened, published
from web.odata.csdl import MEDIA_TYPE, metadata_document
from web.odata.keys import read_key
from web.odata.options import Options, Place, read_options
from web.odata.rows import Window
from web.odata.sets import INDICATOR_SETS, EntitySet, sets_for
from web.visitor import person, runtime
from web.words import language

api = Blueprint("odata", __name__, url_prefix="/odata")
limit_programs(api)


@api.record_once
def tell_problems(state: BlueprintSetupState) -> None:
    """Let what goes wrong be told as OData says."""
    tell_in_odata(state.app)  # type: ignore[arg-type]


@api.after_request
def say_version(response: Response) -> Response:
    """Every answer says by which version of OData it is written."""
    response.headers["OData-Version"] = VERSION
    return response


@api.get("")
@api.get("/")
@require(Permission.VIEW)
def service() -> Response:
    """Every set that may be asked."""
    return service_document(tuple(_sets(Options()).values()), language())


@api.get("/$metadata")
@require(Permission.VIEW)
def metadata() -> Response:
    """What the sets are made of."""
    document = metadata_document(_sets(Options()).values(), language())
    return Response(document, content_type=MEDIA_TYPE)


@api.route("/$batch", methods=["POST"])
@require(Permission.VIEW)
def batch() -> Response:
    """Several requests in one are not offered."""
    raise NotOffered("$batch is not offered here: send each request by itself.", field="$batch")


def _offer(asked: EntitySet) -> None:
    """The addresses of a set that is of no cube: its rows, how many they are, and each."""
    views: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("", "", lambda: _rows(asked)),
        ("/$count", "_count", lambda: _count(asked)),
        ("(<path:key>)", "_row", lambda key: _one(asked, key)),
    )
    for path, ending, view in views:
        offered = require(Permission.VIEW)(view)
        api.add_url_rule(f"/{asked.name}{path}", f"{asked.name}{ending}", offered)


for _each in INDICATOR_SETS.values():
    _offer(_each)


@api.get("/<name>")
@require(Permission.SLICE)
def cube_set(name: str) -> Response:
    """The rows of a set of a cube."""
    return _rows(_named(name))


@api.get("/<name>/$count")
@require(Permission.SLICE)
def cube_set_count(name: str) -> Response:
    """How many rows a set of a cube has."""
    return _count(_named(name))


@api.get("/<name>(<path:key>)")
@require(Permission.SLICE)
def cube_set_row(name: str, key: str) -> Response:
    """One row of a set of a cube."""
    return _one(_named(name), key)


def _sets(options: Options) -> dict[str, EntitySet]:
    at = published(options)  # before the model: a publication may bring cubes
    return dict(sets_for(runtime().cubes.model, person(), at.number))


def _named(name: str) -> EntitySet:
    found = _sets(read_options(request))
    if name not in found:
        raise NotFound(f"There is no entity set {name[:60]!r}.", field="set", allowed=found)
    return found[name]


def _rows(asked: EntitySet) -> Response:
    options = read_options(request)
    at = published(options)
    size = min(options.page_size or _page_size(), _page_size())
    if options.place is not None:
        size = min(max(options.place.size, 1), _page_size())

    def work() -> Response:
        answering, left = opened(asked, options)
        window = Window.of(left, size)
        found = answering.answer(left, window)
        sent = (options.place.sent if options.place else 0) + len(found.rows.rows)
        more = Place(at.number, at.definitions, sent, size) if found.rows.has_more else None
        return Based(at).on(collection(found, asked, left, more))

    return _kept(asked, options, work, size)


def _count(asked: EntitySet) -> Response:
    options = read_options(request)

    def work() -> Response:
        answering, left = opened(asked, options)
        return Based(published(options)).on(number(answering.count(left)))

    return _kept(asked, options, work)


def _one(asked: EntitySet, key: str) -> Response:
    options = read_options(request)

    def work() -> Response:
        found = keyed(asked, options).one(read_key(key, asked.key), options)
        return Based(published(options)).on(entity(found, asked))

    return _kept(asked, options, work)


def _kept(
    asked: EntitySet, options: Options, work: Callable[[], Response], size: int = 0
) -> Response:
    reading = Reading(cubes=(asked.cube,)) if asked.cube else EVERYTHING_READ
    question = [request.host_url, request.full_path, request.headers.get("Accept", ""), size]
    return given(Named(question, reading, "odata", published(options)), work)


def _page_size() -> int:
    return runtime().settings.odata_rows
