"""The SQLAlchemy mapped classes, all of them: the ledger, jobs, people, definitions."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from server.metadata.columns import Json, Moment


class Table(DeclarativeBase):
    """The root of all mapped classes; `Table.metadata` is the schema."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        dict[str, Any]: Json,
        list[Any]: Json,
        str: Text(),
    }


class CounterRow(Table):
    """A number that only rises, in commit order: a sequence could hand out ids out of order."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, default=0)


class LoadRow(Table):
    """One attempt to bring one source's bytes into one table."""

    __tablename__ = "load"
    __table_args__ = (
        Index("load_by_source", "specification", "source_hash"),
        Index("load_by_table", "table_name", "specification", "state"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    pack: Mapped[str] = mapped_column(String(80))
    specification: Mapped[str] = mapped_column(String(80))
    specification_hash: Mapped[str] = mapped_column(String(64))
    table_name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))  # fact | dimension
    mode: Mapped[str] = mapped_column(String(20), default="append")
    scheme: Mapped[str] = mapped_column(default="")  # how scope keys are made; fixed while loaded
    key: Mapped[list[Any] | None]  # of an upsert: the columns that identify a row
    event_date: Mapped[str | None] = mapped_column(String(80))  # the column of the days covered
    covers: Mapped[list[Any] | None]  # the scope keys that were declared
    parameters: Mapped[dict[str, Any] | None]  # what came with the bytes
    on_restatement: Mapped[str] = mapped_column(String(20), default="publish")  # publish | hold
    replay_of: Mapped[int | None]
    source: Mapped[str]  # the file name that people know
    member: Mapped[str | None]  # the file inside the archive, when the source is one
    source_hash: Mapped[str] = mapped_column(String(64))
    source_bytes: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20), index=True)
    by: Mapped[str] = mapped_column(String(80))
    job: Mapped[str | None] = mapped_column(String(40))
    owner: Mapped[str]  # the process that works on it: host:pid:start
    lease_until: Mapped[datetime]
    received_at: Mapped[datetime]
    parsed_at: Mapped[datetime | None]
    stored_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    rows_done: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_expected: Mapped[int | None] = mapped_column(BigInteger)
    rows_in_file: Mapped[int | None] = mapped_column(BigInteger)
    rows_stored: Mapped[int | None] = mapped_column(BigInteger)
    rows_quarantined: Mapped[int | None] = mapped_column(BigInteger)
    rows_ignored: Mapped[int | None] = mapped_column(BigInteger)
    sums: Mapped[dict[str, Any] | None]  # column -> exact decimal text, counted by the parser
    first_date: Mapped[date | None]
    last_date: Mapped[date | None]
    first_snapshot: Mapped[int | None]  # of the first publication; restoring does not move it
    held_for: Mapped[str | None] = mapped_column(String(20))
    decision: Mapped[dict[str, Any] | None]  # what is to be decided, and what was
    error_code: Mapped[str | None] = mapped_column(String(80))
    error: Mapped[str | None]


class BatchRow(Table):
    """The rows of one load that share a scope key; its id is the `_load` of each of them."""

    __tablename__ = "batch"
    __table_args__ = (
        Index("batch_by_table", "table_name", "id"),
        Index("batch_by_slot", "table_name", "source", "scope_key"),
        Index("batch_by_first_date", "table_name", "first_date"),
        Index("batch_by_last_date", "table_name", "last_date"),
    )
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    load: Mapped[int] = mapped_column(ForeignKey("load.id"), index=True)
    table_name: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(80), default="")  # specification; empty: dimension
    scope_key: Mapped[str]
    kind: Mapped[str] = mapped_column(String(10), default="own")  # own | built
    basis: Mapped[str | None] = mapped_column(String(64))  # which own batches a built one holds
    first_snapshot: Mapped[int | None]  # of an own batch: of its publication
    rows: Mapped[int | None] = mapped_column(BigInteger)
    sums: Mapped[dict[str, Any] | None]
    first_date: Mapped[date | None]
    last_date: Mapped[date | None]
    is_whole: Mapped[bool] = mapped_column(default=False)  # store and ledger were found equal
    owner: Mapped[str | None]  # of a built batch: the process that builds it
    created_at: Mapped[datetime | None]
    doomed_at: Mapped[datetime | None]  # its rows are to go: it is not shown or built on any more
    purged_at: Mapped[datetime | None]  # its rows are gone: it need not be hidden any more


class BatchShownRow(Table):
    """A span of snapshots that show a batch: from `since`, up to but not at `until`."""

    __tablename__ = "batch_shown"
    __table_args__ = (
        Index(
            "batch_shown_ended",
            "until",
            sqlite_where=text("until IS NOT NULL"),
            postgresql_where=text("until IS NOT NULL"),
        ),
    )
    batch: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    since: Mapped[int] = mapped_column(ForeignKey("snapshot.n"), primary_key=True, index=True)
    until: Mapped[int | None] = mapped_column(ForeignKey("snapshot.n"))


class LoadEventRow(Table):
    """Append-only: what happened to a load, at which snapshot, by whom and why."""

    __tablename__ = "load_event"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    load: Mapped[int] = mapped_column(ForeignKey("load.id"), index=True)
    snapshot: Mapped[int | None] = mapped_column(ForeignKey("snapshot.n"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None]
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]


