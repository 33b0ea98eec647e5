"""Which part of a workbook points to which."""

from __future__ import annotations

import posixpath

from nagamochi.retrieval.forms.workbook_zip import WorkbookZip, inside_zip

RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def main_part(workbook: WorkbookZip) -> str:
    """The path of the part that lists the sheets; empty where there is none."""
    return next((path for kind, path in relations(workbook, "").values() if kind == "officeDocument"), "")


def sheet_paths(workbook: WorkbookZip) -> dict[str, str]:
    """Paths of the worksheets in the zip, by their titles."""
    main = main_part(workbook)
    parts = relations(workbook, main)
    sheets = workbook.tree(main).iterfind("{*}sheets/{*}sheet")
    targets = ((sheet.get("name", ""), parts.get(sheet.get(f"{RELATION_ID}id", ""))) for sheet in sheets)
    return {title: part[1] for title, part in targets if part is not None and part[0] == "worksheet"}


def relations(workbook: WorkbookZip, part: str) -> dict[str, tuple[str, str]]:
    """What a part points to: by id, its kind and its path, empty where it lies outside the workbook."""
    folder, name = posixpath.split(part)
    relation_part = posixpath.join(folder, "_rels", f"{name}.rels")
    if relation_part not in workbook:
        return {}
    return {
        relation.get("Id", ""): (
            posixpath.basename(relation.get("Type", "")),
            "" if relation.get("TargetMode") == "External" else inside_zip(folder, relation.get("Target", "")),
        )
        for relation in workbook.tree(relation_part)
    }
