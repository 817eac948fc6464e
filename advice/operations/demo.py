"""The demo site "Second Wind": loaded once, from fixtures/, through the same functions that people's acts go through."""

import datetime as dt
import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from advice.accounts.models import User
from advice.articles import promotions, related, searching
from advice.articles import workflow as articles
from advice.articles.importing import import_lines
from advice.articles.models import (
    Answer,
    Article,
    Column,
    Edition,
    Expert,
    Page,
    RelatedChoice,
    Tag,
    TagAlias,
    Tally,
    TallyKind,
)
from advice.letters import redflags
from advice.letters import workflow as letters
from advice.letters.models import Letter, LetterEvent, SavedLetters
from advice.mail.models import Message
from advice.membership import workflow as membership
from advice.membership.models import MembershipRequest, Plan
from advice.newsletter import digests, issuing
from advice.newsletter.models import Newsletter
from advice.operations.models import Run
from advice.search import terms
from advice.search.models import Synonym

FIXTURES = settings.BASE_DIR / "fixtures"
SIGN_INS = Path(settings.VAR_DIR) / "demo_sign_ins.json"


def is_loaded() -> bool:
    return Run.objects.filter(job="demo").exists()


def sign_ins() -> list[tuple[str, str, str]]:
    """Role, e-mail and password of the demo's people, as they were when it was loaded here."""
    loaded = Run.objects.filter(job="demo").first()
    if loaded is None or not SIGN_INS.exists():
        return []
    kept = json.loads(SIGN_INS.read_text())
    # Another database's demo, loaded later, has left its own passwords here: these would not open this one.
    return (
        [(row[0], row[1], row[2]) for row in kept["people"]]
        if kept["loaded"] == loaded.at.isoformat()
        else []
    )


def load_pages() -> int:
    """The pages of trust that every new site starts with; those that stand are left alone."""
    made = 0
    for page in json.loads((FIXTURES / "pages.json").read_text()):
        _, created = Page.objects.get_or_create(
            slug=page["slug"], defaults={"title": page["title"], "text": page["text"]}
        )
        made += created
    return made


def load() -> dict[str, int]:
    """Load everything, in one transaction. The caller asks is_loaded() first."""
    demo = json.loads((FIXTURES / "demo.json").read_text())
    with transaction.atomic():
        loaded = Run.objects.create(job="demo", slot="loaded")
        last = Message.objects.aggregate(last=Max("pk"))["last"] or 0
        experts = {row["name"]: _expert(row) for row in demo["experts"]}
        columns = {row["name"]: _column(row, experts) for row in demo["columns"]}
        tags = {row["name"]: _tag(row) for row in demo["tags"]}
        for row in demo["newsletters"]:
            _newsletter(row, columns)
        plans = {row["name"]: _plan(row) for row in demo["plans"]}
        passwords = _staff(demo["staff"], experts)
        load_pages()
        redflags.load_shipped()
        lines = _as_it_was(_lines("seed.jsonl") + _lines("demo.jsonl"), demo["corrections"])
        report = import_lines(_out(lines))
        if report.problems:
            raise ValueError(f"The demo's own articles do not import: {report.problems}")
        editor = User.objects.filter(role="editor", may_publish=True).first() or User.objects.first()
        assert editor is not None
        _schedule(demo["scheduled"], editor)
        _correct(demo, editor)
        _choose_related(demo.get("related", {}))
        _search(demo, editor)
        _answered(demo["answered"], editor)
        _readers(demo["readers"])
        _asked_too(_letters(demo["letters"], editor, experts, columns, tags), demo["readers"]["asked_too"])
        for row in demo["member_requests"]:
            _member_request(row, plans)
        for row in demo["issues"]:
            _issue(row, editor)
        for newsletter in Newsletter.objects.all():
            digests.make_first(newsletter)
        # The mails of the demo's own letters and assignments would go to invented people: none is sent.
        Message.objects.filter(pk__gt=last).delete()
    _keep(passwords, loaded)
    return {
        "articles": report.created + report.updated,
        "letters": len(demo["letters"]),
        "experts": len(experts),
        "columns": len(columns),
        "tags": len(tags),
    }


