"""Reference data of what is printed. Articles are not edited here: their statuses move at the desk."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advice import markup
from advice.articles import addresses, indexing
from advice.articles.merging import merge
from advice.articles.models import Column, Expert, Tag, TagAlias
from advice.limits import takes_files
from advice.pictures import NotAnImage, fresh_pixels, random_name
from advice.trace.admin import Traced
from advice.trace.models import Kind
from advice.typed import SeveralRows

PORTRAIT_WIDTH = 640


def check_length(text: str) -> None:
    size = len(text.replace("\r\n", "\n").encode("utf-8", "replace"))
    if size > markup.MAX_BYTES:
        raise ValidationError(str(markup.TextTooLong(size)))


class PrintedAdmin(Traced):
    """Whose long texts are Markdown, and are set when they are saved."""

    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.TextField) and field is not None:
            field.validators.append(check_length)
        return field


class AddressForm(forms.ModelForm):
    """Of a row with a page: an address that another page ever had is never given away."""

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].lower()  # addresses in capitals lead to small letters
        path, own = _path(self._meta.model, slug), _path(self._meta.model, self.instance.slug)
        if reason := addresses.refusal(path, own if self.instance.pk else ""):
            raise ValidationError(reason)
        return slug


def _path(model: type[models.Model], slug: str) -> str:
    path: str = model(slug=slug).get_absolute_url() if slug else ""  # type: ignore[attr-defined]
    return path


class AddressedAdmin(Traced):
    """Of rows with a page each: a former address leads to the new one, that of a deleted one answers 410."""

    form = AddressForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "slug" in form.changed_data:
            self.move(obj, form.initial["slug"])

    def move(self, obj: Any, former: str) -> None:
        addresses.moved(_path(self.model, former), obj.get_absolute_url())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, self.model._default_manager.filter(pk=obj.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        paths = self.paths(queryset)
        queryset.delete()
        for path in paths:
            addresses.gone(path)

    def paths(self, rows: Any) -> list[str]:
        return [row.get_absolute_url() for row in rows]


@admin.register(Column)
class ColumnAdmin(AddressedAdmin, PrintedAdmin):
    kind = Kind.COLUMN
    list_display = ["name", "position", "is_medical"]
    prepopulated_fields = {"slug": ["name"]}
    filter_horizontal = ["experts"]

    def formfield_for_manytomany(self, *args: Any, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(*args, **{**kwargs, "form_class": SeveralRows})


class ExpertForm(AddressForm):
    def clean_portrait(self) -> Any:
        file = self.cleaned_data["portrait"]
        if not isinstance(file, UploadedFile):
            return file  # the one that is there, or none
        try:
            return ContentFile(fresh_pixels(file, width=PORTRAIT_WIDTH), name=random_name())
        except NotAnImage as error:
            raise ValidationError(str(error))


@admin.register(Expert)
class ExpertAdmin(AddressedAdmin, PrintedAdmin):
    kind = Kind.EXPERT
    form = ExpertForm
    add_view = takes_files(admin.ModelAdmin.add_view)
    change_view = takes_files(admin.ModelAdmin.change_view)
    list_display = ["name", "credentials", "title", "user", "checked_on"]
    list_select_related = ["user"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


class AliasInline(admin.TabularInline):
    model = TagAlias
    extra = 1


class TagForm(AddressForm):
    def clean_slug(self) -> str:
        slug = super().clean_slug()
        alias = TagAlias.objects.filter(slug=slug).exclude(tag=self.instance.pk).select_related("tag").first()
        if alias:
            raise ValidationError(
                _("This address leads to the tag “%(tag)s” for ever. Choose another.")
                % {"tag": alias.tag.name}
            )
        return slug


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(Tag.objects.none())

    def __init__(self, merged: "models.QuerySet[Tag]", data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["into"]
        field.queryset = Tag.objects.exclude(pk__in=merged)
        field.label = _("Into")


@admin.register(Tag)
class TagAdmin(AddressedAdmin):
    kind = Kind.TAG
    form = TagForm
    list_display = ["name", "slug", "description"]
    search_fields = ["name", "aliases__slug"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [AliasInline]
    actions = ["merge_into_another"]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Its articles are found by a new name, and its old address leads to the new one."""
        super().save_related(request, form, formsets, change)
        tag = form.instance
        if change and "slug" in form.changed_data:
            TagAlias.objects.update_or_create(slug=form.initial["slug"], defaults={"tag": tag})
            tag.aliases.filter(slug=tag.slug).delete()
        if change and "name" in form.changed_data:
            indexing.index_tag(tag)

    def move(self, obj: Tag, former: str) -> None:
        """A tag's former addresses are its aliases."""

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Tag]) -> None:
        articles = indexing.tagged(queryset)
        super().delete_queryset(request, queryset)
        indexing.index_on_commit(articles)

    def paths(self, rows: "models.QuerySet[Tag]") -> list[str]:
        aliases = TagAlias.objects.filter(tag__in=rows).values_list("slug", flat=True)
        return [*super().paths(rows), *(_path(Tag, slug) for slug in aliases)]

    def has_merge_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and self.has_delete_permission(request)

    @admin.action(description="Merge into another tag…", permissions=["merge"])
    def merge_into_another(
        self, request: HttpRequest, queryset: "models.QuerySet[Tag]"
    ) -> HttpResponse | None:
        """Asks which one; does it once that is answered."""
        form = MergeForm(queryset, request.POST if "merge" in request.POST else None)
        if form.is_valid():
            self._merge(request, queryset, form.cleaned_data["into"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge into another tag"),
            "opts": self.opts,
            "form": form,
            "merged": queryset,
            "checkbox": ACTION_CHECKBOX_NAME,
            "action": "merge_into_another",
        }
        return render(request, "admin/articles/tag/merge.html", context)

    @transaction.atomic
    def _merge(self, request: HttpRequest, merged: "models.QuerySet[Tag]", into: Tag) -> None:
        tags = list(merged)
        names = ", ".join(tag.name for tag in tags)
        self.log_deletions(request, merged)
        for tag in tags:
            merge(tag, into)
        self.log_change(request, into, f"Merged into it: {names}.")
        said = ngettext(
            "%(count)d tag was merged into “%(into)s”. Its address leads there.",
            "%(count)d tags were merged into “%(into)s”. Their addresses lead there.",
            len(tags),
        )
        self.message_user(request, said % {"count": len(tags), "into": into.name}, messages.SUCCESS)
