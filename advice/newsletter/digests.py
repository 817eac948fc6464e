"""Issues that make themselves: from new answers, by each newsletter's rhythm and by those that readers chose instead."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Min
from django.utils import timezone

from advice.articles import tallies
from advice.articles.models import Article, Correction, CorrectionKind
from advice.newsletter.apart import Apart
from advice.newsletter.copies import behind, recipients
from advice.newsletter.issuing import let_go
from advice.newsletter.models import Issue, IssueItem, IssueKind, IssueStatus, Newsletter, Rhythm
from advice.newsletter.naming import of_correction, of_headlines

PERIODS = {
    Rhythm.EACH: dt.timedelta(days=1),
    Rhythm.DAILY: dt.timedelta(days=1),
    Rhythm.WEEKLY: dt.timedelta(days=7),
}
# A stream's first issue looks back so many periods.
LOOK_BACK = 2
# One that nobody got for a while, or of a site that was down, begins where the last ended, but no earlier than this.
CATCH_UP = dt.timedelta(days=14)
# A stream's first issue is for a turn that has just come: nobody who chooses a rhythm, or makes a newsletter, expects at
# once what would have left some days ago.
FIRST_WITHIN = dt.timedelta(hours=1)
# An answer has its time before it is committed, so one of just before a turn may be seen only after it. Whoever looks at
# once would leave it out, and the next turn begins where this one ends.
SETTLED_AFTER = dt.timedelta(minutes=1)
MOST_ITEMS = 50
# A note that is older when a runner first sees it is told by nobody's mail any more.
CORRECTIONS_WITHIN = dt.timedelta(days=3)


def make_due(*, now: dt.datetime | None = None) -> int:
    """Make and let go the issues whose turn it is; gives how many. With nothing new there is none."""
    now = now or timezone.now()
    made, apart = 0, Apart()
    for newsletter in Newsletter.objects.filter(makes_itself=True):
        for rhythm in dict.fromkeys([newsletter.rhythm, Rhythm.DAILY, Rhythm.WEEKLY]):
            with apart.piece(f"{rhythm} issue of newsletter {newsletter.pk}"):
                if _next(newsletter, str(rhythm), now) is not None:
                    made += _make(newsletter, str(rhythm), now)
    apart.end()
    return made


def make_first(newsletter: Newsletter, *, now: dt.datetime | None = None) -> int:
    """Its first issue at once, for its last turn however long ago, as a demo shows one; gives how many, which may be 0."""
    return _make(newsletter, newsletter.rhythm, now or timezone.now(), however_late=True)


@transaction.atomic
def _make(newsletter: Newsletter, rhythm: str, now: dt.datetime, *, however_late: bool = False) -> int:
    """Look once more, now that no other runner makes an issue of this newsletter."""
    row = Newsletter.objects.select_for_update().get(pk=newsletter.pk)
    found = _next(row, rhythm, now, however_late=however_late) if row.makes_itself else None
    return _store(*found, now) if found is not None else 0


def turn(newsletter: Newsletter, rhythm: str, now: dt.datetime) -> tuple[str, dt.datetime] | None:
    """The latest turn of this rhythm that has come by `now`: its name and its time. None: each answer has its own."""
    if rhythm == Rhythm.EACH:
        return None
    local = timezone.localtime(now)
    # An hour that a day has twice comes when it comes first; one that it has not, when it would have.
    at = local.replace(hour=newsletter.hour, minute=0, second=0, microsecond=0, fold=0)
    if rhythm == Rhythm.WEEKLY:
        at -= dt.timedelta(days=(local.weekday() - newsletter.weekday) % 7)
    if at > local:
        at -= PERIODS[Rhythm(rhythm)]
    return at.date().isoformat(), at


def next_turn(newsletter: Newsletter, *, now: dt.datetime | None = None) -> dt.datetime | None:
    """When its own next issue leaves, where there is anything new by then. None: with each answer, or never by itself."""
    if not newsletter.makes_itself or newsletter.rhythm == Rhythm.EACH:
        return None
    # By the clock on the wall: a day in which the clocks change has 23 hours, or 25.
    then = timezone.localtime(now) + PERIODS[Rhythm(newsletter.rhythm)]
    found = turn(newsletter, newsletter.rhythm, then)
    return found[1] if found else None


def _next(
    newsletter: Newsletter, rhythm: str, now: dt.datetime, *, however_late: bool = False
) -> tuple[Issue, list[Article]] | None:
    """The issue of this stream that is due, not stored yet, and what is new in it."""
    its_turn = turn(newsletter, rhythm, now - SETTLED_AFTER)
    slot, until = its_turn or ("", now - SETTLED_AFTER)
    stream = Issue.objects.filter(newsletter=newsletter, kind=IssueKind.DIGEST, rhythm=rhythm)
    # One that a wrong clock made for a time to come does not count.
    last = stream.filter(until__lte=until).order_by("-until").values_list("until", flat=True).first()
    if last is not None and last >= until:
        return None
    if last is None and until < now - FIRST_WITHIN and not however_late:
        return None
    # An hour that was set later after today's issue had left does not make another one today.
    if slot and stream.filter(slot=slot).exists():
        return None
    since = until - LOOK_BACK * PERIODS[Rhythm(rhythm)] if last is None else max(last, until - CATCH_UP)
    issue = Issue(newsletter=newsletter, kind=IssueKind.DIGEST, rhythm=rhythm, since=since, until=until)
    new = _new(newsletter, _owed_since(issue, now) or since, until)
    if not new:
        return None
    if its_turn is None:
        # What is published while this runs, and seen only later, is after the newest of these.
        slot, issue.until = f"answer {new[0].pk}", new[0].published_at or now
    issue.slot = slot
    new = _best_first(new)
    headlines = [article.headline for article in new[: newsletter.at_most]]
    issue.subject = of_headlines(headlines)
    issue.preheader = headlines[1] if len(headlines) > 1 else new[0].dek[:160]
    # A rhythm that only readers choose has an issue only where there are such readers.
    if rhythm != newsletter.rhythm and not recipients(issue, now=now).exists():
        return None
    return issue, new


def _owed_since(issue: Issue, now: dt.datetime) -> dt.datetime | None:
    """From when on some of its readers have had nothing, for until now they were in another rhythm; None: all had it.

    So whatever is changed, and whenever, no answer falls between two rhythms. Each copy leaves out what its reader had.
    """
    assert issue.since is not None and issue.until is not None
    earliest = issue.until - CATCH_UP
    owed = behind(issue).filter(covered_until__gte=earliest, covered_until__lt=issue.since)
    owed = owed.filter(subscriber__in=recipients(issue, now=now).values("pk"))
    return owed.aggregate(since=Min("covered_until"))["since"]


def _new(newsletter: Newsletter, since: dt.datetime, until: dt.datetime) -> list[Article]:
    """What came out for the first time after `since`, until `until`, newest first.

    Nothing that was brought here from elsewhere without its date: it has that of its coming, and may be old.
    """
    new = Article.objects.published(until).filter(
        published_at__gt=since, came_out_at__isnull=True, undated=False
    )
    if newsletter.column_id:
        new = new.filter(column=newsletter.column_id)
    return list(new.newest_first().defer("question", "question_html")[:MOST_ITEMS])


def _best_first(articles: list[Article]) -> list[Article]:
    """A mail prints the first of them: what most readers called helpful, and of as many the newest.

    Decided once, when the issue is made: all its readers, and its page in the archive, have them in this order.
    """
    helped = tallies.helped(articles)
    return sorted(articles, key=lambda article: -helped.get(article.pk, 0))


def _store(issue: Issue, articles: list[Article], now: dt.datetime) -> int:
    issue.status, issue.leaves_at = IssueStatus.SCHEDULED, now  # nobody has to look at it first
    try:
        with transaction.atomic():
            issue.save(force_insert=True)
            IssueItem.objects.bulk_create(
                IssueItem(issue=issue, article=article, position=position)
                for position, article in enumerate(articles)
            )
            let_go(issue, now=now)
    except IntegrityError:
        return 0  # another runner was first
    return 1


def make_corrections(*, now: dt.datetime | None = None) -> int:
    """A correction of substance, or a withdrawal, of what was mailed in full goes to those who got it; gives how many.

    A note about somebody's privacy does not: it would tell everybody where to look in their old mail.
    """
    now = now or timezone.now()
    notes = Correction.objects.public().filter(
        kind__in=[CorrectionKind.CORRECTION, CorrectionKind.RETRACTION],
        is_privacy=False,
        made_at__gt=now - CORRECTIONS_WITHIN,
        made_at__lte=now,
    )
    return sum(_tell(note, now) for note in notes.select_related("article"))


def _tell(note: Correction, now: dt.datetime) -> int:
    mailed = IssueItem.objects.filter(
        article=note.article, in_full=True, issue__left_at__lt=note.made_at
    ).exclude(issue__newsletter__issues__correction=note)
    made = 0
    for pk in set(mailed.values_list("issue__newsletter", flat=True)):
        issue = Issue(
            newsletter=Newsletter.objects.get(pk=pk),
            kind=IssueKind.CORRECTION,
            correction=note,
            subject=of_correction(note),
        )
        made += _store(issue, [], now)
    return made
