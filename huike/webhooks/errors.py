"""What can be refused about webhooks."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class EndpointNotFound(NotFound):
    code = "webhook.not_found"
    title = "There is no such webhook"


class DeliveryNotFound(NotFound):
    code = "webhook_delivery.not_found"
    title = "There is no such delivery"


class UnknownEventType(Invalid):
    code = "webhook.unknown_event_type"
    title = "There is no such type of event"


class EndpointOff(Conflict):
    code = "webhook.off"
    title = "The webhook is turned off; turn it on first"


class DeliveryWaiting(Conflict):
    code = "webhook_delivery.waiting"
    title = "The delivery is still to be sent"


class ReplayTooLarge(Invalid):
    code = "webhook.replay_too_large"
    title = "That is more than can be sent again at once; choose a shorter time"


class TooManyEndpoints(Conflict):
    code = "webhook.too_many"
    title = "There are as many webhooks as the house takes"


class WholeHouseOnly(Forbidden):
    code = "webhook.whole_house_only"
    title = "A webhook is told of every store, so only somebody who sees every store may have one"


class PersonNotForYou(Forbidden):
    code = "webhook.person_not_for_you"
    title = "Only somebody who sees personal data in clear may have it sent"
