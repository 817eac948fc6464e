import pytest

from advice.accounts.models import Role
from advice.articles import workflow
from advice.articles.models import Answer, Article
from tests.factories import make_draft, make_expert, make_published, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db


@pytest.fixture
def article(editor):
    """Its question saved twice, its answer twice."""
    article = workflow.draft(by=editor, headline="Calves", question="My calf <b>hurts</b> a lot at Leeds.")
    workflow.edit(article, by=editor, version=1, question="My calf hurts at home.", why="No town")
    answer = workflow.assign(article, expert=make_expert(make_user(Role.EXPERT)), by=editor)
    for text in ("It passes.", "It passes soon."):
        answer = workflow.save_answer(answer, text=text, by=answer.expert.user, version=answer.version)
    return Article.objects.get(pk=article.pk)


def of(article, **which):
    return list(article.revisions.filter(**which).order_by("pk"))


def path(article, *numbers):
    return f"/desk/articles/{article.pk}/history/" + "".join(f"{number}/" for number in numbers)


def test_a_save_takes_a_line_that_says_why(at_desk, article):
    form = {"headline": "Calves", "question": "New.", "version": article.version, "why": "Shorter"}
    at_desk.post(f"/desk/articles/{article.pk}/", form)
    answer = article.answers.get()
    at_desk.post(f"/desk/answers/{answer.pk}/", {"text": "New", "version": answer.version, "why": "Kinder"})
    assert [(one.text, one.why) for one in article.revisions.all()[:2]] == [
        ("New", "Kinder"),
        ("New.", "Shorter"),
    ]


def test_a_why_that_is_too_long_is_told_beside_its_field_and_nothing_is_saved(at_desk, article):
    form = {"headline": "Calves", "question": "New.", "version": article.version, "why": "x" * 201}
    response = at_desk.post(f"/desk/articles/{article.pk}/", form)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["why"])
    assert len(of(article)) == 4


def test_the_history_lists_every_save_with_who_and_why(at_desk, article, editor):
    page = assert_valid(at_desk.get(path(article)))
    for words in ("No town", editor.name, article.answers.get().expert.name):
        assert words in page


@pytest.mark.parametrize("saves", [1, 3])
def test_the_list_takes_the_same_few_queries(at_desk, django_assert_num_queries, saves):
    article = workflow.draft(by=None, headline="H", question="Q")
    answer = workflow.assign(article, expert=make_expert(), by=None)
    for number in range(saves):
        answer = workflow.save_answer(answer, text=f"{number}", by=make_user(), version=answer.version)
    with django_assert_num_queries(7):
        assert at_desk.get(path(article)).status_code == 200


def test_the_list_is_paged_and_keeps_what_was_chosen(at_desk, article):
    chosen = of(article)[0]
    for number in range(20):
        article = workflow.edit(article, by=None, version=article.version, question=f"{number}")
    first = at_desk.get(path(article), {"with": chosen.pk}).content.decode()
    assert f"?with={chosen.pk}&amp;page=2" in first
    second = at_desk.get(path(article), {"with": chosen.pk, "page": 2})
    assert [one.pk for one in second.context["page"]] == [one.pk for one in reversed(of(article)[:4])]
    assert at_desk.get(path(article), {"page": 3}).status_code == 404


@pytest.mark.parametrize("given", ["0", "x", "9" * 30])
def test_what_is_not_of_this_article_is_not_compared_with(at_desk, article, given):
    response = at_desk.get(path(article), {"with": given})
    assert (response.status_code, response.context.get("chosen")) in [(404, None), (200, None)]
    other = workflow.draft(by=None, headline="Other", question="Canary").revisions.get()
    assert at_desk.get(path(article, other.pk)).status_code == 404
    assert at_desk.get(path(article, of(article)[0].pk, other.pk)).status_code == 404
    assert at_desk.post(path(article, other.pk) + "restore/", {"version": 1}).status_code == 404


