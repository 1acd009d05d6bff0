"""The settings that limit questions to the facts: one question, one person, one answer."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from server import setting_types as types


def setting(variable: str, default: str, sentence: str, reader: types.Reader) -> Any:
    """Declare one setting; {home} in the default stands for the home folder."""
    return dataclasses.field(
        metadata={
            "variable": variable,
            "default": default,
            "sentence": sentence,
            "reader": reader,
        }
    )


@dataclass(frozen=True, kw_only=True)
class QuestionSettings:
    """What questions may take."""

    readers: int = setting(
        "INDICUBE_READERS",
        "8",
        "Connections to the facts that are kept open for questions, per class of threads.",
        types.whole(1, 256),
    )
    max_execution_seconds: int = setting(
        "INDICUBE_MAX_EXECUTION_SECONDS",
        "30",
        "Seconds after which a question to the facts is stopped; and seconds of processor time "
        "that working out an answer from its rows may take.",
        types.whole(1, 3600),
    )
    max_memory_bytes: int = setting(
        "INDICUBE_MAX_MEMORY_BYTES",
        "2000000000",
        "Memory that one question to the facts may take.",
        types.whole(10_000_000, 10**15),
    )
    max_result_rows: int = setting(
        "INDICUBE_MAX_RESULT_ROWS",
        "100000",
        "Rows that one question to the facts may answer.",
        types.whole(100, 10**9),
    )
    max_rows_read: int = setting(
        "INDICUBE_MAX_ROWS_READ",
        "1000000000000",
        "Rows of facts that one question may read.",
        types.whole(1000, 10**15),
    )
    max_groups: int = setting(
        "INDICUBE_MAX_GROUPS",
        "5000000",
        "Groups that one question to the facts may make before it sorts and cuts them.",
        types.whole(1000, 10**12),
    )
    max_cells: int = setting(
        "INDICUBE_MAX_CELLS",
        "50000",
        "Cells that one aggregate answers without pages.",
        types.whole(100, 10_000_000),
    )
    questions_per_person: int = setting(
        "INDICUBE_QUESTIONS_PER_PERSON",
        "4",
        "Questions to the facts that are answered at a time for one person, over all their "
        "windows and programs; further ones wait.",
        types.whole(1, 256),
    )
    question_wait_seconds: int = setting(
        "INDICUBE_QUESTION_WAIT_SECONDS",
        "10",
        "Seconds that a further question of the same person waits before it is refused as busy.",
        types.whole(0, 600),
    )
    query_log_days: int = setting(
        "INDICUBE_QUERY_LOG_DAYS",
        "30",
        "Days for which is remembered which levels and aggregates were asked, without members "
        "and names; 0: nothing is.",
        types.whole(0, 3650),
    )
    query_log_rows: int = setting(
        "INDICUBE_QUERY_LOG_ROWS",
        "100000",
        "The most questions that are remembered.",
        types.whole(100, 10_000_000),
    )
    cache_megabytes: int = setting(
        "INDICUBE_CACHE_MEGABYTES",
        "64",
        "Memory of each web process for answers that are given again as long as nothing that they "
        "depend on has changed; 0: none are.",
        types.whole(0, 100_000),
    )
    cache_redis: str = setting(
        "INDICUBE_CACHE_REDIS",
        "",
        "A Redis that keeps answers for all web processes as well, best one of its own that drops "
        "what is old when it is full; empty: each process keeps its own.",
        types.address_or_none("unix", "redis", "rediss"),
    )
    streams: int = setting(
        "INDICUBE_STREAMS",
        "4",
        "Long answers (facts as CSV or JSON lines, long exports) that are sent at a "
        "time; one person may have half of them.",
        types.whole(1, 64),
    )
    stream_seconds: int = setting(
        "INDICUBE_STREAM_SECONDS",
        "3600",
        "Seconds after which a long answer is cut off.",
        types.whole(1, 86_400),
    )
    slicer_records: int = setting(
        "INDICUBE_SLICER_RECORDS",
        "1000",
        "Rows after which a JSON answer of /slicer ends, as /slicer/info tells; CSV and JSON lines "
        "have all rows.",
        types.whole(1, 50_000),
    )
    odata_rows: int = setting(
        "INDICUBE_ODATA_ROWS",
        "5000",
        "Rows after which an answer of /odata goes on at its next link.",
        types.whole(1, 10_000),
    )
    slice_rows: int = setting(
        "INDICUBE_SLICE_ROWS",
        "50000",
        "Rows that a slice on the screen may have; more go to a file, as CSV or Parquet.",
        types.whole(100, 1_000_000),
    )
    slice_columns: int = setting(
        "INDICUBE_SLICE_COLUMNS",
        "400",
        "Columns of members that a slice on the screen may have.",
        types.whole(10, 10_000),
    )
    slice_cells: int = setting(
        "INDICUBE_SLICE_CELLS",
        "500000",
        "Cells that a slice on the screen may have.",
        types.whole(1000, 100_000_000),
    )
    max_members: int = setting(
        "INDICUBE_MAX_MEMBERS",
        "1000",
        "Members of a dimension that one picker or breakdown lists.",
        types.whole(10, 100_000),
    )
    page_rows: int = setting(
        "INDICUBE_PAGE_ROWS", "100", "Fact rows on one page of a screen.", types.whole(10, 5000)
    )
