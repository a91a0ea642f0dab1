"""`rollbook generate`: a made-up district as an import sheet, or the same district a while later."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cli.generator.district import District, district
from cli.generator.sheet import write_sheet
from cli.generator.weeks import new_ids, next_week, truncated

VARIANTS = {"next-week": next_week, "truncated": truncated, "new-ids": new_ids}

__all__ = ["VARIANTS", "District", "district", "generate", "variant", "write_sheet"]


def generate(students: int, *, out: Path, today: date, seed: int = 1, variant_name: str | None = None,
             load_type: str | None = None, site_name: str = "") -> list[Path]:
    """Write a district of `students` to `out`; the files written (more than one above 33,000).

    The district itself is handed in as `Add and update`. Its variants tell the whole truth about
    the schools, people who left included, and so are a `Complete list` unless `load_type` says
    otherwise.

    Raises ValueError for an unknown variant, less than 1 student, or a name without `.xlsx`.
    """
    if out.suffix.lower() != ".xlsx":
        raise ValueError("the file name must end in .xlsx")
    made = district(students, seed, today)
    if variant_name is not None:
        made = variant(made, variant_name)
    load_type = load_type or ("Complete list" if variant_name else "Add and update")
    return write_sheet(made, out, load_type=load_type, site_name=site_name)


def variant(made: District, name: str) -> District:
    """`made` changed as `name` says: next-week, truncated or new-ids.

    Raises ValueError for any other name.
    """
    if name not in VARIANTS:
        raise ValueError(f"unknown variant {name!r}; one of: {', '.join(VARIANTS)}")
    return made.changed(VARIANTS[name])
