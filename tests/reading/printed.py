"""Published rows made directly: thirty of them through the workflows would take seconds."""

import datetime as dt
import itertools

from django.utils import timezone

from advice.articles.models import Answer, Article, Column, Expert, Related, Tag
from tests.factories import make_column, make_expert, make_newsletter, make_tag

_number = itertools.count(1)
CANARY = "hushhushcanary"


def make_printed(
    *,
    column: Column | None = None,
    experts: tuple[Expert | None, ...] = (),
    tags: tuple[Tag, ...] = (),
    answer: str = "Dear Adam,\n\nIt passes.",
    **fields,
) -> Article:
    number = next(_number)
    given = {
        "headline": f"Printed {number}",
        "slug": f"printed-{number}",
        "dek": "Why calves twitch.",
        "question": "My calf twitches after each run.",
        "signature": "Adam",
        "status": "published",
        "published_at": timezone.now() - dt.timedelta(minutes=number),
        **fields,
    }
    article = Article.objects.create(column=column or make_column(), **given)
    article.tags.set(tags)
    for position, expert in enumerate(experts or (make_expert(),), 1):
        Answer.objects.create(
            article=article,
            expert=expert,
            position=position,
            text=answer,
            status="filed",
            filed_at=timezone.now(),
        )
    return article


def relate(article: Article, *neighbours: Article) -> None:
    for position, neighbour in enumerate(neighbours, 1):
        Related.objects.create(article=article, neighbour=neighbour, position=position)


def make_site(count: int) -> Article:
    """A site with `count` articles in one column, under one tag, by one expert; gives the newest."""
    column, tag, expert = make_column("Training", slug="training"), make_tag("Calf"), make_expert()
    column.experts.add(expert)
    make_newsletter()
    made = [make_printed(column=column, tags=(tag,), experts=(expert,)) for _ in range(count)]
    relate(made[0], *made[1:13])
    return made[0]
