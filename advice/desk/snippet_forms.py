"""The form of snippets."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from advice import markup
from advice.articles.models import Snippet
from advice.articles.models.snippets import NAME, draw
from advice.desk.catalogue_forms import NamedForm
from advice.desk.forms import Editor, MarkdownField
from advice.desk.telling import TellingForm


class SnippetForm(TellingForm, NamedForm):
    """A snippet, new or known. Its name in texts is given once: texts know it by that."""

    text = MarkdownField(label=_("Text, in Markdown"), max_length=5_000, widget=Editor({"rows": 8}))

    class Meta:
        model = Snippet
        fields = ("name", "slug", "text")
        labels = {"name": _("Name"), "slug": _("Name in texts")}
        help_texts = {
            "name": _("For the desk alone: “Stretch box”."),
            "slug": _(
                "Small letters, numbers and hyphens: stretch-box. Empty: made from the name. It stays for ever."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["slug"]
            self.before.pop("slug")
        else:
            self.fields["slug"].required = False

    def clean_slug(self) -> str:
        made = slugify(self.cleaned_data.get("name", ""))[:60].strip("-")
        slug: str = self.cleaned_data["slug"].lower() or made
        if "name" in self.cleaned_data and not re.fullmatch(NAME, slug):
            raise ValidationError(_("Please give a name of small letters, numbers and hyphens."))
        return slug

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        html = markup.render(text)
        if not html:
            raise ValidationError(_("There is nothing to be seen in this text."))
        if 'class="footnotes' in html:
            raise ValidationError(_("A snippet has no footnotes: the text it stands in may have its own."))
        if draw(text).snippets:
            raise ValidationError(_("A snippet holds no other snippet."))
        return text