def _lines(name: str) -> list[str]:
    return (FIXTURES / name).read_text().splitlines()


def _out(lines: list[str]) -> list[str]:
    """The same articles, all of them out by yesterday, whatever this machine's clock says: each as much earlier."""
    rows = [json.loads(line) for line in lines]
    dates = [dt.datetime.fromisoformat(row["published_at"]) for row in rows if "published_at" in row]
    late = max(max(dates) - (timezone.now() - dt.timedelta(days=1)), dt.timedelta())
    for row in rows:
        if "published_at" in row:
            earlier = dt.datetime.fromisoformat(row["published_at"]) - dt.timedelta(
                days=late.days + bool(late)
            )
            row["published_at"] = earlier.isoformat()
            if "reviewed_on" in row:
                reviewed = dt.date.fromisoformat(row["reviewed_on"])
                row["reviewed_on"] = (reviewed - dt.timedelta(days=late.days + bool(late))).isoformat()
    return [json.dumps(row) for row in rows]


def _as_it_was(lines: list[str], corrections: list[dict[str, Any]]) -> list[str]:
    """What is corrected below is loaded with its error, so that there is something that stood before."""
    rows = {row["id"]: row for row in map(json.loads, lines)}
    for correction in corrections:
        for answer in rows[correction["article"]]["answers"]:
            answer["text"] = answer["text"].replace(correction.get("says", ""), correction.get("said", ""))
    return [json.dumps(row) for row in rows.values()]


def _keep(passwords: list[tuple[str, str, str]], loaded: Run) -> None:
    SIGN_INS.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(SIGN_INS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"loaded": loaded.at.isoformat(), "people": passwords}, file)


def _expert(row: dict[str, Any]) -> Expert:
    name = f"portraits/{row['slug']}.webp"
    if not default_storage.exists(name):
        name = default_storage.save(name, ContentFile((FIXTURES / name).read_bytes()))
    expert, _ = Expert.objects.update_or_create(
        slug=row["slug"],
        defaults={
            "name": row["name"],
            "title": row["title"],
            "credentials": row["credentials"],
            "bio": row["bio"],
            "portrait": name,
            "interests": row["interests"],
            "checked_on": dt.date.fromisoformat(row["checked_on"]),
            "checked_where": row["checked_where"],
        },
    )
    return expert


def _column(row: dict[str, Any], experts: dict[str, Expert]) -> Column:
    column, _ = Column.objects.update_or_create(
        slug=row["slug"],
        defaults={
            "name": row["name"],
            "description": row["description"],
            "disclaimer": row["disclaimer"],
            "is_medical": row["medical"],
            "asks_review": row.get("asks_review", False),
            "context_question": row.get("context_question", ""),
            "position": row["position"],
        },
    )
    column.experts.set([experts[name] for name in row["experts"]])
    return column


def _tag(row: dict[str, Any]) -> Tag:
    tag, _ = Tag.objects.update_or_create(
        slug=row["slug"], defaults={"name": row["name"], "description": row["description"]}
    )
    for alias in row["aliases"]:
        TagAlias.objects.get_or_create(slug=alias, defaults={"tag": tag})
    return tag


def _newsletter(row: dict[str, Any], columns: dict[str, Column]) -> None:
    Newsletter.objects.update_or_create(
        slug=row["slug"],
        defaults={
            "name": row["name"],
            "promise": row["promise"],
            "rhythm": row["rhythm"],
            "column": columns.get(row["column"]),
            "position": row["position"],
        },
    )


def _plan(row: dict[str, Any]) -> Plan:
    texts = {name: row[name] for name in ("name", "price", "promise", "description", "position")}
    return Plan.objects.update_or_create(slug=row["slug"], defaults=texts)[0]


def _member_request(row: dict[str, Any], plans: dict[str, Plan]) -> None:
    made = membership.request_membership(
        plan=plans[row["plan"]], email=row["email"], name=row["name"], note=row["note"]
    )
    came = timezone.now() - dt.timedelta(days=row["days_ago"])
    MembershipRequest.objects.filter(pk=made.pk).update(requested_at=came)


