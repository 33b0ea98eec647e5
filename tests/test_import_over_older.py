"""An import into the folder of an older one: the new network or the old one, whenever the process dies."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from nagamochi.importers import import_list
from nagamochi.importers.report import LIVES_FILE
from nagamochi.network import read_network

HEADER = "id,橋梁名,架設年度,橋長,幅員,緯度,経度\n"
OLD = HEADER + "1,a,1980,20,6,35,139\n2,b,1970,30,6,35,139\n"
NEW = HEADER + "1,a,1980,90,12,35,139\n2,b,1970,95,12,35,139\n"

IMPORT_AND_DIE = """
import os, sys
from nagamochi.importers import import_list

replace, calls = os.replace, iter(range(1, 100))
os.replace = lambda *paths: os.kill(os.getpid(), 9) if next(calls) == int(sys.argv[3]) else replace(*paths)
import_list(sys.argv[1], sys.argv[2])
"""
IMPORT_ON_AND_ON = """
import sys
from nagamochi.importers import import_list

while True:
    import_list(sys.argv[1], sys.argv[2])
    print("imported", flush=True)
"""


@pytest.fixture
def lists(tmp_path):
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(OLD)
    new.write_text(NEW)
    return old, new


@pytest.fixture
def fingerprints(tmp_path, lists):
    found = []
    for number, file in enumerate(lists):
        import_list(file, tmp_path / f"{number}")
        found.append(read_network(tmp_path / f"{number}").fingerprint)
    return found


def test_a_death_between_any_two_files_leaves_one_network(tmp_path, lists, fingerprints):
    old, new = fingerprints
    folder = tmp_path / "town"
    found = []
    for step in range(1, 8):
        import_list(lists[0], folder)
        (folder / "notes.txt").write_text("the user's own")
        command = [sys.executable, "-c", IMPORT_AND_DIE, lists[1], folder, str(step)]
        died = subprocess.run(command, check=False).returncode == -signal.SIGKILL
        found.append(read_network(folder).fingerprint)
        if not died:
            break
        assert (folder / "ASSUMPTIONS.md").is_file()
        assert (folder / "notes.txt").read_text() == "the user's own"
        import_list(lists[1], folder)
        assert not [name for name in os.listdir(folder) if name.startswith(".")]
    assert found == [old] + [new] * (len(found) - 1)
    assert len(found) == 7  # before the decision, before each of five files, and no death


def test_kill_9_at_any_time_leaves_one_network(tmp_path, lists, fingerprints):
    chance = random.Random(1)
    folder = tmp_path / "town"
    for _ in range(4):
        import_list(lists[0], folder)
        command = [sys.executable, "-c", IMPORT_ON_AND_ON, lists[1], folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            child.stdout.readline()
            time.sleep(chance.uniform(0, 0.1))
            child.kill()
        assert read_network(folder).fingerprint == fingerprints[1]


def test_what_an_older_import_knew_besides_goes_with_it(tmp_path, lists):
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / LIVES_FILE).write_text("of an older import")
    import_list(lists[0], folder)
    assert not (folder / LIVES_FILE).exists()


def test_a_folder_made_by_hand_is_read(tmp_path, lists, fingerprints):
    import_list(lists[0], tmp_path / "town")
    by_hand = tmp_path / "by hand"
    by_hand.mkdir()
    for name in ("bridges.csv", "curves.csv", "costs.csv", "network.csv"):
        (by_hand / name).write_bytes((tmp_path / "town" / name).read_bytes())
    items = tmp_path / "town" / "items.csv"
    if items.exists():
        (by_hand / "items.csv").write_bytes(items.read_bytes())
    assert read_network(by_hand).fingerprint == fingerprints[0]


def test_what_people_wrote_by_hand_stays(tmp_path, lists):
    folder = tmp_path / "town"
    import_list(lists[0], folder, planning_year=2024)
    by_hand = {
        "budget.csv": "year,budget\n1,5000000\n2,5000000\n",
        "works.csv": "bridge_id,year,cost\n1,2,1000000\n",
        "closed.csv": "bridge_id,from,to\n1,1,1\n",
        "retire.csv": "bridge_id,year,cost\n2,9,1000000\n",
        "rows.csv": "name,from_year,to_year,per,budget\nfive years,1,5,total,9000000\n",
    }
    for name, text in by_hand.items():
        (folder / name).write_text(text)
    report = import_list(lists[1], folder, planning_year=2026)
    assert {name: (folder / name).read_text() for name in by_hand} == by_hand
    (notice,) = report.notices
    assert all(name in notice for name in by_hand)
    assert "start in 2027" in notice
    assert notice in (folder / "ASSUMPTIONS.md").read_text()
    network = read_network(folder)
    assert network.budget["budget"].to_list() == [5_000_000, 5_000_000]
    assert network.rows.height == 1
