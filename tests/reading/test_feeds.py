"""What stands in the feeds. Whether they are sent anew is in test_validators.py."""

import datetime as dt
import xml.etree.ElementTree as ET

import pytest
from django.utils import timezone

from advice.articles import addresses, workflow
from advice.articles.models import Article, Correction, TagAlias
from tests.factories import make_column, make_expert, make_tag
from tests.reading.printed import CANARY, make_printed, make_site
from tests.reading.valid import check, complaints

pytestmark = pytest.mark.django_db
ATOM = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
SITE = "http://127.0.0.1:8000"
ALL = ["/feeds/latest.atom", "/feeds/latest.rss", "/feeds/latest.json"]
HOSTILE = {
    "headline": "A\x0bB & <b> ]]> \U0001f9b5\ufffe",
    "question": "C\x0cD \x1b[0m ]]> <script>x</script> \U0001f9b5 &amp;",
    "dek": "\x01Less < more & ]]>",
    "signature": "Ad\x85am\x7f",
}


def feed(client, address: str = "/feeds/latest.atom", **headers) -> ET.Element:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    check(response)
    return ET.fromstring(response.content)


def items(client) -> list[dict]:
    response = client.get("/feeds/latest.json")
    check(response)
    return response.json()["items"]


def sourced(**fields):
    """An article with all that an article can have."""
    fields = {
        "sources": [
            {"title": "On <calves>", "publisher": "BMJ", "year": 2020, "url": "https://x.example/?a=1&b=2"}
        ],
        **fields,
    }
    return make_printed(
        reviewer=make_expert(credentials="MD"), reviewed_on=dt.date(2026, 3, 1), tags=(make_tag(),), **fields
    )


def test_feed_holds_the_whole_text_with_addresses_of_the_site(client):
    tag, expert = make_tag("Calf"), make_expert(credentials="MD")
    article = make_printed(
        headline="Why & How?",
        question="It *twitches*, see [this](/tags/calf/).[^1]\n\n[^1]: A note.",
        tags=(tag,),
        experts=(expert,),
    )
    entry = feed(client, host="localhost").find("a:entry", ATOM)
    content = entry.findtext("a:content", namespaces=ATOM)
    assert entry.findtext("a:title", namespaces=ATOM) == "Why & How?"
    assert entry.find("a:link", ATOM).get("href") == SITE + article.get_absolute_url()
    assert entry.findtext("a:author/a:name", namespaces=ATOM) == f"{expert.name}, MD"
    assert entry.findtext("a:author/a:uri", namespaces=ATOM) == SITE + expert.get_absolute_url()
    assert entry.find("a:author/a:email", ATOM) is None
    assert entry.find("a:category", ATOM).get("term") == "Calf"
    assert "<em>twitches</em>" in content
    assert f'href="{SITE}/tags/calf/"' in content
    assert f'href="{SITE}{article.get_absolute_url()}#fn' in content
    assert 'href="#' not in content
    assert "Dear Adam," in content


def test_rss_and_json_hold_what_atom_holds(client):
    article = sourced(experts=(make_expert(credentials="MD"), make_expert()))
    entry = feed(client).find("a:entry", ATOM)
    rss = feed(client, "/feeds/latest.rss").find("channel/item")
    (json,) = items(client)
    content = entry.findtext("a:content", namespaces=ATOM)
    assert rss.findtext("content:encoded", namespaces=ATOM) == json["content_html"] == content
    authors = [name.text for name in entry.findall("a:author/a:name", ATOM)]
    assert authors == [answer.expert.byline for answer in article.answers.all()]
    assert [name.text for name in rss.findall("dc:creator", ATOM)] == authors
    assert [author["name"] for author in json["authors"]] == authors
    assert rss.findtext("guid") == json["id"] == entry.findtext("a:id", namespaces=ATOM)
    assert rss.findtext("link") == json["url"] == SITE + article.get_absolute_url()
    assert [rss.findtext("category")] == json["tags"] == [article.tags.get().name]
    assert rss.findtext("a:updated", namespaces=ATOM) == json["date_modified"]
    assert json["date_modified"] == entry.findtext("a:updated", namespaces=ATOM)
    assert json["summary"] == article.dek


