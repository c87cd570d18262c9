"""What can go wrong between a question and the lake."""

from __future__ import annotations

from huike.kernel.errors import HuikeError


class LakeUnavailable(HuikeError):
    code = "lake.unavailable"
    status = 503
    title = "The data for this question cannot be read right now"


class LakeFilesUnavailable(LakeUnavailable):
    """Where the lake's files lie cannot be used. `reason` says why: `no_answer`, `no_bucket`, `key_refused`,
    `wrong_region`, `file_gone`, `not_deleted`; the detail says it plainly, and names no key."""

    title = "The place of the lake's files cannot be used"


class LakeEmpty(HuikeError):
    """There is no copy yet: the worker has not made its first round."""

    code = "lake.empty"
    status = 503
    title = "The first copy of the data is still being made"


class QueryTooLarge(HuikeError):
    code = "lake.query_too_large"
    status = 422
    title = "The question needs more memory than is allowed to it"


class QueryCancelled(HuikeError):
    code = "lake.query_cancelled"
    status = 409
    title = "The question was cancelled"


class QueryTooSlow(HuikeError):
    code = "lake.query_too_slow"
    status = 503
    title = "The question took longer than is allowed to it"
