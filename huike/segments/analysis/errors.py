"""What can be wrong with what is asked of an analysis."""

from __future__ import annotations

from huike.kernel.errors import Invalid


class AnalysisInvalid(Invalid):
    """`errors` names each part by its path: `dimensions.0.edges`."""

    code = "analysis.invalid"
    title = "The analysis cannot be made like this"
