from typing import Any

from django.db import migrations, models


def mark_leads(apps: Any, schema_editor: Any) -> None:
    """A letter that was accepted rather than merged was copied into its draft."""
    letters, events = apps.get_model("letters", "Letter"), apps.get_model("letters", "LetterEvent")
    accepted = events.objects.filter(verb="accept").values("letter_id")
    letters.objects.filter(pk__in=accepted, article__isnull=False).update(is_lead=True)


class Migration(migrations.Migration):
    dependencies = [("letters", "0002_received_text_is_fixed")]
    operations = [
        migrations.AddField(
            model_name="letter",
            name="is_lead",
            field=models.BooleanField(
                default=False, editable=False, help_text="The article's draft is a copy of this letter."
            ),
        ),
        migrations.RunPython(mark_leads, migrations.RunPython.noop),
    ]
