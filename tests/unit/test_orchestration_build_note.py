"""What is known of the build file beside it."""

from __future__ import annotations

from pathlib import Path

from pipelines.orchestration import build_note
from pipelines.orchestration.build_note import BuildNote
from pipelines.settings import Settings


def test_a_note_is_kept_marked_and_forgotten(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, reference=(), inboxes=())
    assert build_note.read(settings) is None
    build_note.mark_tested(settings, True)
    assert build_note.read(settings) is None, "no verdict without a build"
    note = BuildNote("1.0+abc", "f" * 64, ("a", "b"))
    build_note.write(settings, note)
    assert build_note.read(settings) == note
    build_note.mark_tested(settings, True)
    found = build_note.read(settings)
    assert found is not None
    assert found.is_tested
    build_note.forget(settings)
    assert build_note.read(settings) is None


def test_a_torn_note_counts_as_none(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, reference=(), inboxes=())
    settings.build_dir.mkdir()
    (settings.build_dir / "build.json").write_text('{"code_version": "1')
    assert build_note.read(settings) is None
