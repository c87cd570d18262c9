"""Writes: endpoints, their secrets, sending again, forgetting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from huike.platform import audit, clock, outbox
from huike.platform.config import get_config
from huike.platform.outward.addresses import accepted_url, policy_of
from huike.platform.signals import nudge
from huike.staff.access import Principal
from huike.webhooks import intake, selectors
from huike.webhooks.catalogue import PUBLIC, TEST_TYPE
from huike.webhooks.errors import (
    DeliveryWaiting,
    EndpointOff,
    PersonNotForYou,
    ReplayTooLarge,
    TooManyEndpoints,
    UnknownEventType,
    WholeHouseOnly,
)
from huike.webhooks.models import Delivery, Endpoint, Secret
from huike.webhooks.signing import new_secret, seal

ENDPOINTS_AT_MOST: Final = 50
DELIVERIES_KEPT: Final = timedelta(days=30)
REPLAY_AT_MOST: Final = 50_000
_FORGET_AT_ONCE: Final = 20_000
_AS_NEW: Final[dict[str, Any]] = {
    "state": Delivery.State.PENDING,
    "tries": 0,
    "claim": None,
    "claimed_until": None,
    "finished_at": None,
}


def create_endpoint(
    principal: Principal, *, url: str, description: str, event_types: Sequence[str], includes_person: bool
) -> tuple[str, Endpoint]:
    """A new endpoint, on, and its secret, which is shown this once.

    Raises UrlRefused, UnknownEventType, PersonNotForYou, WholeHouseOnly, TooManyEndpoints.
    """
    _demand_whole_house(principal)
    if Endpoint.objects.count() >= ENDPOINTS_AT_MOST:
        raise TooManyEndpoints(at_most=ENDPOINTS_AT_MOST)
    with transaction.atomic():
        endpoint = Endpoint.objects.create(
            url=_accepted(url),
            description=description,
            event_types=_known(event_types),
            includes_person=_may_include(principal, includes_person),
            created_by=principal.label[:120],
        )
        shown = _give_secret(endpoint)
        _record(principal, "create_webhook", endpoint)
    return shown, endpoint


def change_endpoint(principal: Principal, endpoint_id: int, **changes: Any) -> Endpoint:
    """Change what is given of `url`, `description`, `event_types`, `includes_person`. Raises as `create_endpoint`."""
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        moved = "url" in changes and _accepted(changes["url"]) != endpoint.url
        if "url" in changes:
            endpoint.url = _accepted(changes["url"])
        if "description" in changes:
            endpoint.description = changes["description"]
        if "event_types" in changes:
            endpoint.event_types = _known(changes["event_types"])
        wanted = changes.get("includes_person", endpoint.includes_person)
        # Whoever sends what another may see to a new address must be allowed to see it too.
        if wanted != endpoint.includes_person or (wanted and moved):
            endpoint.includes_person = _may_include(principal, wanted)
        if moved:
            endpoint.failing_since_at = endpoint.held_until_at = None
        endpoint.save()
        _record(principal, "change_webhook", endpoint, changed=sorted(changes))
    return endpoint


def enable_endpoint(principal: Principal, endpoint_id: int) -> Endpoint:
    """Turn it on again; what was waiting goes on, what happened meanwhile was not queued."""
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        if not endpoint.is_enabled:
            endpoint.is_enabled, endpoint.disabled_reason, endpoint.disabled_at = True, "", None
            endpoint.failing_since_at = endpoint.held_until_at = None
            endpoint.save()
            _record(principal, "enable_webhook", endpoint)
    return endpoint


def disable_endpoint(principal: Principal, endpoint_id: int) -> Endpoint:
    """Turn it off: nothing is queued for it, and what waits stays where it is."""
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        if endpoint.is_enabled:
            endpoint.is_enabled, endpoint.disabled_at = False, clock.now()
            endpoint.disabled_reason = Endpoint.DisabledReason.PERSON
            endpoint.save()
            _record(principal, "disable_webhook", endpoint, reason="person")
    return endpoint


def delete_endpoint(principal: Principal, endpoint_id: int) -> None:
    """Remove it with its secrets and its log."""
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        _record(principal, "delete_webhook", endpoint)
        endpoint.delete()


def rotate_secret(principal: Principal, endpoint_id: int, *, overlap: timedelta) -> tuple[str, Endpoint]:
    """A new secret, shown this once; the one before signs too until `overlap` is over."""
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        endpoint.secrets.filter(ends_at__isnull=True).update(ends_at=clock.now() + overlap)
        shown = _give_secret(endpoint)
        _record(principal, "rotate_webhook_secret", endpoint)
    return shown, endpoint


def send_test(principal: Principal, endpoint_id: int) -> Delivery:
    """Queue a delivery that means nothing, to see whether it arrives. Raises EndpointOff."""
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        _demand_on(endpoint)
        now = clock.now()
        nudge(intake.topic_of(endpoint_id))
        return Delivery.objects.create(
            endpoint=endpoint,
            message_id=intake.new_message_id(),
            type=TEST_TYPE,
            data={"sent_by": principal.label},
            occurred_at=now,
            due_at=now,
        )


def replay(principal: Principal, endpoint_id: int, delivery_id: int) -> Delivery:
    """Send one ended delivery again, under its own id. Raises DeliveryNotFound, DeliveryWaiting, EndpointOff."""
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        _demand_on(endpoint)
        selectors.delivery(principal.scope, endpoint_id, delivery_id)
        ended = Delivery.objects.filter(pk=delivery_id).exclude(state=Delivery.State.PENDING)
        if not ended.update(**_AS_NEW, due_at=clock.now()):
            raise DeliveryWaiting
        _record(principal, "replay_webhook_delivery", endpoint, delivery_id=delivery_id)
    return Delivery.objects.get(pk=delivery_id)


def replay_range(
    principal: Principal, endpoint_id: int, *, what: str, starts_at: datetime, ends_at: datetime | None
) -> int:
    """Send again what failed, or (`what="all"`) everything that happened in [starts_at, ends_at), also what was never
    queued because the endpoint was off or not there yet. How many will be sent.

    Raises EndpointOff, ReplayTooLarge.
    """
    ends_at = ends_at or clock.now()
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        _demand_on(endpoint)
        ended = Delivery.objects.filter(endpoint=endpoint, occurred_at__gte=starts_at, occurred_at__lt=ends_at)
        ended = ended.exclude(state=Delivery.State.PENDING).exclude(type=TEST_TYPE)
        if what == "failed":
            ended = ended.filter(state=Delivery.State.FAILED)
        missing = _never_queued(endpoint, starts_at, ends_at) if what == "all" else []
        count = ended.count() + len(missing)
        if count > REPLAY_AT_MOST:
            raise ReplayTooLarge(count=count, at_most=REPLAY_AT_MOST)
        ended.update(**_AS_NEW, due_at=clock.now())
        intake.queue(missing, endpoints=[endpoint])
        details = {"what": what, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "count": count}
        _record(principal, "replay_webhook", endpoint, **details)
    return count


def _never_queued(endpoint: Endpoint, starts_at: datetime, ends_at: datetime) -> list[outbox.StoredEvent]:
    names = {PUBLIC[name].source.name for name in endpoint.event_types if name in PUBLIC}
    found = outbox.kept(names, starts_at=starts_at, ends_at=ends_at, limit=REPLAY_AT_MOST + 1)
    queued = set(
        Delivery.objects.filter(endpoint=endpoint, event_id__in=[event.id for event in found]).values_list(
            "event_id", flat=True
        )
    )
    return [event for event in found if event.id not in queued]


def forget_finished(now: datetime) -> int:
    """Delete deliveries that ended, or waited for an endpoint that stays off, more than DELIVERIES_KEPT ago."""
    limit = now - DELIVERIES_KEPT
    old = Q(finished_at__lt=limit) | Q(created_at__lt=limit, state=Delivery.State.PENDING, endpoint__is_enabled=False)
    ids = list(Delivery.objects.filter(old).values_list("pk", flat=True)[:_FORGET_AT_ONCE])
    return Delivery.objects.filter(pk__in=ids).delete()[1].get("webhooks.Delivery", 0)


def _locked(principal: Principal, endpoint_id: int) -> Endpoint:
    selectors.endpoint(principal.scope, endpoint_id)
    return Endpoint.objects.select_for_update().get(pk=endpoint_id)


def _demand_whole_house(principal: Principal) -> None:
    if not principal.scope.all_stores:
        raise WholeHouseOnly


def _demand_on(endpoint: Endpoint) -> None:
    if not endpoint.is_enabled:
        raise EndpointOff


def _accepted(url: str) -> str:
    return accepted_url(url, policy=policy_of(get_config().webhook_allowed_networks))


def _known(event_types: Sequence[str]) -> list[str]:
    for name in event_types:
        if name not in PUBLIC:
            raise UnknownEventType(name=name)
    return sorted(set(event_types), key=list(PUBLIC).index)


def _may_include(principal: Principal, wanted: bool) -> bool:
    if wanted and not principal.may("customers.unmask"):
        raise PersonNotForYou
    return wanted


def _give_secret(endpoint: Endpoint) -> str:
    shown = new_secret()
    Secret.objects.create(endpoint=endpoint, sealed=seal(shown))
    return shown


def _record(principal: Principal, action: str, endpoint: Endpoint, **details: Any) -> None:
    nudge(intake.topic_of(endpoint.pk))
    audit.record(principal.actor, action, subject_kind="webhook", subject_id=endpoint.pk, details=details)