def _issue(row: dict[str, Any], editor: User) -> None:
    """A draft at the desk, to look at and to send."""
    issue = issuing.begin(Newsletter.objects.get(slug=row["newsletter"]), by=editor)
    picks = [issuing.Pick(**{**pick, "article": _article(pick["article"])}) for pick in row["picks"]]
    texts = {name: row[name] for name in ("subject", "preheader", "intro")}
    issuing.edit(issue, picks=picks, version=issue.version, **texts)


def _staff(rows: list[dict[str, Any]], experts: dict[str, Expert]) -> list[tuple[str, str, str]]:
    """Make the people, each with a password of their own that only this machine's var/ knows."""
    passwords = []
    for row in rows:
        password = secrets.token_urlsafe(9)
        user = User.objects.create_user(
            row["email"],
            password,
            name=row["name"],
            role=row["role"],
            may_publish=row.get("may_publish", False),
            may_review=row.get("may_review", False),
        )
        if row.get("expert"):
            Expert.objects.filter(pk=experts[row["expert"]].pk).update(user=user)
            experts[row["expert"]].user = user
        passwords.append((row["role"], row["email"], password))
    return passwords


def _article(import_id: str) -> Article:
    return Article.objects.get(import_id=import_id)


def _schedule(rows: list[dict[str, Any]], editor: User) -> None:
    for row in rows:
        hour, minute = map(int, row["time"].split(":"))
        day = timezone.localdate() + dt.timedelta(days=row["days"])
        at = dt.datetime.combine(day, dt.time(hour, minute), tzinfo=timezone.get_default_timezone())
        articles.publish(_article(row["article"]), by=editor, at=at)


def _noon(day: str) -> dt.datetime:
    return dt.datetime.combine(
        dt.date.fromisoformat(day), dt.time(12), tzinfo=timezone.get_default_timezone()
    )


def _correct(demo: dict[str, Any], editor: User) -> None:
    for row in demo["corrections"]:
        article, at = _article(row["article"]), _noon(row["on"])
        for answer in article.answers.all() if "says" in row else []:
            mended = answer.text.replace(row["said"], row["says"])
            articles.save_answer(answer, text=mended, by=editor, version=answer.version)
        Edition.objects.filter(article=article).update(until=at)
        articles.correct(article, kind=row["kind"], text=row["text"], by=editor, at=at)
    for row in demo["retractions"]:
        articles.retract(_article(row["article"]), reason=row["text"], by=editor, at=_noon(row["on"]))


def _choose_related(choices: dict[str, list[list[str]]]) -> None:
    for kind, excluded in (("pins", False), ("exclusions", True)):
        for one, other in choices.get(kind, []):
            article = _article(one)
            RelatedChoice.objects.create(article=article, other=_article(other), excluded=excluded)
            related.refresh(article)


def _search(demo: dict[str, Any], editor: User) -> None:
    """What editors have set for search, and what readers looked for on the last days."""
    Synonym.objects.bulk_create(Synonym(**row) for row in demo["synonyms"])
    for row in demo["promotions"]:
        article = Article.objects.get(headline=row["article"])
        promotions.promote(article, queries=row["searches"], position=1, by=editor)
    for row in demo["searches"]:
        found = searching.search(row["words"]).total
        for ago, count in enumerate(row["a_day"]):
            for _ in range(count):
                terms.note(row["words"], found=found, now=timezone.now() - dt.timedelta(days=ago))


def _readers(said: dict[str, Any]) -> None:
    """What readers pressed within the last days, and how many of them asked."""
    today = timezone.localdate()
    for kind in (TallyKind.HELPFUL, TallyKind.UNHELPFUL):
        for name, count in said[kind].items():
            Tally.objects.create(
                article=_article(name), kind=kind, day=today - dt.timedelta(days=3), count=count
            )
    for name, count in said["asked_by"].items():
        articles.count_askers(_article(name), count)
    for name, days in said["saved"].items():
        SavedLetters.objects.bulk_create(
            SavedLetters(article=_article(name), day=today - dt.timedelta(days=int(ago)), count=count)
            for ago, count in days.items()
        )


