"""The words of files, in both languages; those of figures are the screen's own."""

from datetime import UTC, date, datetime

from server.cube.elements import AS_IS
from server.exports.document import Missing
from server.indicators.absence import Absence
from server.indicators.definition import Text
from server.indicators.scoring import Status
from server.periods import Period
from server.snapshot import THEN, Snapshot, parse_as_of, parse_as_of_model

ABSENCES: dict[Absence, tuple[Text, Text]] = {
    Absence.NOT_LOADED: (
        Text("not loaded", "未载入"),
        Text("The facts of this period have not been loaded.", "此期间的事实尚未载入。"),
    ),
    Absence.LATE: (
        Text("late", "迟到"),
        Text("The facts of this period were due and have not arrived.", "此期间的事实应到未到。"),
    ),
    Absence.PARTIAL: (
        Text("partial", "不完整"),
        Text(
            "Only a part of this period has arrived; it is not judged.",
            "此期间的数据只到达了一部分，不作评判。",
        ),
    ),
    Absence.NOT_APPLICABLE: (
        Text("n/a", "不适用"),
        Text("This question has no answer for this slice.", "此范围不适用该问题。"),
    ),
    Absence.ZERO_DENOMINATOR: (
        Text("no base", "无基数"),
        Text("The figure would be divided by zero.", "分母为零，无法计算。"),
    ),
    Absence.SUPPRESSED: (
        Text("hidden", "已隐藏"),
        Text("This figure may not be shown to you.", "您无权查看此数字。"),
    ),
    Absence.NO_TARGET: (
        Text("no target", "无目标"),
        Text("Nobody has set a target for this period.", "此期间尚未设定目标。"),
    ),
    Absence.DEFINITION_GAP: (
        Text("undefined", "未定义"),
        Text("The definition does not cover this period.", "定义不涵盖此期间。"),
    ),
    Absence.CONFLICT: (
        Text("conflict", "冲突"),
        Text("Two sources say different things.", "两个来源说法不一。"),
    ),
}

STATUSES: dict[Status, Text] = {
    Status.EXCEEDED: Text("exceeded", "超额"),
    Status.ON_TARGET: Text("on target", "达标"),
    Status.WATCH: Text("watch", "关注"),
    Status.OFF: Text("off target", "未达标"),
    Status.NO_DATA: Text("no data", "无数据"),
    Status.PARTIAL: Text("partial", "不完整"),
}

POINTS = Text(" pp", " 百分点")

WORDS: dict[str, Text] = {
    "about": Text("About", "说明"),
    "actual": Text("AC actual", "AC 实际"),
    "arrived": Text("Arrived", "已到数据"),
    "arrived_of": Text("{arrived} of {expected}", "{expected} 份中的 {arrived} 份"),
    "missing_from": Text("; missing: {named}", "；缺：{named}"),
    "compared": Text("ΔPP compares", "环比范围"),
    "comparisons": Text("Comparisons", "比较"),
    "alike": Text("of organisations that are on both sides alone", "只比较两期都有的组织"),
    "compared_days": Text("the first {days} days of each", "各自的前 {days} 天"),
    "compared_units": Text(
        "the same {units} of {of} on both sides", "两期都已到齐的 {units} 个（共 {of} 个）"
    ),
    "compared_alike": Text(
        "like for like: {units} of {of} are on both sides", "同口径：{of} 个中有 {units} 个两期都有"
    ),
    "absences": Text("Words for missing figures", "缺失数字的说明"),
    "batch": Text("Batch", "批次"),
    "carried": Text("Carried on (*)", "结转（*）"),
    "carried_figures": Text(
        "stocks last counted before the days of their figure, the oldest on {day}",
        "数字中含有在其期间之前最后盘点的存量，最早为{day}",
    ),
    "carried_on": Text(
        "With stocks carried on; the oldest is of {day}.", "含结转的存量，最早为{day}。"
    ),
    "change": Text("change", "变化"),
    "chart": Text("Chart", "图表"),
    "cube": Text("Cube", "数据立方体"),
    "data_to": Text("Data to", "数据截至"),
    "definitions": Text("Definitions", "定义版本"),
    "export": Text("Export", "导出编号"),
    "facts": Text("Facts", "明细事实"),
    "filters": Text("Filters", "筛选"),
    "fingerprint": Text("Fingerprint", "指纹"),
    "growth": Text("growth", "增长"),
    "mtd": Text("month to date", "月累计"),
    "qtd": Text("quarter to date", "季累计"),
    "ytd": Text("year to date", "年累计"),
    "rolling_3": Text("last 3 periods", "近 3 期"),
    "rolling_12": Text("last 12 periods", "近 12 期"),
    "last_year": Text("a year earlier", "上年同期"),
    "year_change": Text("change on a year earlier", "同比增减"),
    "year_growth": Text("growth on a year earlier", "同比增长"),
    "ytd_last_year": Text("year to date a year earlier", "上年同期累计"),
    "ytd_growth": Text("growth of year to date", "累计同比增长"),
    "indicator": Text("Indicator", "指标"),
    "known": Text("As known on", "当时所知"),
    "made_at": Text("Made at", "生成时间"),
    "made_by": Text("Made by", "生成人"),
    "membership": Text("Members", "成员归属"),
    "members_as_is": Text("where they belong now", "按现在的归属"),
    "model": Text("Cube model", "数据立方体模型"),
    "no_facts": Text("no facts yet", "尚无事实"),
    "objective": Text("Objective", "目标项"),
    "others": Text("Others", "其他"),
    "owner": Text("Owner", "负责人"),
    "page": Text("Page", "第"),
    "page_of": Text(" of ", " 页，共 "),
    "page_end": Text("", " 页"),
    "period": Text("Period", "期间"),
    "perspective": Text("Perspective", "层面"),
    "plan": Text("PL plan", "PL 目标"),
    "previous": Text("PP previous period", "PP 上期"),
    "previous_year": Text("PY previous year", "PY 上年同期"),
    "rows": Text("Rows", "行数"),
    "score": Text("Score", "得分"),
    "scorecard": Text("Scorecard", "记分卡"),
    "share": Text("share", "占比"),
    "snapshot": Text("Snapshot", "快照"),
    "source_row": Text("Source row", "源文件行"),
    "status": Text("Status", "状态"),
    "table": Text("Table", "表格"),
    "total": Text("Total", "合计"),
    "total_of": Text("Total {member}", "{member} 合计"),
    "unit": Text("Unit", "单位"),
    "snapshot_at": Text("publication {number}, {at}", "第 {number} 次发布，{at}"),
    "then": Text("of then", "当时的定义"),
    "by_definitions": Text("By the definitions", "所用定义"),
    "change_of_definitions": Text("of change {number}", "第 {number} 次变更"),
    "variance": Text("ΔPL", "ΔPL"),
    "variance_previous": Text("ΔPP", "ΔPP"),
    "weight": Text("Weight", "权重"),
    "whole": Text("everything that may be seen", "可见的全部"),
}


