"""What can be wrong with a template, a message, or a receipt."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


class TemplateNotFound(NotFound):
    code = "template.not_found"
    title = "There is no such template"


class TemplateInvalid(Invalid):
    code = "template.invalid"
    title = "The template cannot be used as it is"


class TemplateInUse(Conflict):
    code = "template.in_use"
    title = "A campaign that is not finished uses this template"


class VariablesMissing(Invalid):
    """`params.missing` lists the variables that have no value for this person."""

    code = "template.variables_missing"
    title = "The template needs something that is not known about this person"


class LinkUnsafe(Invalid):
    code = "template.link_unsafe"
    title = "A link must begin with https://, http://, mailto: or tel:"


class MessageNotFound(NotFound):
    code = "message.not_found"
    title = "There is no such message, or you may not see it"


class MessageNotResendable(Conflict):
    code = "message.not_resendable"
    title = "Only a message that may not have arrived, or was given up, can be sent again"


class DispatchStateWrong(Conflict):
    code = "dispatch.state_wrong"
    title = "The messages cannot be started, paused or stopped in their present state"


class NoticeUnreadable(Invalid):
    code = "bounce.unreadable"
    title = "This is not a delivery status notification (RFC 3464) about a message of this house"
