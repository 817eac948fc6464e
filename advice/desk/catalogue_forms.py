"""The forms of what articles stand in and under: columns, experts, tags."""

import hashlib
import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from advice.accounts.models import User
from advice.accounts.workflow import NotAllowed, check_manages
from advice.articles import addresses
from advice.articles.curating import path_of_tag
from advice.articles.models import Column, Expert, Tag, TagAlias
from advice.desk.comparing import Difference, differences, in_words
from advice.desk.forms import Editor, MarkdownField, TextEditor
from advice.desk.tagging import TagNames, TagNamesField
from advice.pictures import NotAnImage, fresh_pixels, random_name
from advice.typed import SeveralRows, has_visible

PORTRAIT_WIDTH = 640
LONGEST_WAIT = 365  # days
ADDRESS_HELP = _("The last part of the page’s address. Empty: made from the name.")


class SeenForm(forms.ModelForm):
    """Of a row that two may edit at once: `seen` says which state of it was read."""

    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        initial = {
            **self.initial,
            "portrait": str(self.initial.get("portrait") or ""),
        }  # not what is in the file
        self.before = {name: initial.get(name) for name in self._meta.fields or () if name in self.fields}
        words = json.dumps([in_words(value) for value in self.before.values()])
        self.state = hashlib.sha256(words.encode()).hexdigest()[:16]
        self.initial["seen"] = self.state

    def is_stale(self) -> bool:
        seen = self.cleaned_data.pop("seen", "")
        return bool(self.instance.pk and seen and seen != self.state)

    def see(self) -> None:
        """The next save is a deliberate one."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data["seen"] = self.state
        self.data = data

    def differences(self) -> list[Difference]:
        """What was saved in between beside what is typed here, in words."""
        names = [name for name in self.before if name not in {"portrait", "user"}]
        return differences(self, self.before, self.cleaned_data, names)


class NamedForm(SeenForm):
    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not has_visible(name):
            raise ValidationError(_("There is nothing to be seen in this name."))
        others: models.QuerySet[Any] = self._meta.model._default_manager.exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(_("This name is taken already."))
        return name


class CatalogueForm(NamedForm):
    """Of something with a name and a page. What is left of its address is made from the name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own: str = self._path(self.instance.slug) if self.instance.pk else ""
        self.fields["slug"].required = False
        self.fields["slug"].help_text = ADDRESS_HELP

    def clean_slug(self) -> str:
        field = self.fields["slug"]
        made = slugify(self.cleaned_data.get("name", ""))[: field.max_length].strip("-")  # type: ignore[attr-defined]
        slug: str = self.cleaned_data["slug"].lower() or self.initial.get("slug") or made
        if not slug and "name" in self.cleaned_data:
            raise ValidationError(_("No address can be made of this name. Please give one."))
        if slug and (reason := addresses.refusal(self._path(slug), self.own)):
            raise ValidationError(reason)
        return slug

    def _path(self, slug: str) -> str:
        path: str = self._meta.model(slug=slug).get_absolute_url()
        return path


class TagForm(CatalogueForm):
    class Meta:
        model = Tag
        fields = ("name", "slug", "description")
        labels = {"name": _("Name"), "slug": _("Address"), "description": _("Description")}
        help_texts = {"description": _("Stands on the tag’s page.")}
        widgets = {"description": forms.Textarea({"rows": 3})}

    def clean_slug(self) -> str:
        slug = super().clean_slug()
        alias = TagAlias.objects.filter(slug=slug).exclude(tag=self.instance.pk).select_related("tag").first()
        if alias:
            raise ValidationError(
                _("This address leads to the tag “%(tag)s” for ever. Choose another."),
                params={"tag": alias.tag.name},
            )
        return slug


class ColumnForm(CatalogueForm):
    disclaimer = MarkdownField(
        label=_("Disclaimer"),
        max_length=2_000,
        required=False,
        widget=TextEditor({"rows": 5}),
        help_text=_("Stands under each answer, and shows there at once when it is changed."),
    )
    wording_days = forms.IntegerField(
        label=_("Days to look at the wording"),
        min_value=0,
        max_value=LONGEST_WAIT,
        initial=7,
        help_text=_(
            "After so many days without a word from its writer the desk says so. Nothing waits for it."
        ),
    )

    class Meta:
        model = Column
        fields = (
            *("name", "slug", "description", "disclaimer", "is_medical", "asks_review"),
            *("asks_sources", "context_question"),
            *("wording_days", "update_weeks", "position", "experts"),
        )
        labels = {
            "name": _("Name"),
            "slug": _("Address"),
            "description": _("Description"),
            "is_medical": _("Medical"),
            "asks_review": _("Asks for a review"),
            "asks_sources": _("Asks for sources"),
            "context_question": _("Asks besides"),
            "update_weeks": _("Weeks until the invitation"),
            "position": _("Position"),
            "experts": _("Experts"),
        }
        help_texts = {
            "description": _("Stands on the column’s page and in the list of columns."),
            "asks_review": _("A reviewer other than its authors reads each piece before it comes out."),
            "asks_sources": _("Each answer names what it rests on."),
            "context_question": _(
                "“How much do you run?”: one line that the form for letters asks besides, for the expert alone."
            ),
            "update_weeks": _(
                "So many weeks after the answer its letter’s writer is invited, once, to tell what happened since. 0: never."
            ),
            "position": _("Where it stands among the others, from 0."),
        }
        widgets = {
            "description": forms.Textarea({"rows": 3}),
            "experts": forms.CheckboxSelectMultiple,
        }
        field_classes = {"experts": SeveralRows}


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.email})"


