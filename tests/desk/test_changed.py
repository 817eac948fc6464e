import pytest

from advice.articles.models import Article
from tests.factories import make_draft, make_letter

pytestmark = pytest.mark.django_db

WORDS = "My calf hurts a lot at Leeds."


def test_what_changed_is_marked_on_both_sides_and_nothing_is_kept(at_desk):
    letter = make_letter(text=WORDS)
    response = at_desk.post(
        f"/desk/letters/{letter.pk}/differences/", {"question": "My calf hurts *at* <home>."}
    )
    page = response.content.decode()
    assert "<del>a lot</del>" in page
    assert "<del>Leeds.</del>" in page
    assert "<ins>&lt;home&gt;.</ins>" in page
    assert response["Cache-Control"] == "private, no-store"
    assert not Article.objects.exists()


def test_without_javascript_a_button_shows_it_and_keeps_all_that_was_typed(at_desk):
    letter = make_letter(text=WORDS)
    typed = {
        "headline": "My headline",
        "question": "My calf hurts.",
        "column": letter.column_id,
        "action": "changed",
    }
    page = at_desk.post(f"/desk/letters/{letter.pk}/accept/", typed).content.decode()
    assert "<del>hurts a lot at Leeds.</del>" in page
    assert "My headline" in page
    assert not Article.objects.exists()


def test_an_articles_page_compares_with_its_leads_words_and_saves_nothing(at_desk):
    letter = make_letter(text=WORDS)
    article = make_draft(letter)
    address = f"/desk/articles/{article.pk}/"
    assert f"/desk/letters/{letter.pk}/differences/" in at_desk.get(address).content.decode()
    typed = {"headline": "New", "question": "My calf hurts.", "version": article.version, "action": "changed"}
    page = at_desk.post(address, typed).content.decode()
    assert "<del>hurts a lot at Leeds.</del>" in page
    article.refresh_from_db()
    assert article.question == "My calf twitches."


def test_a_text_that_is_too_long_is_said_to_be(at_desk):
    letter = make_letter()
    response = at_desk.post(f"/desk/letters/{letter.pk}/differences/", {"question": "a" * 60_000})
    assert "too long" in response.content.decode()


def test_of_erased_words_there_is_nothing_to_compare(at_desk):
    letter = make_letter()
    make_draft(letter)
    letter.versions.all().delete()
    assert "differences" not in at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert at_desk.post(f"/desk/letters/{letter.pk}/differences/", {"question": "x"}).status_code == 404
