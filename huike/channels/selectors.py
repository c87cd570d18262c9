"""Reading the sandbox mailbox."""

from __future__ import annotations

from django.db.models import QuerySet

from huike.channels.errors import SandboxMailNotFound
from huike.channels.models import SandboxMail
from huike.kernel.pages import Page
from huike.kernel.scope import Scope
from huike.platform.api import keyset_page


def _visible(scope: Scope) -> QuerySet[SandboxMail]:
    """A mail shows an address in clear and belongs to no store, so people limited to stores see none."""
    return SandboxMail.objects.all() if scope.all_stores else SandboxMail.objects.none()


def sandbox_mails(
    *, q: str, campaign_id: int | None, cursor: str | None, limit: int, scope: Scope
) -> Page[SandboxMail]:
    """Newest first; `q` is looked for in address and subject."""
    mails = _visible(scope).defer("html", "text", "headers")
    if campaign_id is not None:
        mails = mails.filter(campaign_id=campaign_id)
    if q:
        mails = mails.filter(to_address__icontains=q) | mails.filter(subject__icontains=q)
    return keyset_page(mails, order="-sent_at", cursor=cursor, limit=limit, with_total=True)


def sandbox_mail(mail_id: int, *, scope: Scope) -> SandboxMail:
    """Raises SandboxMailNotFound."""
    mail = _visible(scope).filter(pk=mail_id).first()
    if mail is None:
        raise SandboxMailNotFound
    return mail
