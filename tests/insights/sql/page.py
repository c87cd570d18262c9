"""The tables of `docs/operating/sql.md`, as they are declared. `python -m tests.insights.sql.page` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs/operating/sql.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"


def told() -> str:
    from huike.insights.sql.views import VIEWS

    parts = [BEGIN]
    for view in VIEWS.values():
        parts.append(f"\n### `{view.name}`: {view.words.en} ({view.words.zh})\n")
        parts.append("| column | type | meaning | |\n|---|---|---|---|")
        for column in view.columns:
            words = f"{column.words.en} ({column.words.zh})"
            if column.choices:
                words += ": " + ", ".join(f"`{value}`" for value in column.choices)
            if column.opens and column.opens != view.name:
                words += f" → `{column.opens}`"
            mask = view.spec.masks[column.of[0]].value if view.spec and column.of and view.is_masked(column) else ""
            parts.append(f"| `{column.name}` | {column.type} | {words} | {f'masked: {mask}' if mask else ''} |")
    return "\n".join([*parts, END])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")
    import django

    django.setup()
    text = PAGE.read_text()
    PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: told(), text, flags=re.DOTALL))
