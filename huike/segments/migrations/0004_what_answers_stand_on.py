"""What an answer was made from besides the lake, and how long the last whole question took."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0003_memberships")]

    operations = [
        # Of a list whose background is not known the next question is a whole one.
        migrations.AddField("segment", "background", models.CharField(default="", max_length=32)),
        migrations.RemoveField("segment", "zone"),
        migrations.AddField("segment", "whole_seconds", models.FloatField(null=True)),
    ]
