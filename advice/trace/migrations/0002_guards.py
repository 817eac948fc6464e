from django.db import migrations

from advice.trace import guards


class Migration(migrations.Migration):
    dependencies = [("trace", "0001_trace")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: guards.put_up(editor.connection),
            lambda apps, editor: guards.take_down(editor.connection),
        )
    ]
