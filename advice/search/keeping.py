"""What is kept of those who search, for the privacy page."""

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import Kept, Of, columns, declare, in_words
from advice.search import terms

declare(
    Kept(
        key="search-terms",
        of=Of.VISITORS,
        what=_(
            "The words of a search and how often they came on each day, once they were searched for on three different"
            " days; before that a fingerprint of them"
        ),
        why=_(
            "To learn what is looked for and not found. Nothing says who searched. What is long, or has an address or"
            " more than a short number in it, is not counted."
        ),
        how_long=lambda: now("%(time)s after the day of the search") % {"time": in_words(terms.FORGET_AFTER)},
        seen_by=_("The editors see the words; the fingerprint, nobody"),
        fields=(
            *columns("search.Term", "digest words since found"),
            *columns("search.TermDay", "term day count in_vain"),
        ),
    )
)
