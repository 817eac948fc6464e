import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0002_parts_and_forms'),
    ]

    operations = [
        migrations.CreateModel(
            name='Term',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('words', models.CharField(blank=True, db_index=True, max_length=60)),
                ('since', models.DateField(db_index=True, help_text='When it was first seen.')),
                ('found', models.PositiveIntegerField(help_text='How much the latest search found.')),
            ],
        ),
        migrations.CreateModel(
            name='TermDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(db_index=True)),
                ('count', models.PositiveIntegerField()),
                ('in_vain', models.PositiveIntegerField()),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='days', to='search.term')),
            ],
            options={
                'db_table': 'search_term_day',
                'constraints': [models.UniqueConstraint(fields=('term', 'day'), name='term_once_a_day')],
            },
        ),
    ]
