"""What can be refused about people and keys."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class UserNotFound(NotFound):
    code = "user.not_found"
    title = "There is no such user"


class EmailTaken(Conflict):
    code = "user.email_taken"
    title = "Somebody already signs in with this e-mail"


class LastOwner(Conflict):
    code = "user.last_owner"
    title = "The last active owner can be neither deactivated nor given another role"


class NotYourself(Conflict):
    code = "user.not_yourself"
    title = "Nobody deactivates themselves"


class PasswordRefused(Invalid):
    code = "password.refused"
    title = "The password is too easy to guess"


class InvitationRefused(NotFound):
    code = "invitation.refused"
    title = "The invitation is unknown, used, replaced or expired"


class ApiKeyNotFound(NotFound):
    code = "api_key.not_found"
    title = "There is no such API key"


class NeedsPerson(Forbidden):
    code = "api_key.needs_person"
    title = "Only a signed-in person can do this, not an API key"


class PermissionNotGrantable(Invalid):
    code = "api_key.permission_not_grantable"
    title = "A key can only hold permissions that its maker holds and that keys may have"


class StoreOutsideScope(Forbidden):
    code = "api_key.store_outside_scope"
    title = "A key cannot see a store that its maker does not see"


class ViewNotFound(NotFound):
    code = "view.not_found"
    title = "There is no such saved view"


class ViewNameTaken(Conflict):
    code = "view.name_taken"
    title = "You already have a view of this name on this page"
