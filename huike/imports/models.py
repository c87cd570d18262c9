"""One row per file that somebody brought."""

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
        CUSTOMERS = "customers"

    class State(models.TextChoices):
        PROPOSED = "proposed"
        CHECKING = "checking"
        CHECKED = "checked"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

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
    requested_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "imports_import"
        indexes = [models.Index(fields=["-created_at", "-id"], name="import_newest")]