def test_one_stands_beside_the_one_before_it_with_the_words_that_differ_marked(at_desk, article):
    first, second = of(article, answer=None)
    page = assert_valid(at_desk.get(path(article, second.pk)))
    assert "<del>&lt;b&gt;hurts&lt;/b&gt; a lot</del>" in page
    assert "<ins>home.</ins>" in page
    assert "It is the first that is kept." in assert_valid(at_desk.get(path(article, first.pk)))


def test_any_two_are_compared_the_earlier_one_first(at_desk, article):
    one, two = of(article)[0], of(article)[-1]
    for order in ((one, two), (two, one)):
        page = assert_valid(at_desk.get(path(article, *(each.pk for each in order))))
        assert "<ins>It passes soon.</ins>" in page
    assert "The texts are the same." in at_desk.get(path(article, one.pk, one.pk)).content.decode()


def test_restoring_makes_a_new_revision(at_desk, article, editor):
    first = of(article, answer=None)[0]
    response = at_desk.post(path(article, first.pk) + "restore/", {"version": article.version})
    assert response["Location"] == path(article)
    newest = article.revisions.first()
    assert (newest.text, newest.by) == (first.text, editor)
    assert newest.why.startswith("As it stood on ")
    assert Article.objects.get(pk=article.pk).question == first.text


@pytest.mark.parametrize("version", ["1", "", "x"])
def test_restoring_what_somebody_else_saved_over_shows_both_and_changes_nothing(at_desk, article, version):
    first = of(article, answer=None)[0]
    response = at_desk.post(path(article, first.pk) + "restore/", {"version": version})
    assert response.status_code == 409
    page = assert_valid(response, 409)
    assert "a lot" in page
    assert "home." in page
    assert len(of(article)) == 4


def test_what_is_public_is_not_emptied_by_restoring(at_desk):
    article = workflow.draft(by=None, headline="H", question="")
    workflow.edit(article, by=None, version=1, question="Whole.")
    public = make_published()
    article.revisions.update(article=public)
    empty = of(public, text="")[0]
    response = at_desk.post(path(public, empty.pk) + "restore/", {"version": public.version})
    assert response.status_code == 422
    assert "may not lose this" in response.content.decode()


def test_an_expert_has_their_own_answers_history_alone_and_restores_until_it_is_filed(client, article):
    answer = article.answers.get()
    client.force_login(answer.expert.user)
    mine = of(article, answer=answer)
    seen = client.get(path(article))
    assert [one.pk for one in seen.context["page"]] == [one.pk for one in reversed(mine)]
    assert "Leeds" not in seen.content.decode()
    assert client.get(path(article, of(article, answer=None)[0].pk)).status_code == 404
    at = path(article, mine[0].pk) + "restore/"
    assert client.post(at, {"version": answer.version}).status_code == 302
    answer = Answer.objects.get(pk=answer.pk)
    assert answer.text == "It passes."
    answer = workflow.file_answer(answer, text="Filed.", by=None, version=answer.version)
    assert client.post(at, {"version": answer.version}).status_code == 409
    assert Answer.objects.get(pk=answer.pk).text == "Filed."


def test_an_article_that_nobody_changed_says_so(at_desk):
    article = make_draft()
    article.revisions.all().delete()
    assert "Nothing has been changed yet" in assert_valid(at_desk.get(path(article)))


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("retract", "The article was retracted. Older wordings were removed with that"),
        ("correct", "The older wordings were removed with the note about privacy."),
    ],
)
def test_an_article_whose_saves_were_removed_says_with_what(at_desk, editor, act, said):
    article = make_published()
    workflow.edit(article, by=editor, version=article.version, question="My calf hurts at home.")
    if act == "retract":
        workflow.retract(article, reason="Wrong.", by=editor)
    else:
        workflow.correct(article, kind="correction", text="Right.", is_privacy=True, by=editor)
    assert not article.revisions.exists()
    page = assert_valid(at_desk.get(path(article)))
    assert said in page
    for untrue in ("Nothing has been changed yet", "nothing is lost by that"):
        assert untrue not in page
