"""A deleted article leaves its addresses, which say that it is gone and are never given away."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from advice.articles import addresses, cards, workflow
from advice.articles.models import Article, FormerAddress
from advice.search.models import IndexedDocument
from tests.factories import make_draft, make_letter, make_published

pytestmark = pytest.mark.django_db


def paths() -> dict[str, str]:
    return dict(FormerAddress.objects.values_list("path", "leads_to"))


def test_its_addresses_are_gone_and_search_and_neighbours_know_it_no_more():
    article, other = make_published(headline="One"), make_published(headline="Two")
    article = workflow.edit(article, by=None, version=article.version, slug="uno")
    assert other.related_rows.filter(neighbour=article).exists()
    workflow.delete(article, by=None)
    assert paths() == {"/questions/uno/": "", "/questions/one/": ""}
    assert list(Article.objects.all()) == [other]
    assert not other.related_rows.exists()
    assert IndexedDocument.objects.count() == 1


@pytest.mark.parametrize(
    "make", [make_draft, lambda: make_published(at=timezone.now() + dt.timedelta(days=1))]
)
def test_what_readers_never_saw_leaves_nothing(make):
    workflow.delete(make(), by=None)
    assert paths() == {}
    assert not Article.objects.exists()


def test_its_address_is_given_to_no_other_article():
    workflow.delete(make_published(headline="Calf"), by=None)
    assert make_published(headline="Calf").slug == "calf-2"


def test_its_letter_stays_at_the_desk():
    letter = make_letter()
    workflow.delete(make_published(letter), by=None)
    letter.refresh_from_db()
    assert (letter.article, letter.status) == (None, "accepted")


def test_moves_are_followed_to_their_end():
    addresses.moved("/columns/one/", "/columns/two/")
    addresses.moved("/columns/two/", "/columns/three/")
    assert paths() == {"/columns/one/": "/columns/three/", "/columns/two/": "/columns/three/"}
    addresses.moved("/columns/three/", "/columns/one/")
    assert paths() == {"/columns/two/": "/columns/one/", "/columns/three/": "/columns/one/"}
    addresses.gone("/columns/one/")
    assert set(paths().values()) == {""}
    assert addresses.found("/columns/two/\0") is not None
    assert addresses.found("/nowhere/") is None


@pytest.mark.parametrize("act", ["delete", "retract", "privacy"])
def test_the_picture_for_other_sites_goes_with_the_words(act, django_capture_on_commit_callbacks):
    article, other = make_published(), make_published()
    for pk in (article.pk, other.pk):
        default_storage.save(f"cards/{pk}/old.png", ContentFile(b"old words"))
    with django_capture_on_commit_callbacks(execute=True):
        if act == "delete":
            workflow.delete(article, by=None)
        elif act == "retract":
            workflow.retract(article, reason="Wrong.", by=None)
        else:
            workflow.correct(article, kind="correction", text="x", by=None, is_privacy=True)
    assert not default_storage.exists(f"cards/{article.pk}/old.png")
    assert default_storage.exists(f"cards/{other.pk}/old.png")
    cards.forget(article.pk)  # twice is once
