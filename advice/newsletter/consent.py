"""What people agree to when they subscribe, and what is kept of it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

# Each wording that ever stood in the form. None is ever changed: another gets a version of its own, and is shown then.
WORDINGS = {
    "2026-11": _(
        "We mail you what you choose, and begin only when you have pressed the button behind the link that we send you"
        " first. You can stop at any time, with one press."
    ),
}
VERSION = "2026-11"
# Where the form can stand. An article's own says so by its article.
FORMS = {"front", "subscribe", "newsletters", "newsletter", "issue", "expired"}


@dataclass(frozen=True)
class Consent:
    """Which words somebody had before them, in which form, and the article under which it stood."""

    version: str
    form: str
    article: int  # its number; 0 for none