@pytest.mark.parametrize("address", ALL)
def test_feed_names_sources_reviewer_and_corrections_and_no_former_text(client, address):
    article = sourced(headline="Now", question=f"It was {CANARY}.")
    workflow.edit(article, by=None, version=article.version, question="It is not.")
    workflow.record_review(article, reviewer=article.reviewer, on=article.reviewed_on, by=None)
    note = workflow.correct(article, kind="correction", text="We said *less* than we knew.", by=None)
    assert note.before is not None
    assert CANARY in note.before.question_html
    response = client.get(address)
    check(response)
    (content,) = [item["content_html"] for item in items(client)]
    assert (
        '<a href="https://x.example/?a=1&amp;b=2" rel="noopener">On &lt;calves&gt;</a>, BMJ, 2020' in content
    )
    assert f"Reviewed by {article.reviewer.byline}, 1 March 2026" in content
    assert "We said <em>less</em> than we knew." in content
    assert CANARY not in response.content.decode()
    assert f"{article.get_absolute_url()}before" not in response.content.decode()


def test_dek_is_read_as_words_not_as_markup(client):
    make_printed(dek="Less <b> & more")
    assert feed(client).findtext("a:entry/a:summary", namespaces=ATOM) == "Less &lt;b&gt; &amp; more"
    assert items(client)[0]["summary"] == "Less <b> & more"


def test_feed_names_itself_by_the_address_of_the_site(client):
    make_printed()
    root = feed(client, host="localhost")
    assert {link.get("href") for link in root.findall("a:link", ATOM)} == {
        f"{SITE}/",
        f"{SITE}/feeds/latest.atom",
    }
    rss = feed(client, "/feeds/latest.rss", host="localhost")
    assert rss.find("channel/a:link", ATOM).get("href") == f"{SITE}/feeds/latest.rss"
    json = client.get("/feeds/latest.json", headers={"host": "localhost"}).json()
    assert (json["feed_url"], json["home_page_url"]) == (f"{SITE}/feeds/latest.json", f"{SITE}/")
    assert json["language"] == "en"


def test_entry_keeps_its_id_when_its_address_changes(client):
    article = make_printed()
    before = feed(client).findtext("a:entry/a:id", namespaces=ATOM)
    article.slug = "another"
    article.save()
    assert feed(client).findtext("a:entry/a:id", namespaces=ATOM) == before


@pytest.mark.parametrize("address", ALL)
def test_feed_survives_what_xml_cannot_hold(client, address):
    make_printed(
        **HOSTILE,
        tags=(make_tag("E\x02"),),
        experts=(make_expert(credentials="M\x1fD"),),
        column=make_column("\x07C"),
    )
    response = client.get(address)
    check(response)
    assert "\x1b" not in response.content.decode()
    assert "AB & <b> ]]> \U0001f9b5" in [item["title"] for item in items(client)]


@pytest.mark.parametrize("address", ALL)
def test_feed_survives_very_long_texts(client, address):
    make_printed(headline="h" * 160, dek="d" * 300, question="word " * 9_000, answer="<" * 40_000)
    response = client.get(address)
    check(response)
    assert len(response.content) > 85_000


def test_undated_article_has_no_published_date(client):
    make_printed(undated=True)
    entry = feed(client).find("a:entry", ATOM)
    assert entry.find("a:published", ATOM) is None
    assert entry.find("a:updated", ATOM) is not None
    rss = feed(client, "/feeds/latest.rss").find("channel/item")
    assert (rss.find("pubDate"), rss.find("a:updated", ATOM)) == (None, None)
    assert not {"date_published", "date_modified"} & items(client)[0].keys()


def test_change_of_substance_is_the_date_of_update(client):
    article = make_printed()
    published = feed(client).find("a:entry", ATOM)
    assert published.findtext("a:updated", namespaces=ATOM) == published.findtext(
        "a:published", namespaces=ATOM
    )
    note = workflow.correct(article, kind="correction", text="Right.", by=None)
    assert feed(client).findtext("a:entry/a:updated", namespaces=ATOM) == note.made_at.isoformat()
    assert feed(client).findtext("a:updated", namespaces=ATOM) == note.made_at.isoformat()


def test_note_of_any_kind_is_the_date_of_update_and_the_mending_of_a_slip_is_not(client):
    article = make_printed()
    before = feed(client).findtext("a:entry/a:updated", namespaces=ATOM)
    workflow.edit(article, by=None, version=article.version, dek="Why calfs twitch.")
    assert feed(client).findtext("a:entry/a:updated", namespaces=ATOM) == before
    workflow.correct(article, kind="correction", text="Right.", by=None)
    note = workflow.correct(article, kind="clarification", text="Clear.", by=None)
    assert feed(client).findtext("a:entry/a:updated", namespaces=ATOM) == note.made_at.isoformat()
    assert [item["date_modified"] for item in items(client)] == [note.made_at.isoformat()]


