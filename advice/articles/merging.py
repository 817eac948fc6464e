"""Two tags that mean the same become one; the other's address and its other words lead to it for ever."""

from django.db import transaction

from advice.articles import addresses, indexing
from advice.articles.models import Article, Tag, TagAlias
from advice.articles.workflow import NotPermitted


@transaction.atomic
def merge(tag: Tag, into: Tag) -> None:
    """Give all that `tag` has to `into`, and delete it. Raises NotPermitted for one tag and itself."""
    if tag.pk == into.pk:
        raise NotPermitted("A tag cannot be merged with itself.")
    indexing.wait_for_turn()
    tagging = Article.tags.through
    had = set(tagging.objects.filter(tag=into).values_list("article_id", flat=True))
    moved = tagging.objects.filter(tag=tag).exclude(article__in=had)
    articles = indexing.tagged([tag])
    moved.update(tag=into)
    TagAlias.objects.filter(tag=tag).update(tag=into)
    former = tag.slug
    addresses.follow(tag.get_absolute_url(), into.get_absolute_url())
    tag.delete()
    TagAlias.objects.update_or_create(slug=former, defaults={"tag": into})
    TagAlias.objects.filter(slug=into.slug).delete()  # that is its own address
    indexing.index_on_commit(articles)
