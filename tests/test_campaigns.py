"""A short, fixed part of the campaigns, and what they found."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from campaign import differential, faults, fuzz_readers, metamorphic, power_loss
from campaign.commands import COMMANDS
from campaign.runs import numbers

FINDS = Path(__file__).parent / "campaign" / "finds"


@pytest.mark.parametrize("find", [str(file.relative_to(FINDS)) for file in sorted(FINDS.glob("*/*"))])
def test_what_fuzzing_found_stays_mended(find: str, tmp_path: Path) -> None:
    reader = fuzz_readers.READERS[Path(find).parent.name]
    assert fuzz_readers.tried(reader, (FINDS / find).read_bytes(), tmp_path) in ("refused", "read")


@pytest.mark.parametrize("name", fuzz_readers.READERS)
def test_what_fuzzing_starts_from_is_read(name: str, tmp_path: Path) -> None:
    reader = fuzz_readers.READERS[name]
    (tmp_path / "seeds").mkdir()
    outcomes = []
    for number, seed in enumerate(reader.seeds(tmp_path / "seeds")):
        (tmp_path / str(number)).mkdir()
        outcomes.append(fuzz_readers.tried(reader, seed, tmp_path / str(number)))
    assert "read" in outcomes


@pytest.mark.parametrize("number", range(power_loss.RUNS))
def test_no_loss_of_power_leaves_half_a_result(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power_loss, "MOST_SUBSETS", 12)
    counts = power_loss.run(number, numbers(1, number), tmp_path)
    assert counts["states of the disk"] > counts["crash points"] > 5


def test_power_loss_is_noticed_where_nothing_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nagamochi.base.files.sync", lambda path: None)
    with pytest.raises(AssertionError):
        power_loss.run(len(power_loss.WORKS), numbers(1, 0), tmp_path)


@pytest.mark.parametrize("kind", faults.KINDS)
@pytest.mark.parametrize("name", ["plans", "curves"])
def test_whatever_call_fails_files_are_the_old_or_the_new_ones(name: str, kind: str, tmp_path: Path) -> None:
    counts = faults.faults_of(COMMANDS[name], name, kind, errno.ENOSPC, True, tmp_path)
    assert counts["faults injected"] >= 1


@pytest.mark.parametrize("number", range(len(metamorphic.RELATIONS)))
def test_changes_of_a_network_have_the_effect_that_is_known(number: int, tmp_path: Path) -> None:
    assert metamorphic.run(number, numbers(1, number), tmp_path)


@pytest.mark.parametrize("number", range(2 * len(differential.CASES)))
def test_random_cases_agree_with_oracles(number: int, tmp_path: Path) -> None:
    assert differential.run(number, numbers(1, number), tmp_path)
