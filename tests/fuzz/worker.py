"""Reads damaged files one after the other and prints a line of JSON before and after each.

A process of its own, so that a crash below Python, a hang or a swollen memory is seen from outside and
laid at the right file's door.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time

from pipelines.ingest.mapping import load_mapping_file
from tests.fuzz.mutations import Original, damaged
from tests.unit.test_ingest_support import parse

MEBIBYTE = 1024


def main(seed: int, numbers: range) -> None:
    # The reader logs the traceback of a fault of its own, which is what is looked for here.
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    for number in numbers:
        original, content = damaged(number, seed)
        _say(number=number, file=original.name)
        before = time.process_time()
        fault = _read(original, content)
        _say(
            number=number,
            file=original.name,
            seconds=time.process_time() - before,
            # The highest so far: Linux gives kibibytes.
            mebibytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEBIBYTE,
            fault=fault,
        )


def _read(original: Original, content: bytes) -> str | None:
    mapping = load_mapping_file(original.mapping) if original.mapping else None
    try:
        deliveries = parse(content, original.name, mapping=mapping, kind=original.kind)
    except BaseException as error:  # noqa: BLE001 (a panic of the Rust reader is no Exception, and counts)
        return f"{type(error).__name__}: {error}"[:300]
    if not deliveries:
        return "no delivery at all"
    rules = {d.rejection.rule for d in deliveries if d.rejection}
    return "internal_error" if "internal_error" in rules else None


def _say(**told: object) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), range(int(sys.argv[2]), int(sys.argv[3])))
