"""The links of an issue: our own are asked as a stranger asks, and nobody else is asked by a test."""

import pytest

from advice.accounts.models import Role
from advice.articles import workflow
from advice.desk import linking, outward
from advice.newsletter import tokens
from advice.newsletter.issuing import Pick
from tests.factories import (
    make_draft,
    make_issue,
    make_left,
    make_letter,
    make_newsletter,
    make_published,
    make_reader,
    make_tag,
    make_user,
)

pytestmark = pytest.mark.django_db

MISSING = "There is no such page, or it is not public."
SECRET = "This page is not the same for everybody: its address may be a secret."


def found(intro, *picks, **fields):
    """What is said of each link, by its address."""
    return {
        row.link.address: (row.state, row.note)
        for row in linking.check(make_issue(None, *picks, intro=intro, **fields), others=False)
    }


def links(*addresses):
    return "\n\n".join(f"[words](<{address}>)" for address in addresses)


OK = ("ok", "")


def test_public_pages_of_ours_are_in_order(settings):
    article, tag = make_published(), make_tag("Calf")
    pages = [
        article.get_absolute_url(),
        f"{article.get_absolute_url()}#answer",
        f"/tags/{tag.slug}/",
        "/",
        "/ask/",
        "/subscribe/",
        "/newsletters/",
        "/search/?q=calf",
        "/feeds/latest.atom",
    ]
    pages += [f"{settings.SITE_URL}/questions/", settings.SITE_URL]
    assert found(links(*pages)) == dict.fromkeys(pages, OK)


def test_a_draft_and_a_page_that_is_not_there_are_errors(settings):
    draft = make_draft()
    pages = [
        f"/questions/{draft.slug}/",
        f"{settings.SITE_URL}/questions/{draft.slug}/",
        "/nowhere/",
        "/media/uploads/none.png",
    ]
    assert found(links(*pages)) == dict.fromkeys(pages, ("error", MISSING))


def test_a_deleted_page_is_an_error_and_an_old_address_leads_on():
    gone, moved = make_published(), make_published()
    workflow.delete(gone, by=None)
    old = moved.get_absolute_url()
    workflow.edit(moved, by=None, version=moved.version, slug="its-new-address")
    said = found(
        links(gone.get_absolute_url(), old, old.rstrip("/").upper().replace("/QUESTIONS", "/questions"))
    )
    assert said[gone.get_absolute_url()] == ("error", "This page was removed.")
    assert [said[address] for address in list(said)[1:]] == [OK, OK]


def test_what_is_not_for_everybody_is_an_error():
    letter, reader = make_letter(), make_reader(make_newsletter())
    preferences = f"/subscribe/preferences/{tokens.for_preferences(reader)}/"
    own = letter.get_absolute_url()  # signed with the second
    desk = ("error", "Readers cannot open it: one has to sign in.")
    said = found(
        links(own, preferences, "/desk/", "/admin/", "/accounts/login/", "/readyz")
    )
    assert said[own][0] == "error"
    assert said[preferences] == ("error", SECRET)
    assert (said["/desk/"], said["/admin/"]) == (desk, desk)
    assert said["/accounts/login/"][0] == "error"


def test_the_editors_own_session_opens_nothing(at_desk):
    draft = make_draft()
    issue = make_issue(intro=links(f"/desk/articles/{draft.pk}/preview/"))
    shown = at_desk.post(f"/desk/issues/{issue.pk}/links/").content.decode()
    assert "Readers cannot open it: one has to sign in." in shown
    assert at_desk.get("/desk/").status_code == 200


def test_an_address_is_looked_at_before_anybody_is_asked():
    said = found(
        "[a](page/) [b](https://exa_mple..org/) [c](mailto:nobody) [d](mailto:desk@example.org) [e](tel:+491) [f](https://example.org/) [g](#there)"
    )
    assert said == {
        "page/": ("error", "In a mail this leads nowhere. Begin it with / or https://"),
        "https://exa_mple..org/": ("error", "This is no address."),
        "mailto:nobody": ("error", "This is no address."),
        "mailto:desk@example.org": OK,
        None: ("error", "Only links that begin with https:, http:, mailto: or / are kept."),
        "https://example.org/": OK,
    }


