"""The demo magazine: what it promises to hold, and that loading it twice changes nothing."""

import json

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command

from advice.accounts.models import User
from advice.articles import related
from advice.articles.models import Article, Column, Correction, Expert, Tag
from advice.articles.promotions import promoted
from advice.letters.models import Letter, LetterStatus
from advice.mail.models import Message
from advice.membership.models import MembershipRequest, Plan
from advice.newsletter import issuing
from advice.newsletter.models import Issue, Newsletter
from advice.operations import demo
from advice.operations.due import run_due
from advice.search import terms
from advice.search.models import Synonym

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(demo, "SIGN_INS", tmp_path / "sign_ins.json")
    call_command("demo")


def everything():
    models = (User, Article, Column, Correction, Expert, Tag, Letter, Newsletter, Plan, Message)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_it_holds_a_whole_magazine(loaded):
    assert Column.objects.count() == 4
    assert Expert.objects.count() == 6
    assert Tag.objects.exclude(description="").count() == 30
    assert Article.objects.published().count() >= 24
    assert Article.objects.scheduled().count() == 2
    assert Correction.objects.filter(kind="correction").exclude(before=None).count() == 1
    assert Article.objects.announced().count() == 3
    assert Article.objects.exclude(reviewer=None).exclude(sources=[]).filter(asked_by__gt=1).count() == 1
    assert Article.objects.filter(status="retracted").count() == 1
    assert Plan.objects.filter(is_open=True).count() == 2
    assert all(default_storage.exists(expert.portrait.name) for expert in Expert.objects.all())


def test_search_has_something_to_show(loaded):
    assert Synonym.objects.filter(also="").count() == 6
    assert Synonym.objects.exclude(also="").count() == 1
    assert len(promoted("charley horses")) == 1
    assert {row.words for row in terms.searched(in_vain=True)} == {"plantar fasciitis", "treadmill"}
    assert terms.searched()[0].words == "calf cramp"


def test_the_desk_is_alive(loaded):
    assert Letter.objects.waiting().count() == 11
    assert MembershipRequest.objects.waiting().count() == 1
    draft = Issue.objects.get(kind="edited")
    assert Issue.objects.archived().filter(newsletter__rhythm="weekly").count() == 1
    assert issuing.problems(draft) == []
    assert [item.in_full for item in draft.items.all()] == [True, False, False]
    assert set(Letter.objects.values_list("status", flat=True)) == set(LetterStatus.values)
    stages = {article.stage for article in Article.objects.all()}
    assert stages == {"draft", "assigned", "filed", "in_review", "scheduled", "published", "retracted"}


def test_the_seed_letter_stands_word_for_word(loaded):
    line = json.loads((settings.BASE_DIR / "fixtures" / "seed.jsonl").read_text())
    article = Article.objects.get(slug="why-do-my-calf-muscles-always-spasm")
    answer = article.answers.get()
    assert (article.question, answer.text) == (line["question"], line["answers"][0]["text"])
    assert article.question.startswith("Whenever I run, whether 5k")
    assert answer.html.startswith("<p>Dear Adam,</p>\n<p>You are describing muscle fasciculation")
    assert answer.html.endswith("<p>I hope this helps.</p>")
    assert answer.html.count("<p>") == 7
    assert (answer.expert, article.source_name, article.undated) == (None, "Runner’s World", True)


def test_every_published_article_has_three_to_five_neighbours(loaded):
    for article in Article.objects.published():
        shown = related.shown(article)
        assert 3 <= len(shown) <= 5, article
        assert article not in shown


def test_nobody_is_mailed_about_what_was_only_loaded(loaded, settings):
    settings.DUTY_EMAILS = []
    assert Message.objects.count() == 0
    assert "mails sent" not in run_due()


def test_a_second_time_changes_nothing(loaded, capsys):
    before = everything()
    call_command("demo")
    assert "nothing was changed" in capsys.readouterr().out
    assert everything() == before


def test_its_passwords_are_made_anew_for_each_place_and_printed(loaded, capsys):
    call_command("demo")
    printed = capsys.readouterr().out
    rows = demo.sign_ins()
    assert {role for role, _, _ in rows} == {"owner", "editor", "expert"}
    for _, email, password in rows:
        assert f"{email}" in printed
        assert password in printed
        assert User.objects.get(email=email).check_password(password)
