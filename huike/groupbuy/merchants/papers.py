"""Papers as they are handed in: told by what they are, bounded, sealed."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from PIL import Image

from huike.groupbuy.merchants import sealing
from huike.groupbuy.merchants.errors import DocumentInvalid, DocumentNotFound
from huike.groupbuy.models import Merchant, MerchantDocument
from huike.kernel.text import clean_line

MOST_BYTES: Final = 5 * 1024**2
MOST_PAPERS: Final = 20
_MOST_PIXELS: Final = 12_000
"""Of each side."""
EXTENSIONS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A paper in clear, with a name that is safe to save it under."""

    name: str
    content_type: str
    content: bytes


def keep(
    merchant: Merchant,
    content: bytes,
    *,
    kind: str,
    name: str,
    expires_on: date | None,
    handed_in_by: str,
    now: datetime,
) -> MerchantDocument:
    """Keep a paper in the caller's transaction, which holds the merchant's row; the same one of a kind again, with the
    same last day, is the one that is there. Raises DocumentInvalid."""
    if len(content) > MOST_BYTES:
        raise DocumentInvalid(reason="size")
    content_type, digest = sniff(content), sha256(content).hexdigest()
    same = MerchantDocument.objects.filter(merchant=merchant, kind=kind).order_by("-pk").first()
    if same is not None and (same.sha256, same.expires_on) == (digest, expires_on):
        return same
    if MerchantDocument.objects.filter(merchant=merchant).count() >= MOST_PAPERS:
        raise DocumentInvalid(reason="many")
    return MerchantDocument.objects.create(
        merchant=merchant,
        kind=kind,
        name=clean_line(name)[:120] or kind,
        content_type=content_type,
        size_bytes=len(content),
        sha256=digest,
        sealed=sealing.seal_paper(content, merchant_id=merchant.pk, digest=digest),
        expires_on=expires_on,
        handed_in_by=handed_in_by[:120],
        handed_in_at=now,
    )


def sniff(content: bytes) -> str:
    """PDF, JPEG or PNG, by its bytes; a picture must be whole. Raises DocumentInvalid."""
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise DocumentInvalid(reason="damaged")
        return "application/pdf"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=["PNG", "JPEG"])
            if max(picture.size) > _MOST_PIXELS:
                raise DocumentInvalid(reason="size")
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DocumentInvalid(reason="size") from error
    except Image.UnidentifiedImageError as error:
        raise DocumentInvalid(reason="kind") from error
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError) as error:
        # Whatever a decoder says of half a file, nobody could read it.
        raise DocumentInvalid(reason="damaged") from error
    return f"image/{str(picture.format).lower()}"


def open_document(merchant_id: int, document_id: int) -> Opened:
    """Raises DocumentNotFound, DocumentUnreadable."""
    kept = MerchantDocument.objects.filter(pk=document_id, merchant_id=merchant_id).first()
    if kept is None:
        raise DocumentNotFound
    content = sealing.open_paper(bytes(kept.sealed), merchant_id=merchant_id, digest=kept.sha256)
    return Opened(f"{kept.kind}-{kept.pk}.{EXTENSIONS[kept.content_type]}", kept.content_type, content)
