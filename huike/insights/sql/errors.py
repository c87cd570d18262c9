"""What can be wrong with a question, and with asking it."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, HuikeError, Invalid, NotFound


class SqlNeedsAllStores(Forbidden):
    """What a free question shows cannot be kept to some stores."""

    code = "sql.needs_all_stores"
    title = "Only who sees all stores may ask in SQL"


class SqlRefused(Invalid):
    """The question reaches for what is closed. One error, whose code is `sql.` and:

    `not_a_question` no SELECT, WITH or VALUES · `not_one_question` several statements · `table`, `table_function`,
    `function` none of those there are (`params.name`) · `qualified` a schema or catalogue before a name · `version` of
    another moment · `name` a WITH that is called like what is closed · `construct` a part of SQL not known here.
    `params`: name, line, column (from 1), where they are known.
    """

    code = "sql.refused"
    title = "This cannot be asked here"


class SqlInvalid(Invalid):
    """The question is not understood: one error `sql.unreadable` with `message`, the engine's words, line, column."""

    code = "sql.invalid"
    title = "The question is not understood"


class SqlAlreadyAsking(Conflict):
    code = "sql.already_asking"
    title = "Another question of yours is still being answered"


class SqlAllBusy(HuikeError):
    code = "sql.all_busy"
    status = 503
    title = "As many questions as may be are being answered; try again in a moment"


class SavedQueryNotFound(NotFound):
    code = "sql.saved_not_found"
    title = "There is no such saved query"


class SavedQueryNameTaken(Conflict):
    code = "sql.saved_name_taken"
    title = "A saved query of yours has this name already"
