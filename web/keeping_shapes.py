"""The sentences in which a change of what people keep is refused: dashboards, links, views, rights.

Like `web.sentence_shapes`: the English ones with their values left out, compared by a test with
what the server says.
"""

from web.phrases import LazyText, lazy_gettext

DASHBOARDS: tuple[LazyText, ...] = (
    lazy_gettext("There is no dashboard %(number)s."),
    lazy_gettext("You have %(count)s dashboards; remove one first."),
    lazy_gettext("Only its owner, %(person)s, may change this dashboard."),
    lazy_gettext("The name of a dashboard has 1 to %(most)s printable letters."),
    lazy_gettext(
        "The dashboard %(name)s has been changed since you opened it, in another window or tab."
    ),
    lazy_gettext("Open it again, look at what has changed, and repeat what you did."),
    lazy_gettext("A dashboard holds %(count)s tiles; take one away first."),
    lazy_gettext("This dashboard has no tile %(asked)s."),
    lazy_gettext("No tile was taken away that could be put back."),
    lazy_gettext("There is no tile of the kind %(asked)s."),
    lazy_gettext("There is no tile %(asked)s of a slice."),
    lazy_gettext("This is not the address of a slice."),
    lazy_gettext("This tile is a slice, which needs the right %(right)s."),
    lazy_gettext("A tile of text needs a title or a text."),
    lazy_gettext("A %(tile)s needs a dimension."),
    lazy_gettext("The %(part)s of a tile has at most %(most)s letters."),
    lazy_gettext("There is no step %(asked)s."),
    lazy_gettext("%(field)s is %(asked)s; it must be a number."),
    lazy_gettext("%(field)s is %(asked)s; it must be %(least)s to %(most)s."),
    lazy_gettext("This dashboard has %(count)s screens; end one first."),
    lazy_gettext("This dashboard has no token %(asked)s."),
    lazy_gettext("This address is answered %(times)s times a minute; try again in %(seconds)s s."),
)
LINKS: tuple[LazyText, ...] = (
    lazy_gettext("Say what the link is to open."),
    lazy_gettext("Say how long the link lives."),
    lazy_gettext("A link lives 1 to %(most)s days."),
    lazy_gettext("There is no link %(number)s."),
    lazy_gettext("You have %(count)s links; revoke one first."),
    lazy_gettext("The name of a link has 1 to %(most)s printable letters."),
    lazy_gettext("This question is too long for a link."),
    lazy_gettext("A link to a %(noun)s has no %(asked)s."),
    lazy_gettext("%(field)s is given twice."),
    lazy_gettext("%(asked)s is no cut; write dimension:path, such as organisation:network."),
    lazy_gettext("The name of a view has 1 to %(most)s printable letters."),
    lazy_gettext("This question is too long to be saved."),
    lazy_gettext("You have no view %(asked)s."),
    lazy_gettext("There is no one view %(asked)s."),
    lazy_gettext("You have %(count)s saved views; remove one first."),
)
PEOPLE: tuple[LazyText, ...] = (
    lazy_gettext(
        "%(person)s cannot be a user name; allowed are 1 to 80 letters, digits and . _ @ -"
    ),
    lazy_gettext("a user named %(person)s exists already"),
    lazy_gettext("there is no user named %(person)s"),
    lazy_gettext("there is no user with the id %(number)s"),
    lazy_gettext("there is no preference %(asked)s"),
    lazy_gettext("%(asked)s is no %(field)s; allowed are %(names)s"),
    lazy_gettext("the password has 1 character; %(least)s to %(most)s are allowed"),
    lazy_gettext("the password has %(count)s characters; %(least)s to %(most)s are allowed"),
    lazy_gettext("%(person)s may not sign in; let them in again first."),
    lazy_gettext("%(person)s is the last active administrator; make somebody else one first."),
    lazy_gettext(
        "Somebody else has changed the rights of %(person)s meanwhile; nothing was changed now."
    ),
    lazy_gettext("Look at what is there, then do it again."),
    lazy_gettext("There is no role %(asked)s."),
    lazy_gettext("There is no state %(asked)s of people."),
    lazy_gettext("You have no session %(asked)s."),
    lazy_gettext("There is no token %(asked)s."),
    lazy_gettext("there is no token %(asked)s"),
    lazy_gettext("a token lives 1 to %(most)s days, not %(asked)s"),
    lazy_gettext("active is %(asked)s."),
    lazy_gettext("version is %(asked)s; open the page again."),
)
RULES: tuple[LazyText, ...] = (
    lazy_gettext("There are %(count)s rules already; remove one first."),
    lazy_gettext("There is no rule %(number)s here (any more)."),
    lazy_gettext("A rule names a dimension and a member of it, from the topmost level down."),
    lazy_gettext("The rule would end before it begins."),
    lazy_gettext("%(asked)s is no day, as in 2026-12-31."),
    lazy_gettext("Cube %(cube)s has no %(name)s, to which your view is confined."),
    lazy_gettext(
        "By the rules that are in force now, nothing of %(name)s is open to you; ask an "
        "administrator."
    ),
    lazy_gettext(
        "Your view is confined to a part of %(name)s that the cube model does not have; ask an "
        "administrator."
    ),
    lazy_gettext("The rights for which this was sent are there no more."),
    lazy_gettext("The rights with which this was asked are there no more."),
    lazy_gettext("Ask again."),
)
ASKERS: tuple[LazyText, ...] = (
    lazy_gettext("Did you mean %(asked)s?"),
    lazy_gettext("There is no language %(asked)s here."),
    lazy_gettext("You are not signed in."),
    lazy_gettext(
        "%(count)s of your questions to the facts are being answered, as many as one person may "
        "have at a time."
    ),
    lazy_gettext(
        "%(count)s of your long answers are being answered, as many as one person may have at a "
        "time."
    ),
    lazy_gettext("Bad Request."),
    lazy_gettext("Request Entity Too Large."),
    lazy_gettext("Content Too Large."),
)
KEEPING: tuple[LazyText, ...] = (*DASHBOARDS, *LINKS, *PEOPLE, *RULES, *ASKERS)
