"""What the desk writes for itself: notes, and saved replies. Each act leaves its line in the trace, without a word of it."""

from django.db import transaction

from advice.accounts.models import User
from advice.articles.models import Article
from advice.letters.models import Letter, Note, SavedReply
from advice.trace.models import Kind
from advice.trace.writing import write_down


@transaction.atomic
def note(beside: Letter | Article, *, text: str, by: User) -> Note:
    is_letter = isinstance(beside, Letter)
    made = Note.objects.create(**{"letter" if is_letter else "article": beside}, text=text, by=by)
    _write_down("note", made, by=by)
    return made


@transaction.atomic
def delete_note(note: Note, *, by: User) -> None:
    _write_down("delete note", note, by=by)
    note.delete()


def _write_down(verb: str, note: Note, *, by: User) -> None:
    kind = Kind.LETTER if note.letter_id else Kind.ARTICLE
    write_down(verb, kind, note.letter_id or note.article_id, by=by)


@transaction.atomic
def save_reply(reply: SavedReply, *, by: User) -> SavedReply:
    verb = "edit" if reply.pk else "add"
    reply.save()
    write_down(verb, Kind.REPLY, reply.pk, by=by)
    return reply


@transaction.atomic
def delete_reply(reply: SavedReply, *, by: User) -> None:
    write_down("delete", Kind.REPLY, reply.pk, by=by)
    reply.delete()
