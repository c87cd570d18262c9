"""One row per file that somebody brought, and one per mapping that somebody saved."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Import(models.Model):
    """A file on its way in. The file itself and the refused rows lie in the data folder under the import's id.

    `format` is how it is read, `answers` what was confirmed before the check, `check_report` and `result` what came
    out: JSON written by this package and shown by the client, empty until then. `job_id` is the job that checks or runs
    it now, or did last.
    """

    class Kind(models.TextChoices):
        ORDERS = "orders"
        LINES = "lines"
        CUSTOMERS = "customers"

    class State(models.TextChoices):
        PROPOSED = "proposed"
        CHECKING = "checking"
        CHECKED = "checked"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Origin(models.TextChoices):
        SCREEN = "screen"
        COMMAND = "command"
        FOLDER = "folder"
        CALL = "call"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices)
    filename = models.CharField(max_length=255)
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    format = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    mapping_proposed = models.JSONField(default=dict)
    questions = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    check_report = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    refused = models.CharField(max_length=10, null=True)
    error_code = models.CharField(max_length=80, default="")
    error_params = models.JSONField(default=dict)
    job_id = models.BigIntegerField(null=True)
    # Which saved mapping or preset was proposed, as it was called then; `answers` is the import's own copy of it.
    mapping_id = models.BigIntegerField(null=True)
    mapping_name = models.CharField(max_length=60, default="", db_default="")
    mapping_version = models.IntegerField(null=True)
    preset = models.CharField(max_length=30, default="", db_default="")
    origin = models.CharField(max_length=7, choices=Origin.choices, default=Origin.SCREEN, db_default=Origin.SCREEN)
    # Names the arrival of a file that comes by itself, so that it comes once; NULL where a person brought it.
    arrival = models.CharField(max_length=400, null=True, unique=True)
    # What becomes of refused rows where the run follows the check by itself; empty where a person decides.
    unattended = models.CharField(max_length=10, default="", db_default="")
    requested_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "imports_import"
        indexes = [models.Index(fields=["-created_at", "-id"], name="import_newest")]


class SavedMapping(models.Model):
    """What was confirmed for a file, under a name, for the next one like it.

    `columns` are those of the file it was made from, `mapping` and `rules` what `Answers` are made of, `format` how the
    file is read where that cannot be told for certain. `version` counts the changes; imports keep copies.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=9, choices=Import.Kind.choices)
    preset = models.CharField(max_length=30, default="")
    version = models.IntegerField(default=1)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    rules = models.JSONField(default=dict)
    format = models.JSONField(default=dict)
    from_folder = models.BooleanField(default=False)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "imports_saved_mapping"
