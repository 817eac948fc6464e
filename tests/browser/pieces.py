"""What the demo does not hold, made in the running site as its desk would make it."""

import json
from dataclasses import dataclass
from functools import lru_cache

from tests.site import Site

_SCRIPT = """
import datetime as dt, json
from django.utils import timezone
from advice.accounts.models import User
from advice.articles import updates, workflow
from advice.articles.models import Article, Column, Expert, Tag
by = User.objects.filter(role="owner").first()
one, other = Expert.objects.all()[:2]
text = "Dear Sore,\\n\\nA little.\\n\\n## What to do tonight\\n\\nRest.\\n\\n### And *tomorrow*\\n\\nWalk."
draft = workflow.draft(
    by=by, headline="Does Ice Help a Sore Calf?", question="Does it?", signature="Sore", dek="A little.",
    column=Column.objects.first(), tags=Tag.objects.all()[:1],
)
answer = workflow.assign(draft, expert=one, by=None)
workflow.file_answer(answer, text="Dear Sore,\\n\\nA lot.", by=by, version=answer.version)
article = workflow.publish(draft, by=by)
Article.objects.filter(pk=article.pk).update(published_at=timezone.now() - dt.timedelta(days=400))
source = {"title": "Cold and Calves", "publisher": "Journal", "year": 2019, "url": "https://journal.example/cold"}
answer.refresh_from_db()
workflow.save_answer(answer, text=text, by=by, version=answer.version)
article.refresh_from_db()
workflow.edit(article, by=by, version=article.version, sources=[source])
note = workflow.correct(article, kind="correction", text="It helps a little, not a lot.", by=by)
workflow.record_review(article, reviewer=other, on=timezone.localdate(), by=by)
workflow.count_askers(article, 3)
updates.add(article, text="It *passed*.\\n\\n## In May\\n\\nI walk again.", signature="Sore", by=by)
coming = workflow.draft(by=by, headline="H")
workflow.edit(coming, by=by, version=coming.version, announced_as="Whether a stitch comes from what you drank")
print(json.dumps({"article": article.get_absolute_url(), "note": note.pk, "announced": coming.pk}))
"""


@dataclass(frozen=True)
class Pieces:
    article: str  # corrected, reviewed, with sources, headings and several askers
    note: int
    announced: int

    @property
    def before(self) -> str:
        return f"{self.article}before/{self.note}/"

    @property
    def helpful(self) -> str:
        return f"{self.article}helpful/"

    @property
    def asked_too(self) -> str:
        return f"/working-on/{self.announced}/"


@lru_cache
def pieces(site: Site) -> Pieces:
    said = site.manage("shell", "--no-imports", "-c", _SCRIPT)
    return Pieces(**json.loads(said.strip().splitlines()[-1]))


_ISSUES = """
import json
from django.utils import timezone
from advice.accounts.models import User
from advice.articles.models import Article
from advice.newsletter import issuing
from advice.newsletter.models import Issue, Newsletter
newsletter = Newsletter.objects.first()
full, other, gone = Article.objects.published().newest_first()[1:4]
edited = Issue.objects.filter(subject="What the cold does to you").first()
def leave(subject, intro, *picks):
    issue = issuing.begin(newsletter, by=User.objects.filter(role="owner").first())
    issue = issuing.edit(issue, subject=subject, preheader="Hats, salt and short days.", intro=intro, picks=picks, version=1)
    issue = issuing.schedule(issue)
    issuing.let_go_due(now=issue.leaves_at)
    issue.refresh_from_db()
    return issue
if edited is None:
    intro = "Good morning,\\n\\nHalf of your letters were about the *cold*. Three things came back:\\n\\n- warm up indoors;\\n- drink as you would in June;\\n- put the hat on early.[^1]\\n\\n[^1]: It is easily taken off again."
    edited = leave("What the cold does to you", intro, issuing.Pick(full, in_full=True), issuing.Pick(other, remark="Read this before you buy anything."), issuing.Pick(gone))
    edited.items.filter(article=gone).update(headline="")
    leave("Short days", "A note on lamps.", issuing.Pick(other))
print(json.dumps({"newsletter": newsletter.get_absolute_url(), "edited": edited.get_absolute_url()}))
"""


@dataclass(frozen=True)
class Issues:
    newsletter: str
    edited: str  # with an introduction, one answer in full, one in short, and one that was withdrawn


@lru_cache
def issues(site: Site) -> Issues:
    said = site.manage("shell", "--no-imports", "-c", _ISSUES)
    return Issues(**json.loads(said.strip().splitlines()[-1]))


def counted(site: Site) -> dict[str, int]:
    """All presses so far, by kind."""
    script = "import json; from django.db.models import Sum; from advice.articles.models import Tally as T; "
    script += "print(json.dumps(dict(T.objects.order_by().values_list('kind').annotate(Sum('count')))))"
    return json.loads(site.manage("shell", "--no-imports", "-c", script).strip().splitlines()[-1])
