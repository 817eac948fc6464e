"""What somebody new may want to read first."""

from collections.abc import Iterable

from django.db.models import Q

from advice.articles.models import Article
from advice.articles.tallies import most_helpful
from advice.newsletter.models import Newsletter

SHOWN = 3


def best_answers(
    newsletters: Iterable[Newsletter], *, limit: int = SHOWN, but: Iterable[int | None] = ()
) -> list[Article]:
    """What most readers called helpful in these newsletters' columns, filled up with the newest there. May be fewer.

    Without those numbered in `but`, which led somebody here: they know them.
    """
    columns = {newsletter.column_id for newsletter in newsletters}
    among = Q() if None in columns else Q(column__in=columns)
    among &= ~Q(pk__in=[pk for pk in but if pk])
    best = list(most_helpful(limit, among=among))
    newest = Article.objects.published().for_cards().filter(among).exclude(pk__in=[row.pk for row in best])
    return best + list(newest.newest_first()[: limit - len(best)])