class ExpertForm(CatalogueForm):
    bio = MarkdownField(label=_("About them"), max_length=5_000, required=False, widget=Editor({"rows": 10}))
    portrait = forms.FileField(
        label=_("Portrait"),
        required=False,
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_("JPEG, PNG or WebP, at most 10 MB. Only its pixels are kept."),
    )
    without_portrait = forms.BooleanField(label=_("Take the portrait away"), required=False)
    user = PersonField(
        User.objects.none(),
        label=_("Signs in as"),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("Who answers letters in their name."),
    )
    field_order = ("name", "slug", "title", "credentials", "bio", "portrait", "without_portrait")

    class Meta:
        model = Expert
        fields = (
            *("name", "slug", "title", "credentials", "bio", "portrait", "interests"),
            *("checked_on", "checked_where", "user"),
        )
        labels = {
            "name": _("Name"),
            "slug": _("Address"),
            "title": _("Title"),
            "credentials": _("Credentials"),
            "interests": _("Declared interests"),
            "checked_on": _("Credentials checked on"),
            "checked_where": _("Credentials checked where"),
        }
        help_texts = {
            "title": _("“Sports physician”"),
            "credentials": _("“MD, FACSM”, printed after the name."),
            "interests": _("Who pays them, and whose shares they hold. Printed on their page."),
            "checked_where": _("The register, and the number there."),
        }
        widgets = {
            "interests": forms.Textarea({"rows": 3}),
            "checked_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by, self.signed_in = by, self.instance.user
        user = self.fields["user"]
        assert isinstance(user, forms.ModelChoiceField)
        user.queryset = User.objects.filter(Q(expert=None) | Q(expert=self.instance.pk)).order_by("name")
        if not self.instance.portrait:
            del self.fields["without_portrait"]

    def clean_portrait(self) -> Any:
        file = self.files.get(self.add_prefix("portrait"))
        if file is None:
            return self.instance.portrait.name
        try:
            return ContentFile(fresh_pixels(file, width=PORTRAIT_WIDTH), name=random_name())
        except NotAnImage as error:
            raise ValidationError(str(error)) from None

    def clean_checked_on(self) -> Any:
        day = self.cleaned_data["checked_on"]
        if day is not None and day > timezone.localdate():
            raise ValidationError(_("This day has not come yet."))
        return day

    def clean_user(self) -> User | None:
        """Whoever writes as somebody reads what is assigned to them: that is a person’s place at the desk."""
        chosen: User | None = self.cleaned_data["user"]
        if chosen != self.signed_in:
            for user in filter(None, (chosen, self.signed_in)):
                try:
                    check_manages(self.by, user)
                except NotAllowed as error:
                    raise ValidationError(str(error)) from None
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.pop("without_portrait", False) and "portrait" not in self.files:
            cleaned["portrait"] = ""
        return cleaned


class WordForm(forms.Form):
    """Another word for a tag."""

    word = forms.CharField(
        label=_("Another word"),
        max_length=60,
        help_text=_("Who writes or looks for it means this tag, and its address leads here."),
    )

    def __init__(self, tag: Tag, *args: Any, **kwargs: Any) -> None:
        self.tag = tag
        super().__init__(*args, **kwargs)

    def clean_word(self) -> str:
        slug = slugify(self.cleaned_data["word"])[:60].strip("-")
        if not slug:
            raise ValidationError(_("No address can be made of this word."))
        taken = Tag.objects.filter(slug=slug).first() or Tag.objects.filter(aliases__slug=slug).first()
        if taken is not None:
            raise ValidationError(_("It means the tag “%(tag)s” already."), params={"tag": taken.name})
        former = addresses.found(path_of_tag(slug))
        if former is not None and not former.leads_to:
            raise ValidationError(_("The page at this address was deleted. Choose another address."))
        return slug


class OneTagField(TagNamesField):
    """The name of one tag."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.help_text = _("The name of the tag that stays.")

    def prepare_value(self, value: Any) -> Any:
        return value

    def clean(self, value: Any) -> Any:
        tags = super().clean(value)
        if len(tags) != 1:
            raise ValidationError(_("Please name one tag."))
        return tags[0]


class MergeTagForm(forms.Form):
    into = OneTagField(label=_("Into"), widget=TagNames)

    def __init__(self, tag: Tag, *args: Any, **kwargs: Any) -> None:
        self.tag = tag
        super().__init__(*args, **kwargs)

    def clean_into(self) -> Tag:
        into: Tag = self.cleaned_data["into"]
        if into.pk == self.tag.pk:
            raise ValidationError(_("A tag cannot be merged with itself."))
        return into


class TagListForm(forms.Form):
    """What the list of tags is narrowed by."""

    q = forms.CharField(label=_("Name"), max_length=60, required=False)
    sort = forms.ChoiceField(
        label=_("Sort"), required=False, choices=[("", _("By name")), ("use", _("Most used first"))]
    )
    unused = forms.BooleanField(label=_("Unused only"), required=False)
