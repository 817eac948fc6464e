"""The forms of synonyms and promoted answers."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from advice.articles.models import Article, PromotedQuery, Promotion
from advice.articles.promotions import MOST_QUERIES, key_of
from advice.desk.forms import the_one_of
from advice.search.models import Synonym
from advice.search.words import stems, words
from advice.typed import LineField

MOST_SYNONYMS = 500


class ListField(LineField):
    """Words or phrases between commas; gives them as a list, each of them once."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        typed: str = super().clean(value)
        if not typed:
            return []
        phrases = [phrase.strip() for phrase in typed.split(",")]
        if not all(phrases):
            raise ValidationError(_("Between two commas, or after the last, there is nothing."))
        for phrase in phrases:
            if not words(phrase):
                raise ValidationError(_("There is no word in “%(phrase)s”."), params={"phrase": phrase})
        phrases = list({" ".join(words(phrase)): phrase for phrase in reversed(phrases)}.values())[::-1]
        if len(", ".join(phrases)) > (self.max_length or 0):
            raise ValidationError(_("These are too many words for one entry. Make another one of the rest."))
        return phrases


def _stemmed(phrase: str) -> str:
    return " ".join(stems(phrase))


class SynonymForm(forms.Form):
    words = ListField(
        label=_("Words"),
        max_length=300,
        help_text=_("Separated by commas; each may be several words: “charley horse, calf cramp”."),
    )
    also = ListField(
        label=_("Also find"),
        max_length=300,
        required=False,
        help_text=_(
            "Empty: each of the words above finds the others. Else whoever searches for one of the words above finds "
            "these too, but not the other way round."
        ),
    )

    def __init__(
        self, data: Any = None, *, instance: Synonym | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        self.instance = instance or Synonym()
        known = {"words": self.instance.words, "also": self.instance.also}
        super().__init__(data, initial={**known, **(initial or {})})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        if not cleaned["also"] and len(cleaned["words"]) < 2:
            self.add_error("words", _("Give two words at least, or one here and another to find also."))
        elif _meaning(cleaned["words"], cleaned["also"]) in self._others():
            self.add_error("words", _("There is an entry with these words already."))
        if not self.instance.pk and Synonym.objects.count() >= MOST_SYNONYMS:
            self.add_error(
                None, _("There are %(most)s entries, and there can be no more.") % {"most": MOST_SYNONYMS}
            )
        return cleaned

    def _others(self) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
        for row in Synonym.objects.exclude(pk=self.instance.pk):
            yield _meaning(row.words.split(","), row.also.split(",") if row.also else [])

    def same(self) -> list[str]:
        """Of words that search takes for one another anyhow, all but the first."""
        seen: set[str] = set()
        found = []
        for phrase in [*self.cleaned_data["words"], *self.cleaned_data["also"]]:
            if _stemmed(phrase) in seen:
                found.append(phrase)
            seen.add(_stemmed(phrase))
        return found

    def save(self) -> Synonym:
        self.instance.words = ", ".join(self.cleaned_data["words"])
        self.instance.also = ", ".join(self.cleaned_data["also"])
        self.instance.save()
        return self.instance


def _meaning(given: list[str], also: list[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The same for entries that say the same, in whatever order and form of their words."""
    return frozenset(map(_stemmed, given)), frozenset(map(_stemmed, also))


class PromotionForm(forms.Form):
    """Which article stands first for which searches. It may stay though it is not published any more."""

    queries = ListField(
        label=_("Searches"),
        max_length=500,
        help_text=_(
            "Separated by commas. Each is the whole search; capitals, endings, small words and the order do not matter."
        ),
    )
    article = LineField(label=_("Headline or address of the article"), max_length=200)
    position = forms.IntegerField(
        label=_("Place"),
        min_value=1,
        max_value=99,
        initial=1,
        help_text=_("Among those promoted for the same search. Readers see three at most."),
    )

    def __init__(
        self, data: Any = None, *, instance: Promotion | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        self.instance = instance
        known: dict[str, Any] = {}
        if instance is not None:
            known = {name: getattr(instance, name) for name in ("queries", "position")}
            known["article"] = instance.article.slug
        super().__init__(data, initial={**known, **(initial or {})})

    def clean_queries(self) -> list[str]:
        queries: list[str] = self.cleaned_data["queries"]
        if len(queries) > MOST_QUERIES:
            raise ValidationError(_("Give %(most)s searches at most."), params={"most": MOST_QUERIES})
        for query in queries:
            if not key_of(query):
                raise ValidationError(_("“%(query)s” is too long for a search."), params={"query": query})
        return queries

    def clean_article(self) -> Article:
        articles = Article.objects.published()
        if self.instance is not None:
            articles = articles | Article.objects.filter(pk=self.instance.article_id)
        return the_one_of(articles, self.cleaned_data["article"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            self._check_new(cleaned["article"], cleaned["queries"])
        return cleaned

    def _check_new(self, article: Article, queries: list[str]) -> None:
        others = PromotedQuery.objects.filter(promotion__article=article)
        if self.instance is not None:
            others = others.exclude(promotion=self.instance)
        taken = set(others.values_list("key", flat=True))
        doubled = [query for query in queries if key_of(query) in taken]
        if doubled:
            self.add_error(
                "queries",
                _("This article is promoted for these already: %(queries)s.")
                % {"queries": ", ".join(doubled)},
            )