@pytest.mark.parametrize("address", ALL)
def test_feed_of_an_empty_site_is_valid_and_always_the_same(client, address):
    first = client.get(address)
    check(first)
    assert client.get(address)["ETag"] == first["ETag"]


@pytest.mark.parametrize("address", [*ALL, "/feeds/corrections.atom"])
def test_feed_is_for_everybody_and_sets_no_cookie(client, address):
    make_site(1)
    response = client.get(address)
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert not response.cookies
    assert response.get("Vary", "Accept-Encoding") == "Accept-Encoding"


def test_feed_holds_the_newest_twenty(client):
    make_site(25)
    assert len(feed(client).findall("a:entry", ATOM)) == 20


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("address", ALL)
def test_feed_asks_as_often_for_thirty_as_for_one(client, django_assert_num_queries, address, count):
    make_site(count)
    with django_assert_num_queries(5):
        client.get(address)


@pytest.mark.parametrize("count", [1, 30])
def test_feed_of_a_tag_asks_once_more_for_the_tag(client, django_assert_num_queries, count):
    tag = make_site(count).tags.get()
    with django_assert_num_queries(6):
        client.get(f"/feeds/tags/{tag.slug}.atom")


def test_feeds_of_column_tag_and_expert_hold_their_own_only(client):
    column, tag, expert = make_column(), make_tag(), make_expert()
    article = make_printed(column=column, tags=(tag,), experts=(expert,))
    make_printed()
    for subject in (column, tag, expert):
        address = f"/feeds{subject.get_absolute_url()[:-1]}.atom"
        root = feed(client, address)
        links = [link.get("href") for link in root.findall("a:entry/a:link", ATOM)]
        assert links == [SITE + article.get_absolute_url()]
        assert root.find("a:link[@rel='self']", ATOM).get("href") == SITE + address
        assert root.find("a:link[@rel='alternate']", ATOM).get("href") == SITE + subject.get_absolute_url()


def test_retracted_article_is_in_no_feed_of_articles(client):
    column, tag, expert = make_column(), make_tag(), make_expert()
    article = make_printed(headline=CANARY, column=column, tags=(tag,), experts=(expert,))
    addresses_ = [*ALL, *(f"/feeds{one.get_absolute_url()[:-1]}.atom" for one in (column, tag, expert))]
    assert [one for one in addresses_ if CANARY not in client.get(one).content.decode()] == []
    workflow.retract(article, reason="Withdrawn.", by=None)
    assert [one for one in addresses_ if CANARY in client.get(one).content.decode()] == []


def test_feed_of_an_alias_leads_to_that_of_its_tag(client):
    tag = make_tag()
    TagAlias.objects.create(slug="other-word", tag=tag)
    response = client.get("/feeds/tags/other-word.atom")
    assert (response.status_code, response["Location"]) == (301, f"/feeds/tags/{tag.slug}.atom")


@pytest.mark.parametrize("make", [make_column, make_expert, make_tag])
def test_feed_moves_with_its_page_and_ends_with_it(client, make):
    subject = make()
    page = subject.get_absolute_url()
    kind = page.split("/")[1]
    addresses.moved(f"/{kind}/former/", page)
    addresses.gone(f"/{kind}/ended/")
    moved = client.get(f"/feeds/{kind}/former.atom")
    assert (moved.status_code, moved["Location"]) == (301, f"/feeds{page[:-1]}.atom")
    capital = client.get(f"/feeds/{kind}/{subject.slug.upper()}.atom")
    assert (capital.status_code, capital["Location"]) == (301, f"/feeds{page[:-1]}.atom")
    assert client.get(f"/feeds/{kind}/ended.atom").status_code == 410


@pytest.mark.parametrize("kind", ["tags", "columns", "experts"])
def test_feed_of_nothing_answers_404(client, kind):
    assert client.get(f"/feeds/{kind}/none.atom").status_code == 404


