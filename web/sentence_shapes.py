"""The sentences that the server writes down with loads, jobs and refused values, as shapes.

Each is the English sentence with its values left out. It stands here once more so that it can be
shown in other languages; a test compares this list with what the server says.
"""

from web.phrases import LazyText, lazy_gettext

FILES: tuple[LazyText, ...] = (
    lazy_gettext("%(file)s is empty"),
    lazy_gettext(
        "%(file)s does not end with a line feed: its last line, %(line)s, may have been cut"
    ),
    lazy_gettext("%(file)s ends before the line that names its columns"),
    lazy_gettext("%(file)s has no header in its first line"),
    lazy_gettext("%(file)s has no header in its second line"),
    lazy_gettext("the first line of %(file)s must begin with %(mark)s and name its scope"),
    lazy_gettext("%(file)s is not text: line %(line)s holds a zero byte"),
    lazy_gettext("%(file)s is UTF-16; UTF-8 text is needed"),
    lazy_gettext("%(file)s is a zip archive; UTF-8 text is needed"),
    lazy_gettext("%(file)s is a Parquet file; UTF-8 text is needed"),
    lazy_gettext("%(file)s is not UTF-8: line %(line)s holds the byte %(byte)s; save it as UTF-8"),
    lazy_gettext(
        "%(file)s has 1 row, but %(specification)s must have %(wanted)s: the file is not whole, or "
        "is another one"
    ),
    lazy_gettext(
        "%(file)s has %(rows)s rows, but %(specification)s must have %(wanted)s: the file is "
        "not whole, or is another one"
    ),
    lazy_gettext("%(file)s has no rows; %(specification)s is complete or not"),
    lazy_gettext("%(file)s: line %(line)s is longer than %(bytes)s bytes"),
    lazy_gettext("%(file)s is not a zip archive"),
    lazy_gettext("%(file)s is a broken zip archive, or was cut: %(reason)s"),
    lazy_gettext("%(file)s cannot be unpacked: %(reason)s"),
    lazy_gettext("%(file)s: %(member)s unpacks to more than %(times)s times its size"),
    lazy_gettext("%(file)s: %(member)s is encrypted"),
    lazy_gettext("%(file)s holds no file %(member)s; it holds: %(names)s"),
    lazy_gettext("%(file)s is no whole Parquet file: %(reason)s"),
    lazy_gettext("%(file)s is no Parquet file; %(specification)s reads Parquet"),
    lazy_gettext("%(column)s is %(kind)s; it must be %(kinds)s, or text"),
    lazy_gettext("%(column)s is %(kind)s; it must be text"),
    lazy_gettext("of whole numbers"),
    lazy_gettext("of decimals or whole numbers"),
    lazy_gettext("of float or double"),
    lazy_gettext("of dates"),
    lazy_gettext("of moments with a time zone"),
    lazy_gettext("%(file)s covers two things: %(words)s"),
    lazy_gettext("%(file)s does not say what it covers; %(ways)s"),
    lazy_gettext(
        "the file covers more than %(count)s scope keys of %(specification)s; choose a coarser "
        "scope or fewer buckets"
    ),
    lazy_gettext("there is no file %(file)s"),
    lazy_gettext("%(column)s adds up to %(found)s, but %(specification)s must have %(wanted)s"),
    lazy_gettext(
        "the only row is in quarantine; %(specification)s may have %(most)s, so nothing of it is "
        "loaded"
    ),
    lazy_gettext(
        "%(rows)s or more of %(all)s rows are in quarantine; %(specification)s may have "
        "%(most)s, so nothing of it is loaded"
    ),
)
COLUMNS: tuple[LazyText, ...] = (
    lazy_gettext("it lacks column %(names)s"),
    lazy_gettext("it lacks columns %(names)s"),
    lazy_gettext("it lacks columns %(names)s and %(count)s more"),
    lazy_gettext("its first line names none of the columns"),
    lazy_gettext("it has the unknown column %(names)s"),
    lazy_gettext("it has the unknown columns %(names)s"),
    lazy_gettext("it has the unknown columns %(names)s and %(count)s more"),
    lazy_gettext("perhaps %(found)s stands for %(meant)s"),
    lazy_gettext("it has twice the column %(names)s"),
    lazy_gettext("it has twice the columns %(names)s"),
    lazy_gettext("its columns are parted by %(sign)s, not by %(other_sign)s"),
    lazy_gettext("a comma"),
    lazy_gettext("a semicolon"),
    lazy_gettext("a tab"),
    lazy_gettext("a bar"),
    lazy_gettext("%(specification)s reads: %(names)s"),
)
VALUES: tuple[LazyText, ...] = (
    lazy_gettext("%(column)s must have a value"),
    lazy_gettext("%(column)s must be a whole number"),
    lazy_gettext("%(column)s must be a decimal number"),
    lazy_gettext("%(column)s must be a number"),
    lazy_gettext("%(column)s must be a day without a time"),
    lazy_gettext("%(column)s has whole milliseconds"),
    lazy_gettext(
        "%(column)s has at most %(before)s digits before the point and %(after)s after it"
    ),
    lazy_gettext("%(column)s must be a date like 2013-12-31"),
    lazy_gettext("%(column)s must be a moment like 2013-12-31T23:59:00Z"),
    lazy_gettext("%(column)s is a day that no calendar has"),
    lazy_gettext("%(column)s is too large"),
    lazy_gettext("%(column)s must be %(least)s or more"),
    lazy_gettext("%(column)s must be %(most)s or less"),
    lazy_gettext("%(column)s must be one of %(names)s"),
    lazy_gettext("%(column)s must be %(least)s to %(most)s"),
    lazy_gettext("%(column)s holds a control character"),
    lazy_gettext("%(column)s begins or ends with a space"),
    lazy_gettext("%(year)s, %(month)s and %(day)s name a day that no calendar has"),
    lazy_gettext("%(column)s is not in the list for %(name)s: %(names)s"),
    lazy_gettext("%(left)s less %(right)s must be %(least)s to %(most)s"),
    lazy_gettext("%(key)s is there already; a key names one row"),
    lazy_gettext("%(key)s is there already; a member has one row"),
    lazy_gettext("the row is of %(key)s, but the file covers %(keys)s"),
    lazy_gettext("the line has 1 value; %(needed)s are needed"),
    lazy_gettext("the line has %(found)s values; %(needed)s are needed"),
    lazy_gettext("the line holds a carriage return that does not end it"),
    lazy_gettext("a quote is not closed in its line, or stands inside a value"),
)
MEMBERS: tuple[LazyText, ...] = (
    lazy_gettext("the parent %(parent)s of %(member)s is not among the members"),
    lazy_gettext("the parent %(parent)s of %(member)s is not there"),
    lazy_gettext("the parent %(parent)s of %(member)s is not there before %(day)s"),
    lazy_gettext("the parent %(parent)s of %(member)s is not there from %(first)s"),
    lazy_gettext("the parent %(parent)s of %(member)s is not there from %(first)s to %(last)s"),
    lazy_gettext("%(member)s stands deeper than %(most)s levels; the model's depth allows no more"),
    lazy_gettext("%(names)s is a circle of parents"),
    lazy_gettext(
        "%(one)s and %(other)s are both without a parent, and one root is allowed unless the "
        'model says "roots": "many"'
    ),
    lazy_gettext("%(member)s is valid from %(first)s to %(last)s, which is before it"),
    lazy_gettext("two rows of %(member)s are both valid on %(day)s"),
    lazy_gettext("no row of %(member)s is valid from %(first)s to %(last)s"),
)
LEDGER: tuple[LazyText, ...] = (
    lazy_gettext("%(file)s restates 1 published scope key; somebody has to decide"),
    lazy_gettext("%(file)s restates %(count)s published scope keys; somebody has to decide"),
    lazy_gettext(
        "1 row of %(file)s would count twice, with keys that are seen already: %(words)s; "
        "somebody has to decide"
    ),
    lazy_gettext(
        "%(rows)s rows of %(file)s would count twice, with keys that are seen already: "
        "%(words)s; somebody has to decide"
    ),
    lazy_gettext(
        "1 row of load %(load)s would count twice, with keys that are seen by now: %(words)s"
    ),
    lazy_gettext(
        "%(rows)s rows of load %(load)s would count twice, with keys that are seen by now: "
        "%(words)s"
    ),
    lazy_gettext(
        "other rows came since load %(load)s was held: 1 row of it would count twice that were "
        "not shown: %(words)s; look at them again"
    ),
    lazy_gettext(
        "other rows came since load %(load)s was held: %(rows)s rows of it would count twice "
        "that were not shown: %(words)s; look at them again"
    ),
    lazy_gettext("line %(line)s (%(key)s) is line %(other)s of load %(load)s"),
    lazy_gettext("%(words)s: it is there already; a key names one row"),
    lazy_gettext("and %(count)s more"),
    lazy_gettext("refused by %(person)s: %(reason)s"),
    lazy_gettext(
        "what was pushed to %(specification)s and accepted waits, for it cannot be read as it came "
        "any more: %(reason)s"
    ),
    lazy_gettext("the process that loaded it ended; nothing of it was visible, load it again"),
    lazy_gettext("the same file was published meanwhile as load %(load)s"),
    lazy_gettext("the same file is visible as load %(load)s already"),
    lazy_gettext("the same file is load %(load)s, which waits for a decision"),
    lazy_gettext("the same file is load %(load)s, which was withdrawn"),
    lazy_gettext("load %(load)s was broken off: %(reason)s"),
    lazy_gettext(
        "load %(load)s: the store has %(rows)s rows of %(wanted)s in %(table)s, other sums in: "
        "%(columns)s"
    ),
    lazy_gettext("load %(load)s: other publishers of %(table)s came first %(times)s times"),
    lazy_gettext(
        "load %(load)s: other rows of %(specification)s were published first %(times)s times"
    ),
    lazy_gettext(
        "load %(load)s would replace other rows by now than those that were shown; look at the "
        "difference again"
    ),
    lazy_gettext("load %(load)s is %(state)s; only a %(wanted_state)s load can be %(change)s"),
    lazy_gettext("load %(load)s is %(state)s; only a held load can be decided upon"),
    lazy_gettext("load %(load)s is %(state)s; only a published load is corrected"),
    lazy_gettext(
        "load %(load)s is %(state)s, not %(states)s: another process has finished or abandoned it"
    ),
    lazy_gettext("%(table)s got another version while load %(load)s was on its way"),
    lazy_gettext("the rows of load %(load)s were purged, so it cannot be shown as it was"),
    lazy_gettext("`indicube load replay %(load)s` reads it anew from the spool"),
    lazy_gettext(
        "`indicube load restore %(load)s` shows it again, `indicube load replay %(other)s` "
        "reads it anew"
    ),
    lazy_gettext(
        "%(specification)s is in mode %(mode)s (%(scheme)s), but load %(load)s was published in"
        " mode %(other_mode)s (%(other_scheme)s): withdraw what was loaded so, or give the "
        "specification another name"
    ),
    lazy_gettext("already corrected in load %(load)s: line %(lines)s"),
    lazy_gettext("load %(load)s is in mode %(mode)s: send the rows again in a file of their own"),
    lazy_gettext("%(file)s is Parquet, whose records have no lines: send them again"),
    lazy_gettext("the first line of %(file)s must begin with %(mark)s"),
    lazy_gettext("line %(line)s of load %(load)s was not refused"),
    lazy_gettext("line %(line)s of load %(load)s stands there twice"),
    lazy_gettext("%(number)s is no number of a line"),
    lazy_gettext("1 to %(most)s lines are taken"),
    lazy_gettext("load %(load)s had no rows of %(key)s when it was loaded"),
    lazy_gettext("the source of load %(load)s is not in the spool any more"),
    lazy_gettext("the source of load %(load)s is not in the spool as it was"),
    lazy_gettext("load %(load)s fills %(table)s, but the cube model has no such table"),
    lazy_gettext("The rows that would be seen were purged; they are read again when it is done."),
    lazy_gettext(
        "what would move was not worked out within %(minutes)s minutes: %(done)s of "
        "%(expected)s scope keys are"
    ),
    lazy_gettext(
        "a column that is not to be read is named in ignored_columns of the specification"
    ),
    lazy_gettext("send the same file again: a copy with the same bytes is put in its place"),
    lazy_gettext("`indicube load decide %(load)s --approve` or `--refuse`"),
    lazy_gettext("indicube load decide %(load)s"),
    lazy_gettext("Other publishers came first; ask again what %(change)s would move."),
)
HOUSE: tuple[LazyText, ...] = (
    lazy_gettext("its worker died %(times)s times"),
    lazy_gettext("job %(job)s verifies already; wait until it has ended"),
    lazy_gettext(
        "the disk of %(place)s has %(free)s bytes free; %(least)s are kept free for loads under"
        " way, so nothing is loaded until there is room. Everything that is loaded can be read"
    ),
    lazy_gettext(
        "the disk of %(place)s is full, so nothing is loaded until there is room; nothing of "
        "what was under way is visible. Everything that is loaded can be read"
    ),
    lazy_gettext("make room, then load again; `indicube doctor` says how much is free"),
    lazy_gettext("the fact store refused a statement (its code %(code)s)"),
    lazy_gettext("the fact store at %(address)s has bytes that are not as they were written"),
    lazy_gettext("`indicube verify` puts them back"),
    lazy_gettext("`indicube verify --deep` finds them and puts the rows back out of the spool"),
)
STARTS: tuple[LazyText, ...] = (
    lazy_gettext("load %(load)s"),
    lazy_gettext("line %(line)s"),
    lazy_gettext("line %(line)s of an earlier file"),
)
SHAPES: tuple[LazyText, ...] = (
    *FILES,
    *COLUMNS,
    *VALUES,
    *MEMBERS,
    *LEDGER,
    *HOUSE,
    *STARTS,
)
