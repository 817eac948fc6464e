"""What a visitor fills in to subscribe. The block on public pages is written by hand: it stands in cached pages."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from advice.articles.models import Article
from advice.newsletter.models import Newsletter, canonical

_SLUG = re.compile(r"[-\w]{1,80}", re.ASCII)


class _NewslettersField(forms.MultipleChoiceField):
    """Newsletters by their slugs, looked up here and not in the database, so that nonsense never reaches it."""

    def offer(self, newsletters: list[Newsletter]) -> None:
        self.by_slug = {newsletter.slug: newsletter for newsletter in newsletters}
        self.choices = [(newsletter.slug, newsletter.name) for newsletter in newsletters]

    def clean(self, value: Any) -> list[Newsletter]:
        return [self.by_slug[slug] for slug in dict.fromkeys(super().clean(value))]


class SubscribeForm(forms.Form):
    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": _("Please enter your e-mail address."),
            "invalid": _("This does not look like an e-mail address. It needs an @ and a dot after it."),
        },
    )
    newsletters = _NewslettersField(
        required=False, error_messages={"invalid_choice": _("Please choose from the newsletters below.")}
    )
    article = forms.Field(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, list(Newsletter.objects.filter(is_open=True)))

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if email.endswith(
            "]"
        ):  # a machine by its number, which can be spelt in many ways and is nobody's address
            raise forms.ValidationError(self.fields["email"].error_messages["invalid"])
        if len(canonical(email)) > 254:
            raise forms.ValidationError(_("This address is longer than any mail server takes."))
        return email

    def clean_article(self) -> Article | None:
        """The article whose block was used; a wrong one is no reason to refuse anybody."""
        slug = str(self.cleaned_data["article"] or "")
        if not _SLUG.fullmatch(slug):
            return None
        return Article.objects.published().select_related("column").filter(slug=slug).first()

    @property
    def is_spam(self) -> bool:
        """Whether the field that nobody sees was filled in."""
        return bool(self.data.get("website"))


class PreferencesForm(forms.Form):
    newsletters = _NewslettersField(required=False)

    def __init__(self, *args: Any, offered: list[Newsletter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, offered)


def _offer(form: forms.Form, newsletters: list[Newsletter]) -> None:
    field = form.fields["newsletters"]
    assert isinstance(field, _NewslettersField)
    field.offer(newsletters)
