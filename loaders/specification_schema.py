"""What a load specification may say, as marshmallow schemas; everything else is a mistake."""

import re
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "is_null", "is_given")
DERIVATIONS = ("when", "date", "lookup", "minus", "text")
MODES = ("append", "replace", "upsert", "complete", "merge")
MOST_BUCKETS = 4096

_NAME = validate.Regexp(
    r"^[a-z][a-z0-9_]*\Z", error="a name has lower case letters, digits and underscores"
)


_SCOPE = validate.Regexp(
    r"^(?:[a-z][a-z0-9_]*|(?:year|quarter|month)\([a-z][a-z0-9_]*\))\Z",
    error="it is a column, or year, quarter or month of one: month(day)",
)


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class LabelsSchema(_Strict):
    """Names in both languages."""

    en = fields.String(required=True)
    zh = fields.String(required=True)


class SourceSchema(_Strict):
    """Where the bytes are, unless a file is given when the load is started."""

    package = fields.String()  # an installed distribution; it is never imported
    file = fields.String(required=True)
    member = fields.String()  # the file inside an archive


class FormatSchema(_Strict):
    """What the source is, and how text is cut into values."""

    kind = fields.String(load_default="csv", validate=validate.OneOf(["csv", "parquet", "either"]))
    delimiter = fields.String(load_default=",", validate=validate.OneOf([",", ";", "\t", "|"]))
    null = fields.List(fields.String(), load_default=list)  # texts that mean: no value
    ends_with_newline = fields.Boolean(load_default=True)  # else the last line may be cut


class ControlSchema(_Strict):
    """What the sender says that the file holds; a file that holds less is not whole."""

    rows = fields.Integer(strict=True, validate=validate.Range(min=0))
    sums = fields.Dict(keys=fields.String(), values=fields.Raw(), load_default=dict)
    error_limit_percent = fields.Decimal(validate=validate.Range(min=0, max=100))


class ColumnSchema(_Strict):
    """A column of the source that is read; its type is that of the table unless given."""

    source = fields.String(required=True, data_key="from")
    name = fields.String(validate=_NAME)
    type = fields.String()
    least = fields.Raw()
    most = fields.Raw()
    one_of = fields.List(fields.String(), validate=validate.Length(min=1))
    exponent = fields.Boolean(load_default=False)


class ConditionSchema(_Strict):
    """One condition of a flag; a column without a value meets `is_null` alone."""

    column = fields.String(required=True)
    op = fields.String(required=True, validate=validate.OneOf(OPERATORS))
    value = fields.Raw()

    @validates_schema
    def _has_value(self, condition: dict[str, Any], **_: object) -> None:
        needs_value = not condition["op"].startswith("is_")
        if needs_value != ("value" in condition):
            raise ValidationError("it is needed" if needs_value else "it is not used", "value")


class MinusSchema(_Strict):
    """A number less another; each is a column's name or a number."""

    left = fields.Raw(required=True)
    right = fields.Raw(required=True)


class DerivedSchema(_Strict):
    """A column made from others, in exactly one of five ways."""

    kinds: ClassVar[tuple[str, ...]] = DERIVATIONS
    name = fields.String(required=True, validate=_NAME)
    when = fields.List(fields.Nested(ConditionSchema), validate=validate.Length(min=1))
    date = fields.List(fields.String(), validate=validate.Length(equal=3))
    lookup = fields.String()
    values = fields.Dict(keys=fields.String(), values=fields.String())
    otherwise = fields.String(load_default="refuse", validate=validate.OneOf(["refuse", "empty"]))
    minus = fields.Nested(MinusSchema)
    text = fields.String()

    @validates_schema
    def _is_one_kind(self, derived: dict[str, Any], **_: object) -> None:
        given = [kind for kind in self.kinds if kind in derived]
        if len(given) != 1:
            raise ValidationError(f"exactly one of {', '.join(self.kinds)} must be given")
        if ("lookup" in derived) != ("values" in derived):
            raise ValidationError("lookup and values go together", "values")


class CoverSchema(_Strict):
    """How a source says which scope keys it covers; else the keys of its rows are covered."""

    file_name = fields.String()  # a regular expression with a named group for each part of scope
    control_line = fields.String(validate=validate.Length(min=1))  # what the first line begins with
    required = fields.Boolean(load_default=False)

    @validates_schema
    def _names_groups(self, cover: dict[str, Any], **_: object) -> None:
        try:
            pattern = re.compile(cover.get("file_name", "(?P<any>)"))
        except re.error as error:
            raise ValidationError(f"it is no regular expression: {error}", "file_name") from None
        if not pattern.groupindex:
            raise ValidationError("it has no named group like (?P<month>…)", "file_name")


class SpecificationSchema(_Strict):
    """A whole file of `loads/`."""

    name = fields.String(required=True, validate=_NAME)
    table = fields.String(required=True, validate=_NAME)
    labels = fields.Nested(LabelsSchema, required=True)
    mode = fields.String(load_default="append", validate=validate.OneOf(MODES))
    key = fields.List(fields.String(validate=_NAME), load_default=list)
    scope = fields.List(fields.String(validate=_SCOPE), load_default=list)
    buckets = fields.Integer(strict=True, validate=validate.Range(min=1, max=MOST_BUCKETS))
    cover = fields.Nested(CoverSchema)
    on_restatement = fields.String(
        load_default="publish", validate=validate.OneOf(["publish", "hold"])
    )
    hold_over_percent = fields.Decimal(validate=validate.Range(min=0))  # of rows or a control sum
    group = fields.Boolean(load_default=False)  # small appended files may become one load
    arrival = fields.Raw()  # what is expected when: server.arrivals.contract
    event_date = fields.String()  # of facts: the column that watermarks are read from
    source = fields.Nested(SourceSchema, required=True)
    format = fields.Nested(FormatSchema, load_default=lambda: FormatSchema().load({}))
    control = fields.Nested(ControlSchema, load_default=lambda: ControlSchema().load({}))
    columns = fields.List(
        fields.Nested(ColumnSchema), required=True, validate=validate.Length(min=1)
    )
    ignored_columns = fields.List(fields.String(), load_default=list)
    derived = fields.List(fields.Nested(DerivedSchema), load_default=list)

    @validates_schema
    def _fits_the_mode(self, known: dict[str, Any], **_: object) -> None:
        mode = known["mode"]
        wrong: dict[str, list[str]] = {}
        for name, modes in _BELONGS.items():
            if known.get(name) and mode not in modes:
                wrong[name] = [f"it belongs to mode {' or '.join(modes)}, this one is {mode}"]
        if mode == "upsert" and not known["key"]:
            wrong["key"] = ["mode upsert needs the columns that tell its rows apart"]
        if known.get("cover") and mode == "replace" and not known["scope"]:
            wrong["cover"] = ["without a scope a load covers everything"]
        if "hold_over_percent" in known and known["on_restatement"] != "hold":
            wrong["hold_over_percent"] = ['it belongs to on_restatement = "hold"']
        for name in ("key", "scope"):
            if len(set(known[name])) < len(known[name]):
                wrong[name] = ["a column stands there twice"]
        if wrong:
            raise ValidationError(dict(wrong))


# What only some modes know; of a restatement nothing can be held where nothing is restated.
_BELONGS = {
    "key": ("append", "replace", "upsert"),
    "scope": ("replace",),
    "buckets": ("upsert",),
    "cover": ("replace",),
    "arrival": ("replace",),
    "group": ("append",),
}
