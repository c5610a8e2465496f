"""Law 4 at a million survey answers: file order, path, user, time zone, locale, threads change nothing."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from pipelines.demo import write_survey_only
from pipelines.reference.pack import load_pack
from tests.support import BASE_PACK, content_hash, environment, kommunebench

MACHINES = {
    "1 thread": {"KOMMUNEBENCH_THREADS": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
    "2 threads": {
        "KOMMUNEBENCH_THREADS": "2",
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "POSIX",
        "PYTHONHASHSEED": "7",
        "USER": "bjørg",
        "LOGNAME": "bjørg",
    },
    "4 threads": {
        "KOMMUNEBENCH_THREADS": "4",
        "TZ": "America/St_Johns",
        "LANG": "tr_TR.UTF-8",
        "USER": "ola nordmann",
        "LOGNAME": "ola nordmann",
        "HOME": "/nowhere",
    },
}


def shuffled_copy(source: Path, target: Path, seed: int) -> None:
    """The same files, created in another order and with other times."""
    files = sorted(p for p in source.rglob("*") if p.is_file())
    rng = random.Random(seed)
    rng.shuffle(files)
    for path in files:
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        moment = rng.randint(1_000_000_000, 1_700_000_000)
        os.utime(copy, (moment, moment))


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("million")
    pack = load_pack([BASE_PACK])
    write_survey_only(out, municipalities=48, respondents=500, periods=("2026",), seed=4, pack=pack)
    return out


def test_a_million_answers_give_the_same_hash_everywhere(million: Path, tmp_path: Path) -> None:
    hashes = {}
    for seed, (name, settings) in enumerate(MACHINES.items()):
        place = tmp_path / f"place-{seed}"
        shuffled_copy(million / "inbox", place / "inbox", seed)
        env = environment(place / "home", (BASE_PACK, million / "reference"), **settings)
        kommunebench("run", "--inbox", place / "inbox", env=env)
        hashes[name] = content_hash(place / "home")
    assert len(set(hashes.values())) == 1, hashes
