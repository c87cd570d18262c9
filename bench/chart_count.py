"""Draws what bench_count.py printed: the time of a count against the number of customers, each rule a line, each engine
a panel. `python bench/chart_count.py FIGURES.jsonl… CHART.svg`; `make bench-chart` measures and draws."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

WORDS = {"duckdb": "DuckDB, in the process", "spark": "Spark, two workers on the same machine"}


def draw(figures: Iterable[dict[str, Any]], file: Path) -> None:
    lines: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for told in figures:
        if told["bench"] == "count" and told["unit"] == "ms":
            rule = told["case"].partition("@")[0]
            lines[told["sizes"]["engine"]][rule][told["sizes"]["customers"]] = told["value"]
    mpl.rcParams |= {"svg.hashsalt": "huike", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}
    figure, panels = plt.subplots(
        1, len(lines), figsize=(5.2 * len(lines), 4.4), sharex=True, sharey=True, squeeze=False
    )
    for panel, (engine, rules) in zip(panels[0], sorted(lines.items()), strict=True):
        for rule, points in rules.items():
            sizes = sorted(points)
            panel.plot(sizes, [points[size] for size in sizes], marker="o", markersize=4, label=rule)
        panel.set(title=WORDS[engine], xlabel="customers", xscale="log", yscale="log")
        panel.grid(which="major", alpha=0.25)
    panels[0][0].set_ylabel("milliseconds, median")
    panels[0][0].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def figures_in(*files: str) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files for line in Path(file).read_text().splitlines() if line]


if __name__ == "__main__":
    *told_in, chart = sys.argv[1:]
    draw(figures_in(*told_in), Path(chart))