def _asked_too(made: dict[str, Letter], said: dict[str, dict[str, int]]) -> None:
    for name, days in said.items():
        article = Letter.objects.get(pk=made[name].pk).article
        for ago, count in days.items():
            day = timezone.localdate() - dt.timedelta(days=int(ago))
            Tally.objects.create(article=article, kind=TallyKind.ASKED_TOO, day=day, count=count)


def _answered(rows: list[dict[str, Any]], editor: User) -> None:
    """Letters that asked what is printed already, so that the desk's numbers have something to tell."""
    for row in rows:
        article, out = _article(row["article"]), timezone.now() - dt.timedelta(days=row["answered_days_ago"])
        assert article.column is not None
        letter, _ = letters.receive(
            question=article.headline,
            text=article.question,
            signature=article.signature,
            column=article.column,
        )
        letters.merge(letter, article=article, by=editor)
        came = out - dt.timedelta(days=row["took_days"])
        Letter.objects.filter(pk=letter.pk).update(received_at=came, told_at=out)
        LetterEvent.objects.filter(letter=letter).update(at=came)


def _letters(
    rows: list[dict[str, Any]],
    editor: User,
    experts: dict[str, Expert],
    columns: dict[str, Column],
    tags: dict[str, Tag],
) -> dict[str, Letter]:
    made: dict[str, Letter] = {}
    for row in sorted(rows, key=lambda row: row["state"] == "merged"):
        letter, _ = letters.receive(
            question=row["question"],
            text=row["text"],
            signature=row["signature"],
            column=columns[row["column"]],
            email=row["email"] or "",
        )
        came = timezone.now() - dt.timedelta(days=row["days_ago"], hours=row["days_ago"] % 7)
        Letter.objects.filter(pk=letter.pk).update(received_at=came)
        LetterEvent.objects.filter(letter=letter).update(at=came)
        made[row["key"]] = letter
        _bring_to_state(letter, row, editor, experts, columns, tags, made)
    return made


def _bring_to_state(
    letter: Letter,
    row: dict[str, Any],
    editor: User,
    experts: dict[str, Expert],
    columns: dict[str, Column],
    tags: dict[str, Tag],
    made: dict[str, Letter],
) -> None:
    state = row["state"]
    if state == "received":
        return
    if state == "spam":
        letters.mark_spam(letter, by=editor)
    elif state == "declined":
        letters.decline(letter, by=editor, reason=row["reason"])
    elif state == "withdrawn":
        letters.withdraw(letter)
    elif state == "merged":
        lead = Letter.objects.get(pk=made[row["merge_with"]].pk)
        assert lead.article is not None
        letters.merge(letter, article=lead.article, by=editor)
    else:
        article = letters.accept(
            letter,
            by=editor,
            headline=row["headline"],
            dek=row.get("dek", ""),
            question=row["edited_question"],
            signature=row["signature"],
            column=columns[row["column"]],
            tags=[tags[name] for name in row.get("tags", [])],
        )
        if row.get("announced_as"):
            articles.edit(article, by=editor, version=article.version, announced_as=row["announced_as"])
        _answer(article, row, editor, experts)


def _answer(article: Article, row: dict[str, Any], editor: User, experts: dict[str, Expert]) -> None:
    """Take a draft as far as its row says: assigned, filed, sent back, in review."""
    state = row["state"]
    if state == "draft":
        return
    due_on = timezone.localdate() + dt.timedelta(days=row.get("due_in_days") or 7)
    answer: Answer = articles.assign(article, expert=experts[row["expert"]], by=editor, due_on=due_on)
    if state == "assigned":
        return
    answer = articles.file_answer(
        answer, text=row["answer"], by=experts[row["expert"]].user or editor, version=1
    )
    if state == "sent_back":
        articles.send_back(answer, note=row["note"], by=editor)
    elif state == "in_review":
        articles.review(article, by=editor)
