"""The web application: made from a runtime, in the order in which a request meets its parts."""

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from server.runtime import Runtime
from server.settings import Settings
from web import admission, background
from web.api import API
from web.api.answers import ExactJson
from web.gate import keep_gate, public
from web.headers import guard_answers
from web.htmx import speak_htmx
from web.kept import keep_answers
from web.links import LINKS
from web.markup import equip_templates
from web.numbers import read_numbers
from web.odata import ODATA
from web.on_behalf import ask_on_behalf
from web.pages import PAGES
from web.problems import answer_errors
from web.slicer import SLICER, surround_slicer
from web.surroundings import surround_pages
from web.throttle import EXTENSION as THROTTLE
from web.throttle import Throttle
from web.visitor import EXTENSION
from web.watched import watch_answers
from web.words import speak


def create_app(runtime: Runtime) -> Flask:
    """Make the application; it opens nothing that the runtime does not hold."""
    app = Flask("web")
    settings = runtime.settings
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=settings.max_request_bytes,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(0),
        PREFERRED_URL_SCHEME="https" if settings.has_tls else "http",
        TRUSTED_HOSTS=_trusted_hosts(settings),
    )
    app.extensions[EXTENSION] = runtime
    app.extensions[admission.EXTENSION] = admission.admissions_of(runtime)
    app.extensions[background.EXTENSION] = background.last_used(runtime)
    app.extensions[THROTTLE] = Throttle(runtime.clock)
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    read_numbers(app)
    speak_htmx(app)
    speak(app)
    keep_gate(app)
    ask_on_behalf(app)
    keep_answers(app)
    guard_answers(app)
    answer_errors(app)
    surround_pages(app)
    surround_slicer(app)
    watch_answers(app)
    equip_templates(app)
    public(app.view_functions["static"])
    app.json = ExactJson(app)
    for blueprint in (*PAGES, *API, *SLICER, *ODATA, *LINKS):
        app.register_blueprint(blueprint)
    return app


def _trusted_hosts(settings: Settings) -> list[str] | None:
    """Known names alone: another would be a site that rebinds its address to us, or a false link.

    Who listens on more than loopback without saying where people reach it answers to every name.
    """
    if not (settings.public_host or settings.is_loopback):
        return None
    return [*filter(None, [settings.public_host]), "localhost", "127.0.0.1", "[::1]"]
