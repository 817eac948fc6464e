"""The gate before publishing: the writer's consent, what may tell who wrote, and what a later edit may not do."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import snippets, workflow
from advice.articles.checking import allow, ask_again, take_back
from advice.articles.models import Article
from advice.articles.workflow import NotPermitted, NotReady, Stale
from advice.letters import checking
from advice.letters import workflow as letters
from advice.letters.models import AddressLook, Letter
from tests.factories import make_column, make_draft, make_letter, make_user

pytestmark = pytest.mark.django_db


def fresh(article) -> Article:
    return Article.objects.get(pk=article.pk)


def keys(article):
    return [point.key for point in checking.check(fresh(article)).open]


def without_consent(letter):
    Letter.objects.filter(pk=letter.pk).update(consent_version="")


def test_a_letter_that_was_sent_by_the_form_has_its_writers_consent():
    article = make_draft(make_letter())
    assert keys(article) == []
    assert "consent" in [point.key for point in checking.check(article).met]


def test_an_article_without_a_letter_needs_none():
    assert "consent" not in [point.key for point in checking.check(make_draft()).points]


def test_each_letter_of_it_needs_consent_and_one_that_was_withdrawn_does_not():
    lead, other = make_letter(), make_letter()
    article = make_draft(lead)
    letters.merge(other, article=article, by=make_user())
    without_consent(other)
    assert keys(article) == ["consent"]
    letters.withdraw(other)
    assert keys(article) == []


def test_a_consent_that_was_given_elsewhere_is_waived_for_these_letters_alone():
    letter, other, by = make_letter(), make_letter(), make_user()
    article = make_draft(letter)
    without_consent(letter)
    [point] = checking.check(article).open
    checking.waive(article, key="consent", of=point.of, reason="She signed a paper.", by=by)
    assert keys(article) == []
    letters.merge(other, article=article, by=by)
    without_consent(other)
    assert keys(article) == ["consent"]


def test_publishing_is_refused_while_a_point_is_open_and_says_which():
    article, by = make_draft(column=make_column(asks_sources=True)), make_user()
    with pytest.raises(NotReady) as refused:
        checking.publish(article, by=by)
    assert refused.value.problems == ["Its column asks for sources, and it names none."]
    assert not fresh(article).is_published
    [point] = checking.check(fresh(article)).open
    checking.waive(article, key="sources", of=point.of, reason="None.", by=by)
    assert checking.publish(article, by=by).is_published


def test_moving_what_is_scheduled_goes_through_the_same_gate():
    by, later = make_user(), timezone.now() + dt.timedelta(days=1)
    article = checking.publish(make_draft(column=make_column()), by=by, at=later)
    article.column.asks_sources = True
    article.column.save()
    with pytest.raises(NotReady):
        checking.move(article, by=by, at=later + dt.timedelta(days=1), version=article.version)
    assert fresh(article).published_at == later


def test_what_is_waived_is_what_was_read():
    article, by = make_draft(column=make_column(asks_sources=True)), make_user()
    for key, of in (("sources", "other words"), ("tag", ""), ("nonsense", "")):
        with pytest.raises(Stale):
            checking.waive(article, key=key, of=of, reason="R", by=by)
    workflow.edit(article, by=by, version=article.version, dek="")
    with pytest.raises(NotPermitted):
        checking.waive(fresh(article), key="dek", of="", reason="R", by=by)


def save(article, *, keep=None, **fields):
    with checking.kept_up(article, by=make_user(), keep=keep):
        workflow.edit(article, by=None, version=fresh(article).version, **fields)


def test_what_is_public_may_not_lose_what_it_was_let_through_with():
    column = make_column(asks_sources=True)
    article = make_draft(column=column)
    source = {"title": "Cramp", "publisher": "", "year": None, "url": ""}
    save(article, sources=[source])
    save(article, sources=[])
    save(article, sources=[source])
    article = checking.publish(article, by=make_user())
    for lost in ({"sources": []}, {"question": "See ![](/media/uploads/a.webp)"}):
        with pytest.raises(NotReady):
            save(article, **lost)
    assert (fresh(article).sources, fresh(article).question) == ([source], article.question)
    column.asks_review = True
    column.save()
    save(article, question="The review that it never had is not asked for by a save.")


PHONE, NAME = "020 7946 0958", "Thomas Kettering"


def telling(letter=None, **fields):
    fields = {"question": f"Call me: {PHONE}. I am out of the house.", **fields}
    return make_draft(letter, **fields)


def finds(article):
    return [(finding.sort.value, finding.text) for finding in checking.check(fresh(article)).open_findings]


def settle(article, *, replace=None, keep=None, seen=None):
    checked = checking.check(fresh(article))
    keyed = {finding.text: finding.field_key for finding in checked.findings}
    checking.settle(
        article,
        seen=seen or checked.of,
        replace={keyed[text]: words for text, words in (replace or {}).items()},
        keep={keyed[text]: reason for text, reason in (keep or {}).items()},
        by=make_user(),
    )


def test_a_phone_number_holds_publishing_back_until_it_is_replaced():
    article, by = telling(), make_user()
    assert finds(article) == [("phone", PHONE)]
    with pytest.raises(NotReady):
        checking.publish(article, by=by)
    settle(article, replace={PHONE: "any time"})
    assert fresh(article).question == "Call me: any time. I am out of the house."
    assert checking.publish(article, by=by).is_published
    assert [event.note for event in article.events.filter(verb="replace")] == ["Phone number"]


def test_or_kept_with_a_reason_that_its_history_does_not_repeat():
    article, by = telling(), make_user()
    settle(article, keep={PHONE: "It is the number of a helpline."})
    assert finds(article) == []
    [kept] = checking.check(article).kept_findings
    assert kept.waiver.reason == "It is the number of a helpline."
    assert checking.publish(article, by=by).is_published
    assert [event.note for event in article.events.filter(verb="keep")] == ["Phone number"]


def test_what_is_kept_holds_for_these_words_alone_and_is_taken_back():
    article = telling()
    settle(article, keep={PHONE: "A helpline."})
    article = fresh(article)
    workflow.edit(article, by=None, version=article.version, question="Call 020 7946 0999.")
    assert finds(article) == [("phone", "020 7946 0999")]
    settle(article, keep={"020 7946 0999": "A helpline, too."})
    for waiver in article.waivers.all():
        take_back(waiver, by=make_user())
    assert finds(article) == [("phone", "020 7946 0999")]


def test_it_is_found_in_everything_that_is_printed_and_replaced_everywhere_at_once():
    source = {"title": f"Told by {PHONE}", "publisher": PHONE, "year": None, "url": "https://a.example/"}
    article = make_draft(
        headline=f"What {PHONE} asks",
        dek=f"By {PHONE}.",
        question=f"I am *{PHONE}*. ![{PHONE}](/media/uploads/a.webp)",
    )
    answer = article.answers.get()
    workflow.save_answer(answer, text=f"Dear {PHONE}, rest.", by=None, version=answer.version)
    workflow.edit(
        article, by=None, version=article.version, sources=[source], announced_as=f"What {PHONE} has"
    )
    [finding] = checking.check(fresh(article)).open_findings
    assert {place.part.key.partition("-")[0] for place in finding.places} == {
        *("headline", "dek", "question", "announced_as", "answer", "source")
    }
    settle(article, replace={PHONE: "a friend"})
    article = fresh(article)
    assert (article.headline, article.dek) == ("What a friend asks", "By a friend.")
    assert article.question == "I am *a friend*. ![a friend](/media/uploads/a.webp)"
    assert article.answers.get().text == "Dear a friend, rest."
    assert article.sources == [{**source, "title": "Told by a friend", "publisher": "a friend"}]
    assert article.announced_as == "What a friend has"
    assert finds(article) == []


def test_what_a_source_names_it_names_on_purpose_and_a_headline_has_capitals_of_its_own():
    source = {"title": "Cramp, by Thomas Kettering", "publisher": "Kettering Press", "year": 2019, "url": ""}
    question = "With a cold in my head I sound like gravel."
    article = make_draft(headline="Why Does My Head Cold Sound Like Gravel?", question=question)
    workflow.edit(article, by=None, version=article.version, sources=[source])
    assert finds(article) == []
    article = fresh(article)
    workflow.edit(article, by=None, version=article.version, headline="What Thomas Kettering Asked Me")
    [(sort, text)] = finds(article)
    assert (sort, NAME in text) == ("person", True)


def test_words_that_were_typed_as_a_letter_are_read_without_their_escapes_and_replaced_as_typed():
    letter = make_letter(text=f"I am _{NAME}_ and I hurt.\n\nIt twitches a lot.")
    article = make_draft(letter, question=letters.editable_copy(letter))
    assert f"\\_{NAME}\\_" in article.question
    settle(article, replace={NAME: "*me*"})
    assert fresh(article).question == "I am \\_\\*me\\*\\_ and I hurt.\n\nIt twitches a lot."


def test_the_links_that_an_expert_sets_are_no_finds_and_those_of_a_letter_are():
    article = make_draft(question="It stands [here](https://blog.example/me).")
    answer = article.answers.get()
    text = "See [the rule](https://rule.example/a) and [ours](/questions/a/)."
    workflow.save_answer(answer, text=text, by=None, version=answer.version)
    assert [text for _sort, text in finds(article)] == ["https://blog.example/me"]


def test_a_profile_that_an_expert_links_is_a_find_and_so_is_the_writers_own_page():
    letter = make_letter(email="oriel.vanstraaten@gmail.com")
    article = make_draft(letter)
    answer = article.answers.get()
    profile, page = "https://www.facebook.com/jane.smith.whitby", "https://club.example/oriel-vanstraaten"
    text = f"See [her page]({profile}), \\*[hers](<{page}>) and [the rule](https://rule.example/a)."
    workflow.save_answer(answer, text=text, by=None, version=answer.version)
    assert finds(article) == [("url", profile), ("own", page)]
    settle(article, replace={profile: "/a/"}, keep={page: "She wants it."})
    assert article.answers.get().text == text.replace(profile, "/a/")
    source = {"title": profile, "publisher": "", "year": None, "url": ""}
    workflow.edit(article, by=None, version=fresh(article).version, sources=[source])
    assert finds(article) == [("url", profile)]


def test_the_address_of_a_source_is_a_find_where_it_is_the_writers_own():
    article = make_draft(make_letter(email="oriel.vanstraaten@gmail.com"))
    page = "https://club.example/oriel-vanstraaten"
    sources = [
        {"title": "A study", "publisher": "", "year": None, "url": address}
        for address in (page, "https://rule.example/studies/2019-05-14/a.pdf")
    ]
    workflow.edit(article, by=None, version=article.version, sources=sources)
    assert finds(article) == [("own", page)]
    [finding] = checking.check(fresh(article)).open_findings
    assert not finding.may_replace
    settle(article, keep={page: "She wants it."})
    assert finds(article) == []


def test_a_number_that_was_typed_in_pieces_is_replaced_in_whole():
    article = make_draft(question="I am \\*tired\\*. Call 020&nbsp;7946\n**0958**, or not.")
    [(sort, text)] = finds(article)
    assert sort == "phone"
    settle(article, replace={text: "me"})
    assert fresh(article).question == "I am \\*tired\\*. Call me, or not."


def test_what_names_the_writer_is_found_though_it_is_no_known_name():
    letter, by = (
        make_letter(email="oriel.vanstraaten@gmail.com", text="It twitches.\n\nYours,\nQuillian"),
        make_user(),
    )
    other = make_letter(email="nobody@threlfallmill.example", text="Mine, too. My name is Hesketh.")
    article = make_draft(letter, question="Vanstraaten is my name, and Quillian my first.")
    assert {("own", "Vanstraaten"), ("own", "Quillian")} <= set(finds(article))
    letters.merge(other, article=article, by=by)
    article = fresh(article)
    workflow.edit(article, by=None, version=article.version, question="I, Hesketh, work at Threlfallmill.")
    assert {text for sort, text in finds(article) if sort == "own"} == {"Hesketh", "Threlfallmill"}
    assert not AddressLook.objects.exists()  # nothing of an identity was shown


def test_the_signature_that_was_chosen_and_experts_may_stand():
    letter = make_letter(signature="Quillian", email="quillian@gmail.com", text="It twitches.\n\nQuillian")
    article = make_draft(letter, signature="Quillian")
    answer = article.answers.get()
    expert = answer.expert
    expert.name = "Dr. Thaddeus Brockhampton"
    expert.save()
    text = "Dear Quillian,\n\nIt passes.\n\nThaddeus Brockhampton"
    workflow.save_answer(answer, text=text, by=None, version=answer.version)
    assert finds(article) == []


def test_an_answer_may_greet_by_a_part_of_the_signature_that_is_printed():
    signed = "Quillian the Slow"
    letter = make_letter(signature=signed, email="quillian.hesk@gmail.com", text="It twitches.\n\nQuillian")
    article = make_draft(letter, signature=signed)
    answer = article.answers.get()
    workflow.save_answer(answer, text="Dear Quillian,\n\nIt passes.", by=None, version=answer.version)
    assert finds(article) == []
    row = fresh(article)
    workflow.edit(row, by=None, version=row.version, signature="Slow")
    assert ("own", "Quillian") in finds(article)


def test_an_address_that_no_key_opens_holds_nothing_up(settings):
    letter = make_letter(text="It twitches.\n\nQuillian")
    article = make_draft(letter, question="I am Quillian.")
    settings.PRIVATE_KEYS = ["another key, of thirty-two letters or more"]
    assert ("own", "Quillian") in finds(article)


def test_a_name_on_the_list_is_asked_about_no_more_and_again_once_it_is_off():
    article = make_draft(question=f"I met {NAME} at the race.")
    assert [text for _sort, text in finds(article)] == [NAME]
    name = allow(NAME, by=make_user())
    assert finds(article) == []
    ask_again(name, by=make_user())
    assert [text for _sort, text in finds(article)] == [NAME]


def test_a_later_save_may_bring_in_nothing_new_that_tells_unless_with_a_reason():
    article = checking.publish(make_draft(), by=make_user())
    with pytest.raises(checking.NewFinds) as refused:
        save(article, question=f"Call {PHONE}.")
    [finding] = refused.value.findings
    assert finding.text == PHONE
    assert fresh(article).question == article.question
    save(article, question=f"Call {PHONE}.", keep={finding.field_key: "A helpline."})
    assert fresh(article).question == f"Call {PHONE}."
    assert finds(article) == []
    save(article, question=f"Do call {PHONE}, please.")


def test_what_stood_there_before_the_check_is_no_new_find():
    article = workflow.publish(telling(), by=None)
    save(article, dek="Another dek.")
    with pytest.raises(checking.NewFinds):
        save(article, dek=f"By {NAME}.")


def test_replacing_by_words_that_tell_as_much_is_refused_once_it_is_public():
    article = workflow.publish(telling(), by=None)
    with pytest.raises(checking.NewFinds):
        settle(article, replace={PHONE: NAME})
    assert PHONE in fresh(article).question


def test_decisions_on_other_texts_than_those_that_were_read_are_refused():
    article = telling()
    seen = checking.check(article).of
    workflow.edit(article, by=None, version=article.version, dek="Another.")
    with pytest.raises(Stale):
        settle(article, replace={PHONE: "me"}, seen=seen)


def test_a_correction_for_privacy_forgets_why_something_was_kept():
    article = telling()
    settle(article, keep={PHONE: f"{NAME} said that we may."})
    article = checking.publish(article, by=make_user())
    workflow.correct(article, kind="correction", text="x", by=make_user(), is_privacy=True)
    assert not article.waivers.exists()


def test_an_address_that_somebody_typed_is_read_and_is_not_replaced():
    article = make_draft(headline="A sore knee", question="It hurts.")
    row = workflow.edit(
        article, by=None, version=fresh(article).version, slug="jane-smith-of-whitby-07700-900123"
    )
    found = checking.check(fresh(row)).open_findings
    assert {finding.text for finding in found} == {"Jane Smith Of Whitby", "07700 900123"}
    assert [place.part.key for finding in found for place in finding.places] == ["slug", "slug"]
    assert not any(finding.may_replace for finding in found)
    with pytest.raises(NotReady):
        checking.publish(row, by=make_user())
    seen, keep = checking.check(fresh(row)).of, {finding.field_key: "A stage name." for finding in found}
    checking.settle(row, seen=seen, replace={}, keep=keep, by=make_user())
    assert checking.publish(row, by=make_user()).is_published


@pytest.mark.parametrize("slug", ["sore-knee-after-running", "how-to-treat-a-sore-knee-in-winter"])
def test_an_address_of_common_words_says_nothing(slug):
    article = make_draft(headline="Knees", question="It hurts.")
    workflow.edit(article, by=None, version=fresh(article).version, slug=slug)
    assert checking.check(fresh(article)).findings == []


def test_an_address_made_from_the_headline_asks_nothing_again():
    article = make_draft(headline="What Thomas Kettering ran", question="I ran.")
    [finding] = checking.check(article).open_findings
    seen = checking.check(article).of
    checking.settle(article, seen=seen, replace={}, keep={finding.field_key: "Known."}, by=make_user())
    article = checking.publish(article, by=make_user())
    assert "kettering" in article.slug
    assert checking.check(fresh(article)).open_findings == []


def test_what_is_public_gets_no_address_that_tells():
    article, by = checking.publish(make_draft(), by=make_user()), make_user()
    with pytest.raises(checking.NewFinds), checking.kept_up(article, by=by):
        workflow.edit(article, by=by, version=fresh(article).version, slug="call-07700-900123")
    assert fresh(article).slug == article.slug


def test_the_snippets_that_are_drawn_and_the_disclaimer_are_read():
    by = make_user()
    snippets.make(by=by, name="Box", slug="box", text="Call 07700 900123.")
    snippets.make(by=by, name="Foot", slug="foot", text="Write to jo@mail.example.")
    column = make_column(disclaimer="Ask Thomas Kettering.\n\n{{foot}}")
    article = make_draft(column=column, question="It hurts.\n\n{{box}}")
    found = {one.text: one for one in checking.check(fresh(article)).open_findings}
    assert {text: one.places[0].part.key for text, one in found.items()} == {
        "Thomas Kettering": "disclaimer",
        "07700 900123": "snippet-box",
        "jo@mail.example": "snippet-foot",
    }
    assert not any(one.may_replace for one in found.values())


def test_replacing_leaves_what_other_articles_print_and_it_stays_open():
    by = make_user()
    snippets.make(by=by, name="Box", slug="box", text="Call 07700 900123.")
    article = make_draft(question="It hurts. 07700 900123.\n\n{{box}}")
    [finding] = checking.check(fresh(article)).open_findings
    assert finding.may_replace
    seen = checking.check(fresh(article)).of
    checking.settle(article, seen=seen, replace={finding.field_key: "me"}, keep={}, by=by)
    assert fresh(article).question == "It hurts. me.\n\n{{box}}"
    [finding] = checking.check(fresh(article)).open_findings
    assert not finding.may_replace


def test_a_letter_that_joins_what_is_public_opens_what_tells_of_its_writer():
    article = checking.publish(make_draft(question="I like zebedee, and it hurts."), by=make_user())
    other = make_letter(signature="Zebedee")
    with checking.opened(article) as found:
        letters.merge(other, article=article, by=make_user())
    assert [finding.text for finding in found] == ["zebedee"]
    draft = make_draft(question="I like zebedee.")
    with checking.opened(draft) as found:
        letters.merge(make_letter(signature="Zebedee"), article=draft, by=make_user())
    assert found == []
