"""What is kept of those who write to us, for the privacy page."""

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import Kept, Of, columns, declare, in_words
from advice.letters import days, retention


def times() -> dict[str, str]:
    """The times that letters are kept by, in words, for whoever promises them to a writer."""
    return {
        "address": in_words(retention.ADDRESS),
        "words": in_words(retention.WORDS),
        "unused": in_words(retention.UNUSED),
    }


declare(
    Kept(
        key="letter-address",
        of=Of.WRITERS,
        what=_("Your e-mail address, if you give one"),
        why=_("To tell you how your letter fares. It is stored encrypted."),
        how_long=lambda: (
            now(
                "%(address)s after we told you of the answer, and at the latest %(words)s after your letter came if it"
                " is never answered"
            )
            % times()
        ),
        seen_by=_("The program that mails you; an editor who asks for it, which is written down"),
        fields=columns("letters.Letter", "email email_digest"),
    ),
    Kept(
        key="letter-words",
        of=Of.WRITERS,
        what=_("Your letter, in your own words"),
        why=_("To choose it, and to make from it what is printed."),
        how_long=lambda: (
            now(
                "%(words)s after we told you of the answer, or %(words)s after it came if it is never answered"
            )
            % times()
        ),
        seen_by=_("The editors, and whoever has your private link"),
        fields=columns("letters.LetterVersion", "letter number question text"),
    ),
    Kept(
        key="letter-time",
        of=Of.WRITERS,
        what=_("When you wrote to us, and when you did something on your own page"),
        why=_("To take letters in the order they came in, and to say how long one has waited."),
        how_long=lambda: (
            now(
                "The time of day for %(exact)s and at most one hour more, of the text itself never; the day as long as the rest of the letter's record"
            )
            % {"exact": in_words(days.EXACT)}
        ),
        seen_by=_("The editors, and whoever has your private link"),
        fields=(
            *columns("letters.Letter", "received_at"),
            *columns("letters.LetterVersion", "received_at"),
            *columns("letters.LetterEvent", "at"),
        ),
    ),
    Kept(
        key="letter-unused",
        of=Of.WRITERS,
        what=_(
            "All of a letter that we decline, that you withdraw, that is spam, or that nobody has looked at"
        ),
        why=_("So that a decision can be explained, or be taken back."),
        how_long=lambda: (
            now(
                "%(unused)s after the last thing that happened to it, and at the latest %(words)s after it came"
            )
            % times()
        ),
        seen_by=_("The editors, and whoever has your private link"),
        fields=columns("letters.Letter", "reason"),
    ),
    Kept(
        key="letter-record",
        of=Of.WRITERS,
        what=_("That a letter we took on came"),
        why=_(
            "Its case number, column, signature and day, the version of our terms you agreed to, and what was done with it"
            " and by which editor: so that an answer can be traced to a letter, and the letter counted among its readers."
        ),
        how_long=lambda: now("Without a limit; your words and your address are no longer part of it by then"),
        seen_by=_("The editors, and whoever has your private link"),
        fields=(
            *columns(
                "letters.Letter",
                "case_number nonce form_key column signature consent_version status article is_lead told_at",
            ),
            *columns("letters.LetterEvent", "letter by verb before after note"),
        ),
    ),
    Kept(
        key="address-looks",
        of=Of.WRITERS,
        what=_("Which of the editors looked at your e-mail address, and when, with your case number"),
        why=_("So that nobody does it without a reason."),
        how_long=lambda: now("Without a limit; the address is not part of it"),
        seen_by=_("The owners of the site; you, if you ask what is kept of you"),
        fields=columns("letters.AddressLook", "case_number by at"),
    ),
)
