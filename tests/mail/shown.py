"""Mails to many, as they leave, made of the demo's own content: for pictures."""

import json
from functools import lru_cache

from tests.site import Site

_SCRIPT = """
import json
from django.utils import timezone
from advice import markup
from advice.articles.models import *
from advice.mail.composing import compose
from advice.newsletter import rendering
from advice.newsletter.issuing import fill
from advice.newsletter.models import *
first, other = Newsletter.objects.all()[:2]
public = Article.objects.published().newest_first()
links = {"stop": "https://secondwind.example/unsubscribe/x/", "preferences": "https://secondwind.example/subscribe/preferences/x/"}
def issue(articles, full=(), remarks=(), **fields):
    one = Issue(newsletter=first, number=12, left_at=timezone.now(), **fields)
    one.intro_html = markup.render(one.intro)
    items = []
    for place, article in enumerate(articles):
        item = IssueItem(article=article, in_full=place in full, remark=dict(remarks).get(place, ""))
        fill(item)
        items.append(item)
    return rendering.compose_issue(one, items, email="adam@example.org", **links).html
intro = '''Good morning,

It is the week of the **winter half**, and half of your letters were about the cold. Three things came back again and again:

- warm up *indoors*, and go out sweating a little;
- drink as you would in June;
- put the hat on before you are cold.[^1]

The longer story is [on our page about calves](/tags/calf/).

[^1]: The head loses no more heat than any other part. A hat is simply the easiest part of you to take off again.'''
note = Correction.objects.filter(article__in=public, kind="correction").first()
correction = Issue(newsletter=first, number=13, left_at=timezone.now(), kind="correction", correction=note)
people = {"newsletters": [first, other], "link": links["preferences"], "stop_link": links["stop"], "kept": "7 days"}
people["address"] = "adam@example.org"
print(json.dumps({
    "mail-digest": issue(public[:5], kind="digest"),
    "mail-digest-one": issue(public[:1], kind="digest"),
    "mail-edited": issue(public[1:4], kind="edited", full=(0,), remarks=((1, "Read this one before you buy anything."),), subject="What the cold does to you", intro=intro),
    "mail-correction": rendering.compose_issue(correction, [], email="adam@example.org", **links).html,
    "mail-welcome": compose("welcome", people).html,
    "mail-confirm": compose("confirm", people).html,
}))
"""
MAILS = ["mail-digest", "mail-digest-one", "mail-edited", "mail-correction", "mail-welcome", "mail-confirm"]


@lru_cache
def mails(site: Site) -> dict[str, str]:
    """The HTML part of each."""
    said = site.manage("shell", "--no-imports", "-c", _SCRIPT)
    found: dict[str, str] = json.loads(said.strip().splitlines()[-1])
    assert list(found) == MAILS
    return found
