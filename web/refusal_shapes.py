"""The sentences in which the server refuses what people ask for, and says why an export failed.

Like `web.sentence_shapes`: the English ones with their values left out, compared by a test with
what the server says.
"""

from web.phrases import LazyText, lazy_gettext

EXPORTS: tuple[LazyText, ...] = (
    lazy_gettext("%(count)s of your exports are waiting; ask again when some are done."),
    lazy_gettext("This export has ended already."),
    lazy_gettext("This file is not there (any more); export it again."),
    lazy_gettext("What you may see has changed since this file was made; export it again."),
    lazy_gettext("There is no export %(export)s of yours."),
    lazy_gettext("There is no such schedule of yours."),
    lazy_gettext("No export of this Indicube has made this file."),
    lazy_gettext("export %(export)s was cancelled or taken over by another worker"),
    lazy_gettext("%(person)s may not sign in any more."),
    lazy_gettext(
        "%(person)s needs the right %(right)s for this export, which the role %(role)s does not "
        "have."
    ),
    lazy_gettext(
        "There is no room on the disk for the file; nothing of it was kept. Make room, or ask "
        "for less, and export again."
    ),
    lazy_gettext("The file could not be written: %(reason)s."),
    lazy_gettext("Facts and slices of any length are exported as %(formats)s."),
    lazy_gettext(
        "A slice of this length is exported as its simple aggregates alone; take %(names)s away, "
        "or cut the slice."
    ),
    lazy_gettext("A PDF holds %(count)s cells, this has more; take XLSX, CSV or Parquet."),
    lazy_gettext("A sheet holds %(rows)s rows; take Parquet or CSV for more."),
    lazy_gettext("This has no chart to draw; take another format."),
    lazy_gettext("Drawing took longer than %(seconds)s s."),
    lazy_gettext("The chart files of the screens are not installed."),
    lazy_gettext("An export names a scorecard or a cube."),
    lazy_gettext("%(field)s is a list of pairs."),
    lazy_gettext("There is no %(field)s %(value)s; there are %(names)s."),
    lazy_gettext("%(days)s are no days; there are %(names)s."),
    lazy_gettext("%(time)s is no time; write hours and minutes, as in 07:30."),
    lazy_gettext(
        "%(time)s is no time; write minute, hour, day, month and weekday, as in 30 7 * * 1-5 for "
        "half past seven on weekdays."
    ),
    lazy_gettext("There is no time zone %(zone)s; write one like Europe/Berlin or Asia/Shanghai."),
)
QUESTIONS: tuple[LazyText, ...] = (
    lazy_gettext("the question to the facts was cancelled"),
    lazy_gettext("the question was cancelled"),
    lazy_gettext("the question to the facts takes longer than %(bound)s"),
    lazy_gettext("the question to the facts takes too long"),
    lazy_gettext("the question to the facts takes more memory than %(bound)s"),
    lazy_gettext("the question to the facts takes too much memory"),
    lazy_gettext("the question to the facts reads more than %(bound)s"),
    lazy_gettext("the question to the facts reads too much"),
    lazy_gettext("the question to the facts reads too many rows"),
    lazy_gettext("the question to the facts answers more than %(bound)s"),
    lazy_gettext("the question to the facts has too many rows"),
    lazy_gettext("the question to the facts makes more groups than %(bound)s"),
    lazy_gettext("the question to the facts makes too many groups"),
    lazy_gettext("%(rows)s rows"),
    lazy_gettext("cut it to fewer periods or members, or drill down less"),
    lazy_gettext("or ask by page"),
    lazy_gettext("drill down to a higher level, or cut to fewer members"),
    lazy_gettext("whoever runs Indicube may raise %(name)s"),
    lazy_gettext("whoever runs Indicube may raise %(name)s of the readers' profile in ClickHouse"),
    lazy_gettext("The answer has more than %(count)s members: search, cut or page to see them."),
    lazy_gettext("The answer has more than %(count)s facts: cut or page to see them."),
    lazy_gettext("The answer has more than %(count)s cells: cut, drill less or page to see them."),
    lazy_gettext("The answer has more than %(count)s cells: cut, or drill less, to see them."),
    lazy_gettext(
        "The answer has more than %(count)s cells, and all of them are needed to sort, mark or "
        "compare: cut it or drill less."
    ),
    lazy_gettext(
        "The periods and their modifiers are too many to be asked at once: cut time, or drill it "
        "less."
    ),
)
STORE: tuple[LazyText, ...] = (
    lazy_gettext("the fact store at %(address)s"),
    lazy_gettext("temporary files (%(folder)s)"),
    lazy_gettext("the fact store at %(address)s cannot be reached: %(reason)s"),
    lazy_gettext("the fact store at %(address)s cannot be reached"),
    lazy_gettext("the fact store at %(address)s is busy"),
    lazy_gettext("the fact store at %(address)s does not answer"),
    lazy_gettext(
        "the fact store at %(address)s has lost its Keeper, without which nothing is written"
    ),
    lazy_gettext("the fact store at %(address)s is read-only, for it has lost its Keeper"),
    lazy_gettext("start that again"),
    lazy_gettext(
        "the fact store at %(address)s cannot speak with its Keeper; look whether that runs"
    ),
    lazy_gettext("the fact store does not answer since %(time)s UTC"),
    lazy_gettext("the fact store was closed"),
    lazy_gettext("all %(count)s connections to the facts are busy"),
    lazy_gettext("the facts in %(folder)s cannot be opened: %(reason)s"),
    lazy_gettext(
        "the facts in %(folder)s are in use by process %(process)s; stop it, or let it do the "
        "work: commands beside a running Indicube go through its queue"
    ),
    lazy_gettext(
        "the fact store lacks %(thing)s that the cube model names; apply the model with "
        "`indicube sample` or `indicube migrate`"
    ),
    lazy_gettext("a column"),
    lazy_gettext("a table"),
    lazy_gettext("a dictionary"),
    lazy_gettext("the database"),
    lazy_gettext("the fact store at %(address)s did not do it in time"),
    lazy_gettext("the fact store at %(address)s has too little memory for it"),
    lazy_gettext(
        "the fact store at %(address)s has too many parts in a table, for it cannot merge as fast "
        "as loads arrive"
    ),
    lazy_gettext("nothing of it is visible"),
    lazy_gettext("look what else it is doing, then load again"),
    lazy_gettext("load again when less is asked of it, in smaller files, or give it more memory"),
    lazy_gettext(
        "wait some minutes, then load again; many small files are better loaded together "
        "(`group = true`)"
    ),
    lazy_gettext("the fact store at %(address)s refuses the user or the password"),
    lazy_gettext("set both in %(setting)s: the writer's before the host, the reader's in ?reader="),
    lazy_gettext(
        "the fact store at %(address)s lets its user only read, or not set what a question needs"
    ),
    lazy_gettext("the profiles of both users are in docs/production/clickhouse-users.xml"),
    lazy_gettext("the user of the fact store at %(address)s lacks the right %(name)s"),
    lazy_gettext("the user of the fact store at %(address)s lacks a right"),
    lazy_gettext("the users and their rights are in docs/production/clickhouse-users.xml"),
    lazy_gettext(
        "rows of %(table)s were found damaged and are being put back from their sources; its "
        "figures come back by themselves, or `indicube verify` says what is missing"
    ),
)
MOMENTS: tuple[LazyText, ...] = (
    lazy_gettext("%(asked)s is no moment; write the number of a publication, a day or an instant."),
    lazy_gettext(
        "%(asked)s is no moment of definitions; write then, the number of a change of them, a day "
        "or an instant."
    ),
    lazy_gettext(
        "There is no change %(number)s of definitions; the first is 1, the latest %(latest)s."
    ),
    lazy_gettext("Nothing was defined yet at the moment that as_of_model asks for."),
    lazy_gettext(
        "%(field)s is %(day)s, which has not come yet; the last day that there is, is today, "
        "%(today)s."
    ),
    lazy_gettext("Nothing was published by %(moment)s, and nothing since."),
    lazy_gettext(
        "Nothing was published by %(moment)s; the first snapshot is %(number)s, of %(first)s."
    ),
    lazy_gettext("there is no snapshot %(number)s; the latest is %(latest)s"),
    lazy_gettext("there is no snapshot %(number)s"),
    lazy_gettext("There is no snapshot %(number)s; the latest is %(latest)s."),
    lazy_gettext("There is no snapshot %(number)s."),
    lazy_gettext(
        "rows that snapshot %(number)s showed are purged; from snapshot %(first)s, of %(moment)s, "
        "on everything can be asked"
    ),
    lazy_gettext(
        "rows that snapshot %(number)s showed are purged; from snapshot %(first)s, on everything "
        "can be asked"
    ),
    lazy_gettext(
        "A difference goes from a snapshot to a later one, not from %(first)s to %(last)s."
    ),
    lazy_gettext("Load %(load)s was never published: it moved nothing."),
    lazy_gettext("The cut %(asked)s cannot be read; write it as dimension:member,member."),
    lazy_gettext("The dimension %(name)s is cut twice."),
)
LOADS: tuple[LazyText, ...] = (
    lazy_gettext("there is no load %(load)s"),
    lazy_gettext("There is no state %(name)s of loads."),
    lazy_gettext("page is %(asked)s; it must be 1 or more."),
    lazy_gettext("before is %(asked)s; it must be a number of the list."),
    lazy_gettext("%(field)s is missing."),
    lazy_gettext("A reason is needed, so that everybody can read it."),
    lazy_gettext("The reason has more than %(count)s letters."),
    lazy_gettext("There is no mended line."),
    lazy_gettext("Nothing like %(asked)s is done to loads."),
    lazy_gettext("What %(asked)s would move is not foreseen."),
    lazy_gettext("%(source)s has no line %(line)s"),
    lazy_gettext("%(source)s has no record %(line)s"),
    lazy_gettext("the source of load %(load)s, %(source)s, is not in the spool any more"),
    lazy_gettext("there is no job %(job)s"),
    lazy_gettext("job %(job)s was cancelled or taken over by another worker"),
    lazy_gettext(
        "load %(load)s: %(count)s rows in the file are not %(stored)s stored + %(quarantined)s "
        "quarantined + %(ignored)s ignored"
    ),
    lazy_gettext("load %(load)s: %(count)s stored rows, %(rows)s of them in its batches"),
    lazy_gettext(
        "load %(load)s: %(table)s holds %(rows)s rows of %(wanted)s in the built batch %(batch)s, "
        "or others than those of its sources"
    ),
    lazy_gettext(
        "%(table)s holds %(count)s of the %(rows)s rows of batch %(batch)s, which is to be built on"
    ),
    lazy_gettext("load %(load)s is in mode %(mode)s and is published by itself"),
    lazy_gettext("load %(load)s is %(state)s and was never published: it moves nothing"),
    lazy_gettext("there is no load named %(name)s; there are: %(names)s"),
    lazy_gettext("%(asked)s is nothing that is done to a load; allowed: %(names)s"),
    lazy_gettext("%(asked)s cannot be foreseen"),
    lazy_gettext("a reason must be given, so that everybody can read it"),
    lazy_gettext("the file of a correction is not in the spool any more"),
    lazy_gettext("%(table)s holds %(rows)s of %(wanted)s corrected rows, or others"),
)
DOORS: tuple[LazyText, ...] = (
    lazy_gettext("This needs the right %(right)s, which the role %(role)s does not have."),
    lazy_gettext("This needs the right %(right)s."),
    lazy_gettext("Nobody may open this address: it declares no right."),
    lazy_gettext("The request came from another site."),
    lazy_gettext("The form is out of date; nothing was changed."),
    lazy_gettext("Open the page again and repeat what you did."),
    lazy_gettext("There is nothing at %(address)s."),
    lazy_gettext("%(method)s is not possible at %(address)s."),
    lazy_gettext("Something went wrong on our side."),
)
REFUSALS: tuple[LazyText, ...] = (
    *EXPORTS,
    *QUESTIONS,
    *STORE,
    *MOMENTS,
    *LOADS,
    *DOORS,
)