def test_links_of_answers_count_where_they_are_mailed_in_full():
    article = make_published(headline="Calves", question="[bad](/no/such/page/)")
    assert found("Good morning.", Pick(article)) == {}
    assert found("Good morning.", Pick(article, in_full=True)) == {"/no/such/page/": ("error", MISSING)}
    answer = article.answers.get()
    workflow.save_answer(
        answer, text="See [this](/nor/this/).", by=make_user(Role.EDITOR), version=answer.version
    )
    issue = make_issue(None, Pick(article, in_full=True))
    assert [(row.link.where, row.link.words) for row in linking.errors(issue)] == [
        ("Calves", "bad"),
        ("Calves", "this"),
    ]


def test_a_picture_that_is_gone_is_an_error():
    said = found("![A field](/media/uploads/0123456789abcdef.png)")
    assert said == {"/media/uploads/0123456789abcdef.png": ("error", MISSING)}


def test_a_picture_of_elsewhere_is_said_not_to_be_shown_and_holds_nothing():
    article = make_published(headline="Calves", question="![a *calf*](http://calves.example/1.png)")
    intro = (
        "Look: [![](https://pictures.example/track.gif)](https://pictures.example/) ![pic](//x.example/y.png)"
    )
    issue = make_issue(None, Pick(article, in_full=True), intro=intro)
    unseen = [row for row in linking.check(issue, others=False) if row.state == "unseen"]
    assert [(row.link.where, row.link.words, row.link.address) for row in unseen] == [
        ("Introduction", "Picture", "https://pictures.example/track.gif"),
        ("Introduction", "pic", "//x.example/y.png"),
        ("Calves", "a calf", "http://calves.example/1.png"),
    ]
    assert "readers do not see it" in unseen[0].note
    assert linking.errors(issue) == []


def test_where_the_site_stands_behind_https_its_pages_are_asked_as_such(settings):
    settings.SITE_URL, settings.SECURE_SSL_REDIRECT = "https://advice.example", True
    settings.ALLOWED_HOSTS = ["advice.example"]
    assert found(links("https://advice.example/questions/", "/no/")) == {
        "https://advice.example/questions/": OK,
        "/no/": ("error", MISSING),
    }


def test_a_link_into_our_own_network_is_a_warning_and_is_not_asked():
    issue = make_issue(
        intro=links(
            "http://127.0.0.1:1/", "http://[::1]:1/", "http://192.168.0.1/", "http://169.254.169.254/latest/"
        )
    )
    said = {row.note for row in linking.check(issue, others=True) if row.state == "warning"}
    assert said == {"It leads into a private network, so it was not asked."}


def test_only_so_many_other_sites_are_asked(monkeypatch):
    monkeypatch.setattr(outward, "MOST", 1)
    issue = make_issue(intro=links("http://127.0.0.1:1/a", "http://127.0.0.1:1/b"))
    assert [row.note for row in linking.check(issue, others=True)] == [
        "It leads into a private network, so it was not asked.",
        "Not asked: only the first 1 are.",
    ]


def test_of_an_issue_that_has_left_the_links_are_those_that_were_mailed(at_desk):
    article = make_published(headline="Calves", question="[bad](/no/such/page/)")
    issue = make_left(None, Pick(article, in_full=True), intro="Good morning.")
    workflow.edit(article, by=None, version=article.version, question="Mended.")
    assert [row.link.address for row in linking.errors(issue)] == ["/no/such/page/"]
    shown = at_desk.get(f"/desk/issues/{issue.pk}/preview/").content.decode()
    assert "What was mailed" in shown
    assert "Check links" not in shown
