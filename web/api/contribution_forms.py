"""What programs may ask about a change."""

from typing import ClassVar

from web.api.forms import StandingAsked
from web.api.reading import Text, Texts, Whole


class ContributionAsked(StandingAsked):
    """Which change of an indicator is split, and by what."""

    against = Text(
        metadata={
            "description": "`previous` (if left out), `last_year`, an earlier period such as "
            "`2013-06`; of an indicator that adds up also `target`."
        }
    )
    by = Text(
        metadata={
            "description": "The dimension to split by, or `dimension:level`; when left out the one "
            "in which the fewest members did the most."
        }
    )
    limit = Whole("The most members to list; the others are one part. 50 when left out.", 1, 500)


class CubeContributionAsked(ContributionAsked):
    """Which change of an aggregate is split, and by what."""

    class Meta:
        """A cube's aggregates are of no version."""

        exclude: ClassVar[tuple[str, ...]] = ("as_of_model",)

    aggregate = Text(required=True, metadata={"description": "The aggregate's name."})
    cut = Texts("Cuts that all apply, such as `time:2013,4,12` or `!origin:EWR`.")
