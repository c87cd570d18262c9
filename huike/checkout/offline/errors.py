"""Why a till, or a line of its queue, is refused."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class TillUnknown(NotFound):
    code = "till.unknown"
    title = "There is no such till"


class TillRevoked(Forbidden):
    code = "till.revoked"
    title = "The till was revoked"


class TillNameTaken(Conflict):
    code = "till.name_taken"
    title = "There is a till of this name"


class TillKeyInvalid(Invalid):
    code = "till.key_invalid"
    title = "A till's key is 32 bytes of an Ed25519 public key, in base64"


class SignatureWrong(Forbidden):
    code = "till.signature"
    title = "This was not signed by the till's key"


class ItemMalformed(Invalid):
    code = "till.item_malformed"
    title = "This is not a line of a till's queue"


class SequenceReused(Conflict):
    code = "till.sequence_reused"
    title = "The till used this number for something else"


class OfflineLimit(Conflict):
    code = "till.offline_limit"
    title = "The till may not burn so many points without the server"


class CouponsNeedTheServer(Conflict):
    code = "till.coupons_offline"
    title = "Coupons need the server"


class OtherSource(Conflict):
    code = "till.other_source"
    title = "The till speaks for another source"


class ItemNotFound(NotFound):
    code = "till.item_not_found"
    title = "There is no such line of a queue"


class ItemNotWaiting(Conflict):
    code = "till.item_not_waiting"
    title = "The line is taken or dismissed already"