def test_feed_of_corrections_holds_the_notes_and_nothing_of_what_stood_before(client):
    article = make_printed(question=f"It was {CANARY}.")
    workflow.edit(article, by=None, version=article.version, question="It is not.")
    workflow.correct(article, kind="correction", text="We *erred*, see [this](/about/).", by=None)
    hidden = make_printed(headline="Hushed", status="draft", published_at=None)
    Correction.objects.create(article=hidden, kind="correction", text="Hushed note.")
    root = feed(client, "/feeds/corrections.atom")
    (entry,) = root.findall("a:entry", ATOM)
    assert entry.findtext("a:title", namespaces=ATOM) == f"Correction: {article.headline}"
    assert entry.find("a:link", ATOM).get("href") == SITE + article.get_absolute_url()
    content = entry.findtext("a:content", namespaces=ATOM)
    assert content.startswith("<p>We <em>erred</em>, see")
    assert f'href="{SITE}/about/"' in content
    text = ET.tostring(root).decode()
    assert CANARY not in text
    assert "Hushed" not in text


def test_feed_of_corrections_gives_a_retraction_with_its_reason_and_no_older_note(client):
    article = make_printed()
    workflow.correct(article, kind="correction", text=f"It said {CANARY}.", by=None)
    workflow.retract(article, reason="The study was withdrawn.", by=None)
    root = feed(client, "/feeds/corrections.atom")
    titles = [title.text for title in root.findall("a:entry/a:title", ATOM)]
    assert titles == [f"Retraction: {article.headline}"]
    assert CANARY not in ET.tostring(root).decode()


@pytest.mark.parametrize("count", [1, 30])
def test_feed_of_corrections_asks_as_often_for_thirty_as_for_one(client, django_assert_num_queries, count):
    make_site(count)
    for article in Article.objects.all():
        Correction.objects.create(article=article, kind="correction", text="Right.")
    with django_assert_num_queries(2):
        client.get("/feeds/corrections.atom")


def test_every_page_leads_to_the_feeds_and_some_to_their_own(client):
    article = make_printed(tags=(make_tag(),))
    tag, column, expert = article.tags.get(), article.column, article.answers.get().expert
    own = {
        one.get_absolute_url(): f"/feeds{one.get_absolute_url()[:-1]}.atom" for one in (tag, column, expert)
    }
    own["/corrections/"] = "/feeds/corrections.atom"
    for address in ["/", "/questions/", article.get_absolute_url(), *own]:
        page = client.get(address).content.decode()
        found = [
            line.split('href="')[1].split('"')[0]
            for line in page.split("\n")
            if 'rel="alternate"' in line and "/feeds/" in line
        ]
        assert found == ALL + ([own[address]] if address in own else []), address


FAULTS = [
    ("atom", "<updated>", "<updated>yesterday "),
    ("atom", "<id>tag:", "<id>"),
    ("atom", "<entry><title>", "<entry><title/><title>"),
    ("atom", "</author>", "<email>a@site.example</email></author>"),
    ("atom", 'rel="self"', 'rel="alternate"'),
    ("atom", "http://127.0.0.1:8000/questions/", "/questions/"),
    ("rss", "<guid", "<gu"),
    ("rss", 'isPermaLink="false"', 'isPermaLink="true"'),
    ("rss", "<pubDate>", "<pubDate>2026-11-24 "),
    ("rss", 'version="2.0"', 'version="2.1"'),
    ("rss", "<width>88", "<width>180"),
    ("rss", "<link>http://127.0.0.1:8000/q", "<link>/q"),
    ("json", "version/1.1", "version/1"),
    ("json", '"id": "tag:', '"nr": "tag:'),
    ("json", '"date_published": "2', '"date_published": "x2'),
    ("json", '"url": "http://127.0.0.1:8000/questions/', '"url": "/questions/'),
    ("json", '"authors": [{"name": "Expert', '"authors": [{"email": "Expert'),
]


@pytest.mark.parametrize(("kind", "right", "wrong"), FAULTS)
def test_fault_in_a_feed_is_found(client, kind, right, wrong):
    make_printed(published_at=timezone.now() - dt.timedelta(days=1))
    text = client.get(f"/feeds/latest.{kind}").content.decode()
    schema = "jsonfeed" if kind == "json" else kind
    assert complaints(text.encode(), schema) == []
    broken = text.replace(right, wrong)
    if right == "<guid":
        broken = broken.replace("</guid>", "</gu>")
    assert broken != text
    assert complaints(broken.encode(), schema) != []