class SnapshotRow(Table):
    """One state of the published facts."""

    __tablename__ = "snapshot"
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(80))
    what: Mapped[str]
    top: Mapped[int] = mapped_column(BigInteger)  # highest batch id handed out so far


class PurgeRow(Table):
    """Append-only: batches were doomed; from the horizon on everything can be asked."""

    __tablename__ = "purge"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(80))
    horizon: Mapped[int]
    batches: Mapped[int]


class RepairRow(Table):
    """Rows of a table that are replaced by those of their source; open while it is closed."""

    __tablename__ = "repair"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    table_name: Mapped[str] = mapped_column(String(120))
    load: Mapped[int]  # 0: of several
    batches: Mapped[list[Any]]
    by: Mapped[str] = mapped_column(String(80))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class GroupedFileRow(Table):
    """A small file that waits to be loaded with others, or its place in the load that it is in."""

    __tablename__ = "grouped_file"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    specification: Mapped[str] = mapped_column(String(80))
    source: Mapped[str]  # the file name that people know
    source_hash: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(String(80))
    received_at: Mapped[datetime]
    group_name: Mapped[str | None] = mapped_column(String(40), index=True)
    load: Mapped[int | None] = mapped_column(index=True)
    first_row: Mapped[int | None] = mapped_column(BigInteger)  # lines of the load's source
    last_row: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None]
    push: Mapped[int | None] = mapped_column(index=True)  # that brought it


class QuarantinedRow(Table):
    """One value of the source that broke a rule; its row was not stored."""

    __tablename__ = "quarantined_row"
    __table_args__ = (Index("quarantine_by_load", "load", "line"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    load: Mapped[int] = mapped_column(ForeignKey("load.id"))
    line: Mapped[int] = mapped_column(BigInteger)
    column: Mapped[str | None] = mapped_column(String(120))
    raw: Mapped[str]
    rule: Mapped[str] = mapped_column(String(80))
    message: Mapped[str]


class JobRow(Table):
    """Work for the queue; the row is the truth, the queue only the doorbell."""

    __tablename__ = "job"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    function: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20), index=True)
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    expected: Mapped[int | None] = mapped_column(BigInteger)
    doing: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]
    error_code: Mapped[str | None] = mapped_column(String(80))
    error: Mapped[str | None]
    exit_code: Mapped[int] = mapped_column(default=0)
    by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class UserRow(Table):
    """A person who may sign in."""

    __tablename__ = "app_user"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    display_name: Mapped[str | None]
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(String(10))
    theme: Mapped[str | None] = mapped_column(String(20))
    density: Mapped[str | None] = mapped_column(String(20))
    is_active: Mapped[bool] = mapped_column(default=True)
    rights_version: Mapped[int] = mapped_column(default=1)  # rises with role, scope and activity
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]


class WebSessionRow(Table):
    """A signed-in browser; the cookie's value is kept as a hash alone."""

    __tablename__ = "web_session"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInLinkRow(Table):
    """A link that signs one person in, once."""

    __tablename__ = "sign_in_link"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiTokenRow(Table):
    """A program's key, with its owner's rights; kept as a hash alone."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(20))  # the first letters, to tell tokens apart
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class DefinitionRow(Table):
    """One version of an indicator, a scorecard or a target set."""

    __tablename__ = "definition"
    __table_args__ = (UniqueConstraint("kind", "code", "version", name="definition_version"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    body: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str]
    at: Mapped[datetime]
    number: Mapped[int] = mapped_column(index=True)  # of the change that brought this version


class AppliedModelRow(Table):
    """One version of a pack's cube model as it was applied to the store."""

    __tablename__ = "applied_model"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    pack: Mapped[str] = mapped_column(String(80), index=True)
    version: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str]
    at: Mapped[datetime]
    number: Mapped[int]


class ExportRow(Table):
    """One file that somebody asked for, beside the job that makes it."""

    __tablename__ = "export"
    id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    user: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    spec: Mapped[dict[str, Any]]  # what is exported, in canonical form
    format: Mapped[str] = mapped_column(String(10))
    title: Mapped[str]
    file_name: Mapped[str | None]  # in the folder of exports
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    fingerprint: Mapped[str | None] = mapped_column(String(64), index=True)
    snapshot: Mapped[int | None] = mapped_column(BigInteger)
    definitions: Mapped[int | None] = mapped_column(BigInteger)
    scope: Mapped[list[Any] | None]  # of the person, when the file was made
    created_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    removed_at: Mapped[datetime | None]  # its file is gone
    told_at: Mapped[datetime | None]  # its owner has seen that it ended


class ExportScheduleRow(Table):
    """An export that is asked for again and again."""

    __tablename__ = "export_schedule"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    spec: Mapped[dict[str, Any]]
    format: Mapped[str] = mapped_column(String(10))
    title: Mapped[str]
    cron: Mapped[str] = mapped_column(String(80))
    zone: Mapped[str] = mapped_column(String(60))  # of the clock that the expression means
    to_folder: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True, index=True)
    created_at: Mapped[datetime]


class ExportSlotRow(Table):
    """One due time of a schedule: the row is what makes it happen once."""

    __tablename__ = "export_slot"
    schedule: Mapped[str] = mapped_column(ForeignKey("export_schedule.id"), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    export: Mapped[str | None] = mapped_column(String(40))
