from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="message",
            name="first_tried_at",
            field=models.DateTimeField(
                blank=True, help_text="When the mail server first asked us to come again later.", null=True
            ),
        ),
    ]
