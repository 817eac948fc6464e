"""Rows for the tests, each with only what it must have. They are made as the site makes them: by its workflows."""

import datetime as dt
import itertools

from django.utils import timezone

from advice.accounts.models import Role, User
from advice.articles import workflow as articles
from advice.articles.models import Article, Column, Expert, Tag, Update
from advice.letters import follow_ups
from advice.letters import workflow as letters
from advice.letters.models import FollowUp, Letter
from advice.mail.models import Message
from advice.membership import workflow as membership
from advice.membership.models import MembershipRequest, Plan
from advice.newsletter import copies, issuing
from advice.newsletter import workflow as subscribers
from advice.newsletter.models import Issue, Newsletter, Subscriber, SubscriberStatus, Subscription, canonical

_number = itertools.count(1)


def make_column(name: str = "", **fields) -> Column:
    number = next(_number)
    fields = {"slug": f"column-{number}", **fields}
    return Column.objects.create(name=name or f"Column {number}", **fields)


def make_tag(name: str = "") -> Tag:
    number = next(_number)
    return Tag.objects.create(name=name or f"Tag {number}", slug=f"tag-{number}")


def make_user(role: str = Role.EDITOR, *, password: str | None = None, **fields) -> User:
    """Without a password, which takes time to hash: `client.force_login` needs none."""
    number = next(_number)
    fields = {"name": f"Person {number}", "may_publish": role == Role.EDITOR, **fields}
    return User.objects.create_user(f"person-{number}@site.example", password, role=role, **fields)


def make_expert(user: User | None = None, **fields) -> Expert:
    number = next(_number)
    return Expert.objects.create(name=f"Expert {number}", slug=f"expert-{number}", user=user, **fields)


def make_letter(column: Column | None = None, **fields) -> Letter:
    number = next(_number)
    given = {
        "question": f"Why does my calf twitch, number {number}?",
        "text": f"It twitches for hours after each run. This is letter number {number}.",
        "signature": "Adam",
        "email": f"writer-{number}@example.org",
        **fields,
    }
    return letters.receive(column=column or make_column(), **given)[0]


def make_draft(letter: Letter | None = None, *, by: User | None = None, **fields) -> Article:
    """A draft that could be published: from `letter`, or from nothing."""
    given = {
        "headline": f"Headline {next(_number)}",
        "question": "My calf twitches.",
        "signature": "Adam",
        "dek": "A dek.",
        "tags": [make_tag()],
        **fields,
    }
    by = by or make_user()
    if letter is None:
        article = articles.draft(by=by, column=given.pop("column", None) or make_column(), **given)
    else:
        article = letters.accept(letter, by=by, column=given.pop("column", letter.column), **given)
    answer = articles.assign(article, expert=make_expert(), by=by)
    articles.file_answer(answer, text="Dear Adam,\n\nIt passes.", by=by, version=answer.version)
    return Article.objects.get(pk=article.pk)


def make_published(letter: Letter | None = None, *, at=None, **fields) -> Article:
    by = make_user()
    return letters.publish(make_draft(letter, by=by, **fields), by=by, at=at)


def make_invited(letter: Letter | None = None, **fields) -> Letter:
    """Its answer is out, and its writer was asked what happened since."""
    letter = letter or make_letter(**fields)
    if letter.article is None:
        make_published(letter)
    letters.tell_answered()
    letter.refresh_from_db()
    follow_ups.invite_due(now=letter.told_at + dt.timedelta(weeks=letter.column.update_weeks))
    return Letter.objects.get(pk=letter.pk)


def make_follow_up(letter: Letter | None = None, *, text: str = "It passed.") -> FollowUp:
    return follow_ups.tell(make_invited(letter), text=text)


def make_update(letter: Letter | None = None, *, text: str = "It passed.", signature: str = "Adam") -> Update:
    sent = make_follow_up(letter, text=text)
    return follow_ups.approve(sent, version=1, text=text, signature=signature, by=make_user())


def make_newsletter(name: str = "", **fields) -> Newsletter:
    number = next(_number)
    fields = {"slug": f"newsletter-{number}", "promise": f"Promise {number}", "position": number, **fields}
    return Newsletter.objects.create(name=name or f"Newsletter {number}", **fields)


def make_reader(*newsletters: Newsletter, email: str = "", **fields) -> Subscriber:
    """A confirmed subscriber."""
    email = email or f"reader-{next(_number)}@example.org"
    subscribers.subscribe(email=email, newsletters=newsletters)
    reader = Subscriber.objects.get(canonical=canonical(email))
    subscribers.confirm(reader, newsletters=newsletters)
    Message.objects.filter(kind__in=["confirm", "welcome"]).delete()
    Subscriber.objects.filter(pk=reader.pk).update(**fields)
    return Subscriber.objects.get(pk=reader.pk)


def make_readers(newsletter: Newsletter, count: int) -> list[Subscriber]:
    """Many confirmed subscribers, quickly."""
    first = next(_number) * 1_000_000
    emails = [f"reader-{first + number}@example.org" for number in range(count)]
    now = timezone.now()
    readers = Subscriber.objects.bulk_create(
        [
            Subscriber(email=email, canonical=email, status=SubscriberStatus.CONFIRMED, confirmed_at=now)
            for email in emails
        ],
        batch_size=1000,
    )
    Subscription.objects.bulk_create(
        [Subscription(subscriber=reader, newsletter=newsletter) for reader in readers], batch_size=1000
    )
    return readers


def make_issue(newsletter: Newsletter | None = None, *picks: issuing.Pick, **fields) -> Issue:
    """A draft that could be sent."""
    issue = issuing.begin(newsletter or make_newsletter(), by=make_user())
    given = {"subject": f"Issue {next(_number)}", "preheader": "", "intro": "Good morning.", **fields}
    return issuing.edit(issue, picks=picks, version=issue.version, **given)


def make_left(newsletter: Newsletter | None = None, *picks: issuing.Pick, **fields) -> Issue:
    """An issue on its way, its copies made and not yet sent."""
    issue = issuing.schedule(make_issue(newsletter, *picks, **fields))
    issuing.let_go_due(now=issue.leaves_at)
    copies.make_due(now=issue.leaves_at)
    return Issue.objects.get(pk=issue.pk)


def make_plan(name: str = "", **fields) -> Plan:
    number = next(_number)
    fields = {"slug": f"plan-{number}", "price": f"£{number} a month", "promise": f"Pays {number}", **fields}
    return Plan.objects.create(name=name or f"Plan {number}", **fields)


def make_request(plan: Plan | None = None, **fields) -> MembershipRequest:
    fields = {"email": f"reader-{next(_number)}@example.org", **fields}
    return membership.request_membership(plan=plan or make_plan(), **fields)
