"""What can be wrong with a receiver, or with what it receives."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class Unmappable(Invalid):
    """`where` is a place in the payload, `expected` what should be there."""

    code = "receiver.unmappable"
    title = "The shop's message is not what its kind says"


class AmountsDoNotAddUp(Invalid):
    code = "receiver.amounts_do_not_add_up"
    title = "The lines of the order do not come to the total the shop tells"


class ReceiverNotFound(NotFound):
    code = "receiver.not_found"
    title = "There is no such source, or no shop tells it anything"


class SecretMissing(Invalid):
    code = "receiver.secret_missing"
    title = "A receiver needs the secret its shop signs with"


class ClientIdMissing(Invalid):
    code = "receiver.client_id_missing"
    title = "Youzan signs with a client id and a secret; enter both"


class DeliveryNotFound(NotFound):
    code = "receiver.delivery_not_found"
    title = "There is no such delivery"


class ReceiverBusy(Conflict):
    code = "receiver.delivery_waiting"
    title = "This delivery waits for its turn already"


class WholeHouseOnly(Forbidden):
    code = "receiver.whole_house_only"
    title = "A shop tells of orders of any store; only who sees all stores may handle its deliveries"
