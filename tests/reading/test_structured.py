"""What pages say to search engines: JSON-LD."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Article, TallyKind
from advice.articles.page import for_page, page_of
from advice.reading import structured
from tests.factories import make_column, make_draft, make_expert, make_letter, make_published, make_tag
from tests.reading.printed import CANARY, make_printed, make_site
from tests.reading.said import (
    APART,
    article_at,
    graph_of,
    make_pages,
    nodes_in,
    strings_in,
    structured_at,
    tags_of,
)

pytestmark = pytest.mark.django_db

# For each type what must stand there (schema.org, and what Google's documentation of Article, Breadcrumb, Profile page,
# Organization and Sitelinks search box asks for), and what may. Anything else is not in the vocabulary, or not ours.
PAGE = ("@id url name inLanguage isPartOf publisher", "description mainEntity dateModified")
WORK = (
    "@id url headline inLanguage publisher isPartOf",
    "description image author keywords timeRequired isBasedOn citation mainEntity mainEntityOfPage datePublished"
    " dateModified correction creativeWorkStatus",
)
VOCABULARY = {
    "Article": WORK,
    "MedicalWebPage": (WORK[0], WORK[1] + " reviewedBy lastReviewed"),
    "Question": ("@id name text answerCount acceptedAnswer", "author suggestedAnswer"),
    "Answer": ("url text", "author datePublished"),
    "Person": ("name", "@id url jobTitle honorificSuffix hasCredential image description"),
    "EducationalOccupationalCredential": ("name", ""),
    "Organization": ("name", "@id url logo publishingPrinciples correctionsPolicy"),
    "ImageObject": ("url width height", ""),
    "CreativeWorkSeries": ("@id name url", ""),
    "CreativeWork": ("name", "publisher datePublished url"),
    "CorrectionComment": ("name text datePublished", ""),
    "BreadcrumbList": ("itemListElement", ""),
    "ItemList": ("itemListElement", ""),
    "ListItem": ("position name", "item url"),
    "WebSite": ("@id url name", "description inLanguage publisher potentialAction"),
    "SearchAction": ("target query-input", ""),
    "EntryPoint": ("urlTemplate", ""),
    "WebPage": ("@id", PAGE[0] + " " + PAGE[1] + " reviewedBy lastReviewed"),
    "AboutPage": PAGE,
    "ContactPage": PAGE,
    "CollectionPage": PAGE,
    "ProfilePage": (PAGE[0] + " mainEntity", PAGE[1] + " hasPart"),
}
LISTED_ARTICLE = {"@type", "headline", "url", "datePublished"}


@pytest.fixture
def pages(settings, tmp_path) -> list[str]:
    return make_pages(settings, tmp_path)


def test_every_kind_of_page_has_valid_data(client, pages):
    for address in pages:
        graph = structured_at(client, address)
        assert graph, address
        for node in nodes_in(graph):
            if set(node) == {"@id"}:
                assert node["@id"] in {other.get("@id") for other in graph}, address
                continue
            if node["@type"] == "Article" and "@id" not in node:  # one of an expert's
                assert set(node) <= LISTED_ARTICLE, address
                continue
            required, possible = (set(names.split()) for names in VOCABULARY[node["@type"]])
            assert required <= set(node), (address, node)
            assert set(node) <= required | possible | {"@type"}, (address, node)
            assert all(value not in (None, "", [], {}) for value in node.values()), (address, node)
        assert "QAPage" not in json.dumps(graph)


def test_every_address_in_the_data_is_ours_whole_and_answers(client, settings, pages):
    settings.SITE_URL = "https://column.example"
    addresses = set()
    for page in pages:
        for text in strings_in(structured_at(client, page)):
            if "://" in text and "{search_term_string}" not in text:
                addresses.add(text)
    outside = {address for address in addresses if not address.startswith("https://column.example/")}
    assert outside == {
        "https://a.example/1",
        "https://b.example/2",
    }  # a citation, and where a piece was taken from
    for address in addresses - outside:
        path = address.removeprefix("https://column.example").partition("#")[0]
        if path.startswith("/static/"):
            assert finders.find(path.removeprefix("/static/")), path
        else:
            assert client.get(path).status_code == 200, path


def test_breadcrumbs_lead_down_to_the_page_itself(client, pages, settings):
    for address in set(pages) - {"/", *APART}:
        (trail,) = [node for node in structured_at(client, address) if node["@type"] == "BreadcrumbList"]
        steps = trail["itemListElement"]
        assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
        assert steps[0]["item"] == settings.SITE_URL + "/"
        assert steps[-1]["item"] == settings.SITE_URL + address.partition("?")[0]


def test_article_is_a_question_with_its_answers(client):
    experts = (make_expert(title="Coach", credentials="MSc, RD"), make_expert())
    article = make_printed(experts=experts, column=make_column("Training"), tags=(make_tag("Calf"),))
    node = article_at(client, article)
    assert (node["@type"], node["headline"], node["keywords"]) == ("Article", article.headline, ["Calf"])
    assert node["isPartOf"]["name"] == "Training"
    assert node["datePublished"] == timezone.localtime(article.published_at).isoformat(timespec="seconds")
    assert "dateModified" not in node
    question = node["mainEntity"]
    assert question["author"] == {"@type": "Person", "name": "Adam"}
    assert "dateCreated" not in question
    assert question["text"] == "My calf twitches after each run."
    assert question["acceptedAnswer"]["text"] == "Dear Adam, It passes."
    author = question["acceptedAnswer"]["author"]
    assert (author["name"], author["jobTitle"], author["honorificSuffix"]) == (
        experts[0].name,
        "Coach",
        "MSc, RD",
    )
    assert [earned["name"] for earned in author["hasCredential"]] == ["MSc", "RD"]
    assert [answer["author"]["name"] for answer in question["suggestedAnswer"]] == [experts[1].name]


def test_only_a_column_marked_medical_makes_a_medical_page_and_says_who_reviewed_it(client):
    reviewer, on = make_expert(credentials="MD"), timezone.localdate()
    medical = make_printed(column=make_column(is_medical=True), reviewer=reviewer, reviewed_on=on)
    other = make_printed(reviewer=reviewer, reviewed_on=on)
    node = article_at(client, medical)
    assert (node["@type"], node["lastReviewed"]) == ("MedicalWebPage", on.isoformat())
    assert node["reviewedBy"]["name"] == reviewer.name
    node = article_at(client, other)
    assert (node["@type"], node["mainEntityOfPage"]["lastReviewed"]) == ("Article", on.isoformat())
    assert "reviewedBy" not in article_at(client, make_printed(column=medical.column))


def test_undated_article_has_no_date_and_names_its_source(client):
    article = make_printed(undated=True, experts=(None,), source_name="A magazine", signature="")
    node = article_at(client, article)
    assert "datePublished" not in json.dumps(node)
    assert node["author"] == [{"@type": "Organization", "name": "A magazine"}]
    assert "author" not in node["mainEntity"]


def test_a_correction_is_said_and_only_it_makes_the_article_newer(client):
    article = make_printed()
    workflow.correct(article, kind="clarification", text="Meant in miles.", by=None)
    node = article_at(client, article)
    assert [(note["name"], note["text"]) for note in node["correction"]] == [
        ("Clarification", "Meant in miles.")
    ]
    assert "dateModified" not in node
    workflow.correct(article, kind="correction", text="Six weeks.", by=None)
    node = article_at(client, article)
    assert [note["text"] for note in node["correction"]] == ["Six weeks.", "Meant in miles."]
    assert node["dateModified"] == node["correction"][0]["datePublished"]


def test_retracted_article_says_that_it_was_and_nothing_of_what_it_said(client):
    article = make_printed(
        question=f"{CANARY} q", answer=f"{CANARY} a", dek=f"{CANARY} d", signature=f"{CANARY} s"
    )
    workflow.retract(article, reason="The study was withdrawn.", by=None)
    page = client.get(article.get_absolute_url()).content.decode()
    assert CANARY not in page
    node = graph_of(page)[0]
    assert node["creativeWorkStatus"] == "Retracted"
    assert [(note["name"], note["text"]) for note in node["correction"]] == [
        ("Retraction", "The study was withdrawn.")
    ]
    assert not {"mainEntity", "description", "image", "author", "citation"} & set(node)
    assert "og:image" not in tags_of(page)


def test_nothing_of_a_letter_and_no_count_is_said(client):
    letter = make_letter(email=f"{CANARY}@example.org", text=f"{CANARY} text", question=f"{CANARY} question?")
    article = make_published(letter, question="My calf twitches.", headline="Why?")
    for kind in TallyKind:
        article.tallies.create(kind=kind, day=timezone.localdate(), count=73_001)
    assert article.headline in client.get(article.get_absolute_url()).content.decode()
    for address in ("/", "/questions/", article.get_absolute_url(), article.column.get_absolute_url()):
        said = json.dumps(structured_at(client, address))
        assert CANARY not in said
        assert "73001" not in said
        assert "@example" not in said
        assert not re.search(r"upvote|interactionStatistic|aggregateRating", said, re.IGNORECASE)


def test_no_word_can_end_the_block(client):
    evil = '</script><script>alert("x")</script><!-- &amp; \u2028'
    article = make_printed(
        headline=evil,
        dek=evil,
        question=f"`{evil}`",
        signature=evil,
        answer=f"`{evil}`",
        column=make_column(name=evil),
        tags=(make_tag(evil),),
        experts=(make_expert(title=evil, credentials=evil),),
    )
    page = client.get(article.get_absolute_url()).content.decode()
    node = graph_of(page)[0]
    assert (node["headline"], node["mainEntity"]["author"]["name"]) == (evil, evil)
    assert '</script><script>alert("x")' in node["mainEntity"]["acceptedAnswer"]["text"]
    block = page.split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert not set("<>&\u2028") & set(block)
    for address in (
        article.column.get_absolute_url(),
        article.answers.get().expert.get_absolute_url(),
        "/tags/",
    ):
        assert "<script>alert" not in client.get(address).content.decode()
        assert structured_at(client, address)


def test_data_is_made_without_a_query(django_assert_num_queries):
    article = make_printed(tags=(make_tag(),), experts=(make_expert(), make_expert()))
    page = page_of(for_page(Article.objects.published()).get(pk=article.pk))
    with django_assert_num_queries(0):
        assert structured.article(page)


def test_lists_name_what_they_show_in_its_place_of_the_whole(client, settings):
    make_site(23)
    newest = list(Article.objects.published().newest_first())
    first, second = (structured_at(client, f"/questions/{page}")[0] for page in ("", "?page=2"))
    assert second["url"] == settings.SITE_URL + "/questions/?page=2"
    assert second["name"] == "All answers, page 2"
    places = [*first["mainEntity"]["itemListElement"], *second["mainEntity"]["itemListElement"]]
    assert [place["position"] for place in places] == list(range(1, 24))
    assert [place["url"] for place in places] == [
        settings.SITE_URL + row.get_absolute_url() for row in newest
    ]


def test_a_list_names_at_most_fifty():
    tags = [make_tag() for _ in range(structured.MOST + 5)]
    page = structured.collection("Topics", "", "https://x.example/", tags)[0]
    assert len(page["mainEntity"]["itemListElement"]) == 50


def test_front_page_says_how_the_site_is_searched(client, settings):
    site = structured_at(client, "/")[0]
    assert (site["@type"], site["name"]) == ("WebSite", settings.SITE_NAME)
    template = site["potentialAction"]["target"]["urlTemplate"]
    assert template == settings.SITE_URL + "/search/?q={search_term_string}"
    assert (
        client.get(
            template.removeprefix(settings.SITE_URL).replace("{search_term_string}", "calf")
        ).status_code
        == 200
    )


def test_expert_page_is_a_profile_with_the_newest_answers(client):
    expert = make_expert(title="Coach", bio="Has *run* for years. " * 60)
    article = make_printed(experts=(expert,), headline="Signed")
    make_draft(headline=CANARY).answers.update(expert=expert)
    page = structured_at(client, expert.get_absolute_url())[0]
    assert (page["@type"], page["mainEntity"]["@type"]) == ("ProfilePage", "Person")
    assert page["mainEntity"]["description"].startswith("Has run for years.")
    assert len(page["mainEntity"]["description"]) <= 602
    assert [piece["headline"] for piece in page["hasPart"]] == [article.headline]
