"""What can be wrong with a file, or with what is asked of it. Rows have reasons (`sentences.py`), files have errors."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, HuikeError, Invalid, NotFound


class ImportNotFound(NotFound):
    code = "import.not_found"
    title = "There is no such import"


class NeedsAllStores(Forbidden):
    code = "import.needs_all_stores"
    title = "A file may hold people and orders of any store; only who sees all stores may handle it"


class FileTooLarge(HuikeError):
    code = "file.too_large"
    status = 413
    title = "The file is larger than this server accepts"


class FileEmpty(Invalid):
    code = "file.empty"
    title = "The file has no rows"


class FileUnreadable(Invalid):
    """`params`: filename, and what the reader said."""

    code = "file.unreadable"
    title = "The file cannot be read as what it claims to be"


class GzipBomb(Invalid):
    code = "file.unpacks_too_large"
    title = "The packed file unpacks to far more than is acceptable"


class QuoteNeverCloses(Invalid):
    code = "file.quote_never_closes"
    title = "A quotation mark in the file is never closed"


class MappingInvalid(Invalid):
    """`errors` names each field or column that does not fit."""

    code = "import.mapping_invalid"
    title = "The mapping does not fit the file"


class MappingNotFound(NotFound):
    code = "mapping.not_found"
    title = "There is no such saved mapping"


class PresetNotFound(NotFound):
    code = "mapping.preset_not_found"
    title = "There is no such preset"


class MappingNameTaken(Conflict):
    """`params.name`."""

    code = "mapping.name_taken"
    title = "Another saved mapping has this name"


class MappingNameInvalid(Invalid):
    code = "mapping.name_invalid"
    title = "A name is 1 to 60 characters, without slashes, and does not begin with a point"


class MappingFileUnreadable(Invalid):
    """`params.words`: what is wrong with it."""

    code = "mapping.file_unreadable"
    title = "This is not a file of a saved mapping"


class ArrivalDiffers(Invalid):
    """The file of this coming was another one."""

    code = "import.arrival_differs"
    title = "Another file was brought under this Idempotency-Key"


class NotNow(Conflict):
    """`params.state` is the state the import is in."""

    code = "import.not_now"
    title = "The import is in a state that does not allow this"


class FileGone(Conflict):
    code = "import.file_gone"
    title = "The file is no longer kept; bring it again"


class RowsRefused(Invalid):
    """Raised by a run with `refuse_all` when the check refused rows; nothing was written."""

    code = "import.rows_refused"
    title = "Some rows were refused, so nothing was imported"


class OrdersChanged(Conflict):
    """`params.orders`: how many orders are no longer what the check of their goods saw; nothing was written."""

    code = "import.orders_changed"
    title = "Orders changed since the check; check the file again"


class NothingToImport(Invalid):
    code = "import.nothing_to_import"
    title = "Every row was refused; there is nothing to import"
