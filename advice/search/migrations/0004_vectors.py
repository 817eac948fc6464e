import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0003_terms'),
    ]

    operations = [
        migrations.CreateModel(
            name='Vector',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_with', models.CharField(help_text="The model's name; vectors of two models cannot be compared.", max_length=16)),
                ('data', models.BinaryField(help_text='384 numbers from -127 to 127; their length says nothing.')),
                ('is_new', models.BooleanField(default=True, help_text='Nobody has looked yet what lies near it.')),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.indexeddocument')),
            ],
            options={
                'indexes': [models.Index(fields=['made_with', 'id'], name='search_vector_made_with'), models.Index(condition=models.Q(('is_new', True)), fields=['id'], name='search_vector_is_new')],
            },
        ),
    ]
