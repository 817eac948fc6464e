"""Reference data of what is printed. Articles are not edited here: their statuses move at the desk."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.http import HttpRequest

from advice import markup
from advice.articles import indexing
from advice.articles.models import Column, Expert, Tag, TagAlias
from advice.limits import takes_files
from advice.pictures import NotAnImage, fresh_pixels, random_name

PORTRAIT_WIDTH = 640


def check_length(text: str) -> None:
    size = len(text.replace("\r\n", "\n").encode("utf-8", "replace"))
    if size > markup.MAX_BYTES:
        raise ValidationError(str(markup.TextTooLong(size)))


class PrintedAdmin(admin.ModelAdmin):
    """Whose long texts are Markdown, and are set when they are saved."""

    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.TextField) and field is not None:
            field.validators.append(check_length)
        return field


@admin.register(Column)
class ColumnAdmin(PrintedAdmin):
    list_display = ["name", "position", "is_medical"]
    prepopulated_fields = {"slug": ["name"]}
    filter_horizontal = ["experts"]


class ExpertForm(forms.ModelForm):
    def clean_portrait(self) -> Any:
        file = self.cleaned_data["portrait"]
        if not isinstance(file, UploadedFile):
            return file  # the one that is there, or none
        try:
            return ContentFile(fresh_pixels(file, width=PORTRAIT_WIDTH), name=random_name())
        except NotAnImage as error:
            raise ValidationError(str(error))


@admin.register(Expert)
class ExpertAdmin(PrintedAdmin):
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


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "description"]
    search_fields = ["name", "aliases__slug"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [AliasInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Its articles are found by a new name, and its old address leads to the new one."""
        super().save_related(request, form, formsets, change)
        tag = form.instance
        if change and "slug" in form.changed_data:
            TagAlias.objects.update_or_create(slug=form.initial["slug"], defaults={"tag": tag})
            tag.aliases.filter(slug=tag.slug).delete()
        if change and "name" in form.changed_data:
            indexing.index_tag(tag)

    def delete_model(self, request: HttpRequest, obj: Tag) -> None:
        self.delete_queryset(request, Tag.objects.filter(pk=obj.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Tag]) -> None:
        articles = indexing.tagged(queryset)
        queryset.delete()
        indexing.index_on_commit(articles)
