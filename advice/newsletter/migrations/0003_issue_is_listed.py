from django.db import migrations, models
from django.db.models import F, Q


def list_what_was_listed(apps, schema_editor):
    left = apps.get_model("newsletter", "Issue").objects.filter(number__isnull=False)
    own = Q(kind="digest", rhythm=F("newsletter__rhythm"))
    left.filter(own | Q(kind="edited")).update(is_listed=True)


class Migration(migrations.Migration):

    dependencies = [
        ('newsletter', '0002_issues_and_copies'),
    ]

    operations = [
        migrations.AddField(
            model_name='issue',
            name='is_listed',
            field=models.BooleanField(default=False, editable=False, help_text='The archive lists it.'),
        ),
        migrations.RunPython(list_what_was_listed, migrations.RunPython.noop, elidable=True),
    ]
