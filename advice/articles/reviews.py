"""Of which words a review is, and whether it still stands. Who gives one, and what follows: reviewing.py."""

import hashlib
import re

from advice.articles.models import Answer, Article, Waiver

# What changes nothing of what was reviewed: spaces, emphasis, quotation marks, a comma more or less.
_TRIFLES = re.compile(r"[\s\W_]+")


def fingerprint(article: Article) -> str:
    """Of the words of its question and answers; spaces, marks and capitals do not count."""
    answers = Answer.objects.filter(article=article.pk).exclude(text="").order_by("position")
    texts = [article.question, *answers.values_list("text", flat=True)]
    plain = "\0".join(_TRIFLES.sub(" ", text).strip().casefold() for text in texts)
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def begin(article: Article) -> None:
    """Before its words are changed: a review that came from a file, or from long ago, is of those that stand now."""
    if article.reviewer_id is not None and not article.review_of:
        article.review_of = fingerprint(article)
        article.save(update_fields=["review_of"])


def _is_waived(article: Article, words: str) -> bool:
    """Whether an editor wrote why it still stands, for just these words."""
    return Waiver.objects.filter(article=article, point="review", of=words).exists()


def settle(article: Article) -> None:
    """After its words were changed, in the same transaction: a review is void while it is of other words."""
    if article.reviewer_id is None or not article.review_of:
        return
    words = fingerprint(article)
    is_void = article.review_of != words and not _is_waived(article, words)
    if article.review_is_void != is_void:
        article.review_is_void = is_void
        article.save(update_fields=["review_is_void"])