def word(name: str, language: str) -> str:
    """A word of files."""
    return WORDS[name].in_language(language)


def membership_facts(membership: str, language: str) -> tuple[tuple[str, str], ...]:
    """Where members are shown, if it is not where they were."""
    if membership != AS_IS:
        return ()
    return ((word("membership", language), word("members_as_is", language)),)


def known_facts(
    as_of: str | None, as_of_model: str | None, snapshot: Snapshot, language: str
) -> tuple[tuple[str, str], ...]:
    """By which state of facts and definitions a file was asked, where it is not by those of now."""
    told = []
    if as_of:
        told.append((word("known", language), _moment_words(as_of, snapshot, language)))
    if as_of_model:
        words = _model_words(as_of_model, language)
        told.append((word("by_definitions", language), words))
    return tuple(told)


def _moment_words(as_of: str, snapshot: Snapshot, language: str) -> str:
    moment = parse_as_of(as_of)
    if isinstance(moment, datetime):
        return _instant(as_of, moment, language)
    at = instant_words(snapshot.published_at, language) if snapshot.published_at else "–"
    return word("snapshot_at", language).format(number=moment, at=at)


def _model_words(as_of_model: str, language: str) -> str:
    if as_of_model == THEN:
        return word("then", language)
    moment = parse_as_of_model(as_of_model)
    if isinstance(moment, datetime):
        return _instant(as_of_model, moment, language)
    return word("change_of_definitions", language).format(number=moment)


def _instant(text: str, moment: datetime, language: str) -> str:
    is_day = len(text) == len("2026-03-31")
    return day_words(moment.date(), language) if is_day else instant_words(moment, language)


def missing(absence: Absence, language: str) -> Missing:
    """A missing figure with its word and reason."""
    short, reason = ABSENCES[absence]
    return Missing(absence, short.in_language(language), reason.in_language(language))


def carried_words(since: date, language: str) -> str:
    """What is said of a figure that holds stocks from before its own days."""
    return word("carried_on", language).format(day=day_words(since, language))


def period_words(period: Period, language: str) -> str:
    """A period in words, as the screen says it."""
    if language == "zh":
        return _chinese_period(period)
    match period.kind:
        case "day":
            return day_words(period.first_day, language)
        case "week":
            return f"Week {period.index}, {period.year}"
        case "month":
            return f"{_MONTHS[period.index - 1]} {period.year}"
        case "quarter":
            return f"Q{period.index} {period.year}"
        case _:
            return str(period.year)


def short_period(period: Period, language: str) -> str:
    """A period for the axis of a chart; the first of a year names the year."""
    label = _short(period, language)
    if period.kind == "year" or period.index != 1:
        return label
    return f"{period.year}年{label}" if language == "zh" else f"{label} {period.year}"


def day_words(day: date, language: str) -> str:
    """A day in words, as the screen says it."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_english_month(day)} {day.year}"


def instant_words(instant: datetime, language: str) -> str:
    """An instant in words, in UTC."""
    moment = instant.astimezone(UTC)
    clock = f"{moment:%H:%M}"
    if language == "zh":
        return f"{day_words(moment.date(), language)} {clock}（UTC）"
    return f"{day_words(moment.date(), language)}, {clock} UTC"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def _english_month(day: date) -> str:
    return _MONTHS[day.month - 1][:3]


def _chinese_period(period: Period) -> str:
    match period.kind:
        case "day":
            return day_words(period.first_day, "zh")
        case "week":
            return f"{period.year}年第{period.index}周"
        case "month":
            return f"{period.year}年{period.index}月"
        case "quarter":
            return f"{period.year}年第{period.index}季度"
        case _:
            return f"{period.year}年"


def _short(period: Period, language: str) -> str:
    is_chinese = language == "zh"
    match period.kind:
        case "day":
            day = period.first_day
            return f"{day.month}月{day.day}日" if is_chinese else f"{day.day} {_english_month(day)}"
        case "week":
            return f"{period.index}周" if is_chinese else f"W{period.index}"
        case "month":
            return f"{period.index}月" if is_chinese else _MONTHS[period.index - 1][:3]
        case "quarter":
            return f"{period.index}季" if is_chinese else f"Q{period.index}"
        case _:
            return str(period.year)
