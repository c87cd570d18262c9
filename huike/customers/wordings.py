"""Words of consent, kept for ever under a name made of the words, so that each yes can show what it was to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from huike.customers.models import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands beside a box: in one language, about one channel and purpose."""

    language: str
    channel: str
    purpose: str
    text: str

    @property
    def version(self) -> str:
        """The name under which these very words are kept."""
        said = "\x1f".join([self.language, self.channel, self.purpose, self.text])
        return f"w-{sha256(said.encode()).hexdigest()[:16]}"


def keep(words: Iterable[Words], *, now: datetime) -> None:
    """Write these words down where they are not yet; known ones stay as they were, with the day they came."""
    Wording.objects.bulk_create(
        [
            Wording(
                version=one.version,
                language=one.language,
                channel=one.channel,
                purpose=one.purpose,
                text=one.text,
                published_at=now,
            )
            for one in words
        ],
        ignore_conflicts=True,
    )
