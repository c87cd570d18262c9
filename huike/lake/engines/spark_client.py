"""Makes PySpark's client importable in any process. To be imported before anything of `pyspark`.

PySpark takes a process whose main module has neither file nor spec (one that was spawned, or works for tests) for its
own doctests, and ends it; and it warns of pandas, which is not used.
"""

import sys
import warnings

_main = sys.modules["__main__"]
_is_nameless = getattr(_main, "__spec__", None) is None and not hasattr(_main, "__file__")
if _is_nameless:
    _main.__file__ = ""
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import pyspark.sql.connect  # noqa: F401
finally:
    if _is_nameless:
        del _main.__file__
