"""Where log lines go and how they look: standard error, as text for people or JSON for machines."""

import logging
import sys

import structlog


def start_log(form: str) -> None:
    """Write the process's log lines, ours and the libraries', in one form: `text` or `json`."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if form == "json":
        last: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        # Plain tracebacks: the pretty ones print the values of variables, secrets among them.
        last = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("alembic", "clickhouse_connect"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("rq").setLevel(logging.CRITICAL)  # server.queue says it in fewer words
