"""Many dimensions at once: attributes crossed with each other, segments held against each other, how a figure is
spread, which figures go together. Everything is asked of the lake by the same expressions on every engine, and every
number can be opened as a rule (`docs/algorithms/analysis.md`)."""
