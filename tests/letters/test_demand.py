"""What is asked most: letters that ask alike, announced questions that others have too, searches that found nothing."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import tallies
from advice.articles import workflow as articles
from advice.articles.models import TallyKind
from advice.articles.workflow import NotPermitted
from advice.letters import demand, likening, workflow
from advice.letters.models import Commission, Letter, Likened, Likeness, NearAnswer, PutOff
from advice.operations.due import run_due
from advice.search.models import Term, TermDay
from advice.trace.models import Act
from tests.factories import make_column, make_draft, make_expert, make_letter, make_published, make_user

pytestmark = pytest.mark.django_db

CALF = "My left calf twitches at night after interval training. I stretch it, but the twitching returns by morning."
SAME = "At night the left calf is twitching since my interval training, and stretching does not help in the morning."
THIRD = "Twitching in my left calf, night after night, since interval training began. Stretching in the morning is useless."
SHOES = "Which shoes should a beginner buy for muddy trails when the budget allows only one cheap pair this autumn?"


ELSEWHERE = [
    "My brother refuses to lend his tent for the island crossing in July.",
    "Could oatmeal with walnuts spoil before lunch if carried through rain?",
    "Our coach shouts numbers nobody understands; must I answer him politely?",
    "Parkrun volunteers gave me a broken whistle and a yellow vest.",
    "Is chlorine bad for hair when pools are crowded on Sundays?",
    "A dog chased me past the old bakery, twice, barking like thunder.",
    "Does altitude change how coffee tastes, or am I imagining things again?",
    "Grandmother wants to walk a marathon with two poles and her neighbour.",
]


@pytest.fixture(autouse=True)
def others(db):
    """Letters about other things, each alone."""
    column = make_column()
    for number, text in enumerate(ELSEWHERE):
        make_letter(column, question=f"{number}?", text=text)


def alike(*texts, **fields):
    made = [
        make_letter(text=text, **{"question": f"Calf {place}?", **fields}) for place, text in enumerate(texts)
    ]
    likening.make_due()
    return made


def in_vain(words, count=1):
    term = Term.objects.create(digest=words, words=words, since=timezone.localdate(), found=0)
    for ago in range(3):
        day = timezone.localdate() - dt.timedelta(days=ago)
        TermDay.objects.create(term=term, day=day, count=count, in_vain=count)
    return term


def announce(line="Whether calves twitch", *, pressed=1):
    draft = articles.draft(by=None, headline="Twitching", column=make_column())
    draft = articles.edit(draft, by=None, version=draft.version, announced_as=line)
    for _ in range(pressed):
        tallies.count(draft, TallyKind.ASKED_TOO)
    return draft


def told(lines):
    return [(line.title, line.asked, line.me_too, line.searches, line.points) for line in lines]


def age(letter, days):
    Letter.objects.filter(pk=letter.pk).update(received_at=timezone.now() - dt.timedelta(days=days))


# -- letters that ask alike --------------------------------------------------------------------------------------


def test_letters_that_ask_alike_are_one_line_and_one_that_stands_alone_is_none():
    first, second = alike(CALF, SAME)
    make_letter(text=SHOES)
    likening.make_due()
    (line,) = demand.board()
    assert {letter.pk for letter in line.letters} == {first.pk, second.pk}
    assert (line.asked, line.points) == (2, 20)
    assert Likened.objects.count() == len(ELSEWHERE) + 3


def test_a_letter_that_comes_later_joins_and_each_is_compared_once():
    alike(CALF, SAME)
    (third,) = alike(THIRD)
    assert [len(line.letters) for line in demand.board()] == [3]
    assert likening.make_due() == 0
    assert Likeness.objects.filter(other=third).count() == 2


def test_all_letters_of_a_line_are_like_the_one_that_leads():
    """A is like B and B like C, but A is not like C: B leads. Of a chain of four, two lines are made."""
    a, b, c, d = (make_letter(text=f"{word} {word * 2}") for word in ("alpha", "bravo", "charlie", "delta"))
    for one, other in ((a, b), (b, c)):
        Likeness.objects.create(letter=one, other=other, score=0.7)
    (line,) = demand.board()
    assert [letter.pk for letter in line.letters] == [b.pk, a.pk, c.pk]
    Likeness.objects.create(letter=c, other=d, score=0.7)
    assert sorted([letter.pk for letter in line.letters] for line in demand.board()) == [[b.pk, a.pk, c.pk]]


@pytest.mark.parametrize("end", ["spam", "withdraw", "decline", "accept", "old"])
def test_what_was_found_of_a_letter_goes_when_somebody_decides_about_it_or_it_is_old(end):
    first, second = alike(CALF, SAME)
    by = make_user()
    match end:
        case "spam":
            workflow.mark_spam(second, by=by)
        case "withdraw":
            workflow.withdraw(second)
        case "decline":
            workflow.decline(second, by=by, reason="No.")
        case "accept":
            make_draft(second)
        case "old":
            age(second, likening.LATELY.days + 1)
    assert demand.board() == []  # at once
    likening.make_due()
    assert not Likeness.objects.exists()
    assert not Likened.objects.filter(letter=second).exists()
    assert Likened.objects.filter(letter=first).exists()


def test_a_letter_whose_words_are_changed_is_compared_anew():
    _first, second = alike(CALF, SAME)
    workflow.change(second, question="Shoes?", text=SHOES)
    assert demand.board() == []
    assert likening.make_due() == 1
    assert demand.board() == []
    workflow.change(second, question="Calf?", text=SAME)
    likening.make_due()
    assert len(demand.board()) == 1


def test_the_worker_compares_and_stops_when_it_is_told_to():
    alike(CALF)
    make_letter(text=SAME)
    assert likening.make_due(stop=lambda: True) == 0
    assert run_due()["letters compared"] == 1
    assert len(demand.board()) == 1


def test_what_is_kept_of_it_holds_no_word():
    alike(CALF, SAME)
    assert {field.name for field in Likeness._meta.fields} == {"id", "letter", "other", "score"}
    assert {field.name for field in Likened._meta.fields} == {"letter"}


@pytest.mark.usefixtures("meaning")
def test_with_the_model_letters_are_alike_in_what_they_mean():
    make_letter(
        question="", text="My hamstring hurts when I sprint. Should I stop running until it has healed?"
    )
    make_letter(
        question="",
        text="The back of my thigh hurts when I sprint. Do I have to take a break until it heals?",
    )
    make_letter(question="", text=SHOES)
    likening.make_due()
    assert [len(line.letters) for line in demand.board()] == [2]


# -- points ------------------------------------------------------------------------------------------------------


def test_points_are_of_letters_presses_searches_and_weeks():
    first, second = alike(CALF, SAME)
    age(first, 15)
    (line,) = demand.board()
    assert (line.weeks, line.points) == (2, 20 + 4)
    age(second, 60)
    (line,) = demand.board()
    assert (line.weeks, line.points) == (4, 20 + 8)
    announce(pressed=7)
    in_vain("pickle juice", 3)
    assert told(demand.board()) == [
        (line.title, 2, 0, 0, 28),
        ("Twitching", 0, 7, 0, 21),
        ("Pickle juice", 0, 0, 9, 9),
    ]


def test_an_announced_draft_counts_its_letters_until_somebody_is_asked_to_answer():
    lead, second = make_letter(text=CALF), make_letter(text=SAME)
    by = make_user()
    draft = workflow.accept(
        lead, by=by, headline="H", question="Q", signature="S", column=lead.column, others=[second]
    )
    draft = articles.edit(draft, by=by, version=draft.version, announced_as="Whether calves twitch")
    assert demand.board() == []  # nobody has pressed
    for _ in range(2):
        tallies.count(draft, TallyKind.ASKED_TOO)
    assert told(demand.board()) == [("H", 2, 2, 0, 26)]
    articles.assign(draft, expert=make_expert(), by=by)
    assert demand.board() == []


def test_no_presses_for_what_is_published():
    draft = make_draft()
    tallies.count(draft, TallyKind.ASKED_TOO)
    article = make_published()
    tallies.count(article, TallyKind.ASKED_TOO)
    assert demand.board() == []


# -- searches ----------------------------------------------------------------------------------------------------


def test_a_search_stands_with_the_letters_whose_question_has_its_words():
    make_letter(text=SHOES, question="Which shoe for trails?")
    alike(CALF, SAME, question="Why do calves twitch?")
    in_vain("twitching calf", 2)
    in_vain("trail shoes", 1)
    in_vain("ingrown toenail", 1)
    assert told(demand.board()) == [
        ("Why do calves twitch?", 2, 0, 6, 26),
        ("Which shoe for trails?", 1, 0, 3, 13),  # with a search it does not stand alone
        ("Ingrown toenail", 0, 0, 3, 3),
    ]


def test_a_search_stands_with_an_announced_question():
    announce("Whether calves twitch at night")
    in_vain("calf twitch", 2)
    assert told(demand.board()) == [("Twitching", 0, 1, 6, 9)]


def test_searches_of_which_one_has_all_words_of_the_other_are_one_line():
    in_vain("pickle juice", 3)
    in_vain("pickle juice cramps", 1)
    in_vain("juice", 1)
    in_vain("treadmill", 1)
    assert told(demand.board()) == [("Pickle juice", 0, 0, 15, 15), ("Treadmill", 0, 0, 3, 3)]


def test_what_was_found_since_or_seen_on_two_days_is_no_demand():
    found, seldom = in_vain("pickle juice"), in_vain("treadmill")
    Term.objects.filter(pk=found.pk).update(found=2)
    seldom.days.first().delete()
    assert demand.board() == []


# -- the nearest answer ------------------------------------------------------------------------------------------


def test_the_answer_that_came_nearest_stands_beside_the_letters():
    first, second = alike(CALF, SAME)
    near, nearer, gone = (make_published() for _ in range(3))
    for letter, article, place, score in (
        (first, near, 1, 0.4),
        (second, gone, 1, 0.9),
        (second, nearer, 2, 0.6),
    ):
        NearAnswer.objects.create(letter=letter, article=article, place=place, score=score)
    articles.unpublish(gone, by=None)
    lines = demand.board()
    demand.add_nearest(lines)
    assert [(line.near.article_id, line.near.score) for line in lines] == [(nearer.pk, 0.6)]


# -- deciding ----------------------------------------------------------------------------------------------------


def test_letters_are_accepted_as_one_question_and_the_chosen_one_leads():
    first, second = alike(CALF, SAME)
    by = make_user()
    term = in_vain("calf twitch")
    article = demand.commission(by=by, letters=[first, second], searched=[term], lead=second.pk)
    second.refresh_from_db()
    first.refresh_from_db()
    assert (article.headline, article.question) == ("Calf 1?", workflow.editable_copy(second))
    assert (second.is_lead, first.is_lead, first.article_id) == (True, False, article.pk)
    assert Commission.objects.get(term=term).article == article
    assert demand.board() == []
    acts = [(act.verb, act.kind, act.number) for act in Act.objects.filter(person=by.pk).order_by("pk")]
    assert sorted(acts) == sorted(
        [
            ("draft", "article", article.pk),
            ("accept", "letter", second.pk),
            ("merge", "letter", first.pk),
            ("letters merged", "article", article.pk),
            ("commission", "search term", term.pk),
        ]
    )


def test_a_search_begins_an_article_and_leaves_the_board_while_there_is_one():
    term = in_vain("pickle juice")
    article = demand.commission(by=make_user(), letters=[], searched=[term])
    assert (article.headline, article.question, article.status) == ("Pickle juice", "", "draft")
    assert demand.board() == []
    with pytest.raises(NotPermitted):
        demand.commission(by=make_user(), letters=[], searched=[term])
    article.delete()
    assert told(demand.board()) == [("Pickle juice", 0, 0, 3, 3)]


def test_when_one_of_the_letters_is_decided_about_none_is_taken():
    first, second = alike(CALF, SAME)
    workflow.decline(Letter.objects.get(pk=second.pk), by=make_user(), reason="No.")
    with pytest.raises(NotPermitted):
        demand.commission(by=make_user(), letters=[first, second], searched=[])
    assert Letter.objects.get(pk=first.pk).status == "received"


def test_what_is_put_off_comes_back_after_thirty_days_or_with_another_letter():
    first, second = alike(CALF, SAME)
    term, draft, by = in_vain("pickle juice"), announce(), make_user()
    now = timezone.now()
    demand.put_off(by=by, letters=[first, second])
    demand.put_off(by=by, searched=[term])
    assert demand.put_off(by=by, article=draft) == timezone.localdate() + dt.timedelta(days=30)
    assert demand.has_put_off()
    assert demand.board() == []
    assert len(demand.board(now=now + dt.timedelta(days=30))) == 2 - 2
    later = demand.board(now=now + dt.timedelta(days=31))
    assert [line.asked for line in later if line.letters] == [2]
    alike(THIRD)
    assert [line.asked for line in demand.board()] == [3]
    demand.put_off(by=by, searched=[term])  # again: the same row
    assert PutOff.objects.count() == 4


def test_what_was_put_off_is_forgotten_when_its_time_is_over():
    demand.put_off(by=make_user(), searched=[in_vain("pickle juice")])
    now = timezone.now()
    likening.make_due(now=now + dt.timedelta(days=30))
    assert PutOff.objects.count() == 1
    likening.make_due(now=now + dt.timedelta(days=31))
    assert PutOff.objects.count() == 0


def test_all_that_was_put_off_is_shown_again():
    term, by = in_vain("pickle juice"), make_user()
    demand.put_off(by=by, searched=[term])
    assert demand.show_again(by=by) == 1
    assert len(demand.board()) == 1
    verbs = Act.objects.filter(person=by.pk).order_by("pk").values_list("verb", "kind")
    assert list(verbs) == [("put off", "search term"), ("show again", "demand")]


@pytest.mark.parametrize("count", [2, 6])
def test_the_board_asks_the_same_however_much_there_is(django_assert_num_queries, count):
    alike(*[f"{CALF} {'x' * number}" for number in range(count)])
    for number in range(count):
        in_vain(f"pickle {'xyz'[number % 3] * (number + 2)}")
        announce(f"Whether {number}")
    with django_assert_num_queries(6):
        demand.add_nearest(demand.board())
