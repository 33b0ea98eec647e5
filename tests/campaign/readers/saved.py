"""What earlier runs have saved: models, plans, memos. Where checksums would refuse every change, it is signed again."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from campaign.readers.archive import Reader, archive, archive_of, files_of, write_files
from campaign.readers.networks import network_files, network_seeds


def model_seeds(_: Path) -> list[bytes]:
    import polars as pl

    from nagamochi.deterioration import fit_competing_hazards, fit_hazards

    pairs = pl.DataFrame(
        {
            "before": [1, 1, 2, 2, 1, 3],
            "after": [1, 2, 3, 2, 3, 3],
            "years": [5.0, 4, 6, 3, 9, 2],
            "age": [1, 2, 9, 4, 2, 5],
        }
    )
    hazards = {"before": "before", "after": "after", "years": "years", "scale": (1, 3)}
    of_types = pairs.with_columns(
        was=pl.when(pl.col("before") > 1).then(pl.lit("crack")), now=pl.when(pl.col("after") > 1).then(pl.lit("leak"))
    )
    models = [
        fit_hazards(pairs, **hazards),
        fit_hazards(pairs, **hazards, covariates=["age"]),
        fit_competing_hazards(of_types, **hazards, type_before="was", type_after="now"),
    ]
    return [json.dumps(model.to_dict()).encode() for model in models]


def write_model(folder: Path, data: bytes) -> None:
    (folder / "model.json").write_bytes(data)


def read_model(folder: Path) -> Any:
    from nagamochi.deterioration import CompetingModel, HazardModel
    from nagamochi.errors import InvalidInput

    try:
        return HazardModel.read(folder / "model.json")
    except InvalidInput:
        return CompetingModel.read(folder / "model.json")


def model_again(model: Any, folder: Path) -> None:
    (folder / "again.json").write_text(json.dumps(model.to_dict()))
    again = type(model).read(folder / "again.json")
    assert again.to_dict() == model.to_dict()
    assert again.names == model.names
    model.hazards()


def plan_seeds(folder: Path) -> list[bytes]:
    from nagamochi import planning
    from nagamochi.network import read_network

    write_files(folder / "town", archive(network_files()))
    write_files(folder / "plain", network_seeds(folder)[1])
    seeds = []
    for name in ("town", "plain"):
        planning.plan_network(read_network(folder / name), budget=20e6, horizon=10).save(folder / f"{name} plan")
        seeds.append(archive_of(folder / f"{name} plan"))
    return seeds


def sign_plan(folder: Path, data: bytes) -> None:
    """Give the summary the digests of its files, and its checksum."""
    from nagamochi.base.records import checksum

    write_files(folder, data)
    try:
        summary = json.loads((folder / "summary.json").read_bytes())
        summary.pop("checksum", None)
        if isinstance(summary.get("files"), dict):
            for name in summary["files"]:
                if (folder / name).is_file():
                    summary["files"][name] = sha256((folder / name).read_bytes()).hexdigest()
        summary["checksum"] = checksum(summary)
        (folder / "summary.json").write_text(json.dumps(summary, ensure_ascii=False), encoding="utf-8")
    except Exception:
        return


def read_plan(folder: Path) -> Any:
    from nagamochi.planning import read_plan

    return read_plan(folder)


def plan_again(plan: Any, folder: Path) -> None:
    from nagamochi.planning import read_plan

    plan.save(folder / "again")
    again = read_plan(folder / "again")
    assert again.cost == plan.cost
    assert (again.plan_of_unit == plan.plan_of_unit).all()


def memo_seeds(folder: Path) -> list[bytes]:
    import sqlite3

    from memo_cases import save
    from nagamochi.planning.memo.store import MemoStore

    with MemoStore(folder / "memo.sqlite") as store:
        save(store, range(3), [2, 3, 7])
    connection = sqlite3.connect(folder / "memo.sqlite")
    rows = connection.execute("SELECT digest, plans, records FROM memo").fetchall()
    connection.close()
    text = "\n".join(",".join(part.hex() for part in row) for row in rows)
    return [archive({"rows": text.encode()}), (folder / "memo.sqlite").read_bytes()]


def write_memo(folder: Path, data: bytes) -> None:
    """Rows with the checksums that they need, or the bytes of a file."""
    import sqlite3

    from nagamochi.planning.memo.row import Row
    from nagamochi.planning.memo.store import MemoStore

    files = files_of(data)
    if "rows" not in files:
        (folder / "memo.sqlite").write_bytes(data)
        return
    MemoStore(folder / "memo.sqlite").close()
    connection = sqlite3.connect(folder / "memo.sqlite", isolation_level=None)
    for line in files["rows"].split(b"\n"):
        parts = [
            bytes.fromhex("".join(re.findall("[0-9a-f]{2}", part.decode(errors="ignore")))) for part in line.split(b",")
        ]
        row = Row(*[*parts, b"", b"", b""][:3])
        connection.execute(
            "INSERT OR IGNORE INTO memo (digest, plans, records, checksum) VALUES (?, ?, ?, ?)", (*row, row.checksum())
        )
    connection.close()


def read_memo(folder: Path) -> Any:
    from memo_cases import load

    return load(folder / "memo.sqlite")


def memo_again(loaded: Any, folder: Path) -> None:
    import numpy as np

    from memo_cases import DIGESTS, SLOTS_OF_PLAN
    from nagamochi.planning.memo.store import MemoStore

    groups, plans, records = loaded
    with MemoStore(folder / "again.sqlite") as store:
        store.save(DIGESTS, SLOTS_OF_PLAN, groups, plans, records)
        again = store.load(DIGESTS, SLOTS_OF_PLAN)
    assert all(np.array_equal(one, other) for one, other in zip(again[:2], loaded[:2], strict=True))
    assert again[2].tobytes() == records.tobytes()


READERS = {
    "model": Reader(model_seeds, write_model, read_model, model_again),
    "plan": Reader(plan_seeds, sign_plan, read_plan, plan_again),
    "memo": Reader(memo_seeds, write_memo, read_memo, memo_again),
}
