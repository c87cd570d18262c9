"""Templates, messages, sending rules, the e-mail channel and the sandbox over HTTP."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from huike.channels import selectors as mailbox
from huike.channels import services as channels
from huike.channels import sms
from huike.channels.models import EmailSetup, SandboxMail, SmsSetup
from huike.channels.schemas import (
    EmailChannel,
    EmailChannelIn,
    SandboxMailOut,
    SandboxMailRow,
    SmsChannel,
    SmsChannelIn,
    TestMailIn,
    TestMailOut,
    TestSmsIn,
)
from huike.customers.fields.selectors import specs
from huike.customers.services import normalise_buyer
from huike.kernel.errors import FieldError, Invalid
from huike.messaging import gate, receipts, selectors, services
from huike.messaging.models import Message
from huike.messaging.rendering import VARIABLES, own_variable
from huike.messaging.rules import Limits
from huike.messaging.schemas import (
    AttemptOut,
    Content,
    Contents,
    MessageOut,
    MessageRow,
    MessageState,
    NoticeOut,
    PurposeName,
    ReceiptOut,
    SendingRulesBody,
    StarterOut,
    TemplateChange,
    TemplateIn,
    TemplateOut,
    VariableOut,
)
from huike.messaging.selectors import TemplateWithWords
from huike.messaging.starters import STARTERS
from huike.platform import clock
from huike.platform.api import problems
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["messages"])

Limit = Query(50, ge=1, le=200)
Id = Query(None, ge=1, lt=2**63)
Text = Query("", max_length=200)


@router.get(
    "/templates",
    auth=Requires("templates.read"),
    operation_id="list_templates",
    summary="Templates",
    response={200: PageOf[TemplateOut], **problems()},
)
def list_templates(
    request: HttpRequest,
    q: str = Text,
    purpose: PurposeName | None = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[TemplateOut]:
    page = selectors.templates(q=q, purpose=purpose, cursor=cursor, limit=limit)
    return PageOf(items=[_template(item) for item in page.items], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/templates",
    auth=Requires("templates.write"),
    operation_id="create_template",
    summary="Write a template",
    response={201: TemplateOut, **problems()},
)
def create_template(request: HttpRequest, body: TemplateIn) -> Status[TemplateOut]:
    principal = principal_of(request)
    template = services.create_template(
        principal.actor,
        name=body.name,
        channel=body.channel,
        purpose=body.purpose,
        layout=body.layout,
        contents=words_of(body.contents),
        user_id=principal.user_id,
    )
    return Status(201, _template(selectors.template(template.pk)))


@router.get(
    "/templates/variables",
    auth=Requires("templates.read"),
    operation_id="list_template_variables",
    summary="What a template may say of a person, a coupon, the brand",
    response={200: list[VariableOut], **problems()},
)
def list_template_variables(request: HttpRequest) -> list[VariableOut]:
    own = (own_variable(spec) for spec in specs().values())
    return [VariableOut.model_validate(variable) for variable in (*VARIABLES, *own)]


@router.get(
    "/templates/starters",
    auth=Requires("templates.read"),
    operation_id="list_template_starters",
    summary="Templates to begin with",
    response={200: list[StarterOut], **problems()},
)
def list_template_starters(request: HttpRequest) -> list[StarterOut]:
    return [StarterOut.model_validate(starter) for starter in STARTERS]


@router.get(
    "/templates/{int:id}",
    auth=Requires("templates.read"),
    operation_id="get_template",
    summary="One template",
    response={200: TemplateOut, **problems(404)},
)
def get_template(request: HttpRequest, id: int) -> TemplateOut:
    return _template(selectors.template(id))


@router.patch(
    "/templates/{int:id}",
    auth=Requires("templates.write"),
    operation_id="update_template",
    summary="Change a template; messages already written keep their words",
    response={200: TemplateOut, **problems(404)},
)
def update_template(request: HttpRequest, id: int, body: TemplateChange) -> TemplateOut:
    services.change_template(
        principal_of(request).actor,
        id,
        name=body.name,
        purpose=body.purpose,
        layout=body.layout,
        contents=words_of(body.contents) if body.contents is not None else None,
    )
    return _template(selectors.template(id))


@router.delete(
    "/templates/{int:id}",
    auth=Requires("templates.write"),
    operation_id="delete_template",
    summary="Take a template off the list",
    response={204: None, **problems(404)},
)
def delete_template(request: HttpRequest, id: int) -> Status[None]:
    services.archive_template(principal_of(request).actor, id)
    return Status(204, None)


@router.get(
    "/messages",
    auth=Requires("messages.read"),
    operation_id="list_messages",
    summary="Messages, newest first",
    response={200: PageOf[MessageRow], **problems()},
)
def list_messages(
    request: HttpRequest,
    customer_id: int | None = Id,
    campaign_id: int | None = Id,
    state: MessageState | None = None,
    reason: str | None = Query(None, max_length=80),
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[MessageRow]:
    page = selectors.messages(
        scope=principal_of(request).scope,
        customer_id=customer_id,
        campaign_id=campaign_id,
        state=state,
        reason=reason,
        cursor=cursor,
        limit=limit,
    )
    return PageOf(items=[MessageRow(**_row(item)) for item in page.items], next_cursor=page.next_cursor)


@router.get(
    "/messages/{int:id}",
    auth=Requires("messages.read"),
    operation_id="get_message",
    summary="One message: attempts and what was heard of it",
    response={200: MessageOut, **problems(404)},
)
def get_message(request: HttpRequest, id: int) -> MessageOut:
    return _message(selectors.message(id, scope=principal_of(request).scope))


@router.post(
    "/messages/{int:id}/resend",
    auth=Requires("campaigns.send"),
    operation_id="resend_message",
    summary="Send again a message that may not have arrived; the gate is asked again",
    response={200: MessageOut, **problems(404, 409)},
)
def resend_message(request: HttpRequest, id: int) -> MessageOut:
    principal = principal_of(request)
    selectors.message(id, scope=principal.scope)
    services.resend(principal.actor, id)
    return _message(selectors.message(id, scope=principal.scope))


@router.post(
    "/bounces",
    auth=Requires("messages.report"),
    operation_id="report_bounce",
    summary="Hand in a bounce (RFC 3464) or complaint (RFC 5965) as the raw message",
    response={200: NoticeOut, **problems()},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def report_bounce(request: HttpRequest) -> NoticeOut:
    message_id, kind = receipts.take_in_notice(request.body, now=clock.now())
    return NoticeOut.model_validate({"message_id": message_id, "kind": kind})


@router.get(
    "/sending-rules",
    auth=Requires("campaigns.read"),
    operation_id="get_sending_rules",
    summary="How often and when marketing may write to a person",
    response={200: SendingRulesBody, **problems()},
)
def get_sending_rules(request: HttpRequest) -> SendingRulesBody:
    return _rules(gate.limits())


@router.put(
    "/sending-rules",
    auth=Requires("channels.manage"),
    operation_id="set_sending_rules",
    summary="Set how often and when marketing may write to a person",
    response={200: SendingRulesBody, **problems()},
)
def set_sending_rules(request: HttpRequest, body: SendingRulesBody) -> SendingRulesBody:
    if (body.quiet_from is None) != (body.quiet_until is None):
        raise Invalid(errors=[FieldError("body.quiet_until", "sending_rules.quiet_incomplete")])
    limits = Limits(
        cap_messages=body.cap_messages,
        cap_days=body.cap_days,
        quiet_from=body.quiet_from and body.quiet_from.replace(tzinfo=None),
        quiet_until=body.quiet_until and body.quiet_until.replace(tzinfo=None),
    )
    services.change_sending_rules(principal_of(request).actor, limits)
    return _rules(gate.limits())


@router.get(
    "/channels/email",
    auth=Requires("channels.manage"),
    operation_id="get_email_channel",
    summary="How e-mail leaves",
    response={200: EmailChannel, **problems()},
)
def get_email_channel(request: HttpRequest) -> EmailChannel:
    return _channel(channels.email_setup())


@router.put(
    "/channels/email",
    auth=Requires("channels.manage"),
    operation_id="set_email_channel",
    summary="Set the mail server and the sender",
    response={200: EmailChannel, **problems()},
)
def set_email_channel(request: HttpRequest, body: EmailChannelIn) -> EmailChannel:
    return _channel(channels.configure_email(principal_of(request).actor, **body.model_dump()))


@router.delete(
    "/channels/email",
    auth=Requires("channels.manage"),
    operation_id="delete_email_channel",
    summary="Back to the sandbox",
    response={204: None, **problems()},
)
def delete_email_channel(request: HttpRequest) -> Status[None]:
    channels.forget_email(principal_of(request).actor)
    return Status(204, None)


@router.post(
    "/channels/email/test",
    auth=Requires("channels.manage"),
    operation_id="test_email_channel",
    summary="Send a test mail by the stored settings",
    response={200: TestMailOut, **problems(409)},
)
def test_email_channel(request: HttpRequest, body: TestMailIn) -> TestMailOut:
    result = channels.send_test_mail(to_address=body.to)
    return TestMailOut(ok=result.ok, code=result.code, detail=result.detail)


@router.get(
    "/channels/sms",
    auth=Requires("channels.manage"),
    operation_id="get_sms_channel",
    summary="How SMS leaves",
    response={200: SmsChannel, **problems()},
)
def get_sms_channel(request: HttpRequest) -> SmsChannel:
    return _sms_channel(sms.sms_setup())


@router.put(
    "/channels/sms",
    auth=Requires("channels.manage"),
    operation_id="set_sms_channel",
    summary="Set the SMS gateway and the signature",
    response={200: SmsChannel, **problems()},
)
def set_sms_channel(request: HttpRequest, body: SmsChannelIn) -> SmsChannel:
    return _sms_channel(sms.configure_sms(principal_of(request).actor, **body.model_dump()))


@router.delete(
    "/channels/sms",
    auth=Requires("channels.manage"),
    operation_id="delete_sms_channel",
    summary="Back to the sandbox",
    response={204: None, **problems()},
)
def delete_sms_channel(request: HttpRequest) -> Status[None]:
    sms.forget_sms(principal_of(request).actor)
    return Status(204, None)


@router.post(
    "/channels/sms/test",
    auth=Requires("channels.manage"),
    operation_id="test_sms_channel",
    summary="Send a test SMS by the stored settings",
    response={200: TestMailOut, **problems(409)},
)
def test_sms_channel(request: HttpRequest, body: TestSmsIn) -> TestMailOut:
    result = sms.send_test_sms(to_number=normalise_buyer("phone", body.to))
    return TestMailOut(ok=result.ok, code=result.code, detail=result.detail)


@router.get(
    "/sandbox-mails",
    auth=Requires("messages.read"),
    operation_id="list_sandbox_mails",
    summary="Mail that stayed in the product because no server is set",
    response={200: PageOf[SandboxMailRow], **problems()},
)
def list_sandbox_mails(
    request: HttpRequest,
    q: str = Text,
    campaign_id: int | None = Id,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[SandboxMailRow]:
    page = mailbox.sandbox_mails(
        q=q, campaign_id=campaign_id, cursor=cursor, limit=limit, scope=principal_of(request).scope
    )
    return PageOf(
        items=[SandboxMailRow(**_sandbox_row(item)) for item in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.get(
    "/sandbox-mails/{int:id}",
    auth=Requires("messages.read"),
    operation_id="get_sandbox_mail",
    summary="One mail of the sandbox",
    response={200: SandboxMailOut, **problems(404)},
)
def get_sandbox_mail(request: HttpRequest, id: int) -> SandboxMailOut:
    mail = mailbox.sandbox_mail(id, scope=principal_of(request).scope)
    return SandboxMailOut(
        **_sandbox_row(mail), sender=mail.from_header, html=mail.html, text=mail.text, headers=mail.headers
    )


def words_of(contents: Contents) -> dict[str, dict[str, str]]:
    return {language: content.model_dump() for language, content in contents.items()}


def _template(found: TemplateWithWords) -> TemplateOut:
    channel: Literal["email"] = "email"
    return TemplateOut(
        id=found.template.pk,
        name=found.template.name,
        channel=channel,
        purpose=found.template.purpose,
        layout=found.version.layout,
        version=found.template.version,
        contents={language: Content(**words) for language, words in found.version.contents.items()},
        created_at=found.template.created_at,
        updated_at=found.template.updated_at,
    )


def _row(message: Message) -> dict[str, Any]:
    return {
        "id": message.pk,
        "customer_id": message.customer_id,
        "customer_name": message.customer.name,
        "campaign_id": message.campaign_id,
        "arm": message.arm,
        "channel": message.channel,
        "purpose": message.purpose,
        "language": message.language,
        "state": message.state,
        "reason": message.reason,
        "created_at": message.created_at,
        "sent_at": message.sent_at,
        "delivered_at": message.delivered_at,
        "opened_at": message.opened_at,
        "clicked_at": message.clicked_at,
        "unsubscribed_at": message.unsubscribed_at,
        "bounced_at": message.bounced_at,
        "complained_at": message.complained_at,
    }


def _message(message: Message) -> MessageOut:
    return MessageOut(
        **_row(message),
        attempts=[
            AttemptOut(at=a.at, outcome=a.outcome, code=a.code, detail=a.detail)
            for a in selectors.attempts_of(message.pk)
        ],
        receipts=[
            ReceiptOut(kind=r.kind, at=r.at, link_number=r.link_number, detail=r.detail)
            for r in selectors.receipts_of(message.pk)
        ],
    )


def _rules(limits: Limits) -> SendingRulesBody:
    return SendingRulesBody(
        cap_messages=limits.cap_messages,
        cap_days=limits.cap_days,
        quiet_from=limits.quiet_from,
        quiet_until=limits.quiet_until,
    )


def _channel(setup: EmailSetup | None) -> EmailChannel:
    if setup is None:
        identity = channels.sender()
        setup = EmailSetup(
            mode=EmailSetup.Mode.SANDBOX, from_name=identity.from_name, from_address=identity.from_address
        )
    return EmailChannel(
        mode=setup.mode,
        host=setup.host,
        port=setup.port,
        security=setup.security,
        username=setup.username,
        has_password=bool(setup.password_encrypted),
        from_name=setup.from_name,
        from_address=setup.from_address,
        reply_to=setup.reply_to,
        bounce_address=setup.bounce_address,
        rate_per_second=setup.rate_per_second,
        connections_count=setup.connections_count,
    )


def _sms_channel(setup: SmsSetup | None) -> SmsChannel:
    return SmsChannel(
        mode="gateway" if setup is not None and setup.mode == SmsSetup.Mode.GATEWAY else "sandbox",
        url=setup.url if setup else "",
        has_secret=bool(setup and setup.secret_encrypted),
        signature=sms.signature(),
    )


def _sandbox_row(mail: SandboxMail) -> dict[str, Any]:
    return {
        "id": mail.pk,
        "channel": mail.channel,
        "to": mail.to_address,
        "subject": mail.subject,
        "sent_at": mail.sent_at,
        "campaign_id": mail.campaign_id,
        "message_id": mail.message_id,
    }
