"""Publishing a file: whole or not at all, and never over what a person has open or has changed."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

import pytest

from duebook.errors import OutOfRangeError
from duebook_etl.publish import Publication, folder_problem, publish_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Desk:
    """Publishes at one path, and remembers what it published there, as a store does."""

    def __init__(self, path: Path) -> None:
        """Begin at a path, with nothing published."""
        self.path = path
        self.run = 0
        self.digests: set[str] = set()

    def publish(self, content: str, write: Callable[[Path], None] | None = None) -> Publication:
        """Publish a file of this content."""
        self.run += 1
        return publish_file(
            self.path,
            write or (lambda path: path.write_text(content)),
            ours=frozenset(self.digests),
            beside=f"(2026-06-30 run {self.run})",
            about_to=self.digests.add,
        )

    def names(self) -> list[str]:
        """Return the names of all files in the folder."""
        return sorted(path.name for path in self.path.parent.iterdir())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "out" / "portfolio.xlsx")


def test_the_first_file_is_published_in_a_new_folder(desk: Desk):
    publication = desk.publish("one")
    assert publication == Publication("published", desk.path, None)
    assert desk.path.read_text() == "one"
    assert desk.digests == {hashlib.sha256(b"one").hexdigest()}
    assert desk.names() == ["portfolio.xlsx"]


def test_our_own_file_is_replaced_and_keeps_its_rights(desk: Desk):
    desk.publish("one")
    desk.path.chmod(0o664)
    assert desk.publish("two").status == "published"
    assert desk.path.read_text() == "two"
    assert stat.S_IMODE(desk.path.stat().st_mode) == 0o664


@pytest.mark.parametrize("mark", ["~$portfolio.xlsx", ".~lock.portfolio.xlsx#"])
def test_a_file_that_is_open_is_left_alone_until_it_is_closed(desk: Desk, mark: str):
    desk.publish("one")
    lock = desk.path.with_name(mark)
    lock.touch()
    publication = desk.publish("two")
    assert publication.status == "beside"
    assert publication.file == desk.path.with_name("portfolio (2026-06-30 run 2).xlsx")
    assert publication.message == (
        f"portfolio.xlsx is open ({mark} is there): it was left alone, and the new file is "
        "portfolio (2026-06-30 run 2).xlsx."
    )
    assert (desk.path.read_text(), publication.file.read_text()) == ("one", "two")
    lock.unlink()
    assert desk.publish("three").status == "published"
    assert desk.path.read_text() == "three"


def test_a_file_that_a_person_changed_is_left_alone_until_it_is_moved_away(desk: Desk):
    desk.publish("one")
    desk.path.write_text("one, with my notes")
    publication = desk.publish("two")
    assert publication.status == "beside"
    assert "portfolio.xlsx was changed since it was published" in str(publication.message)
    assert desk.path.read_text() == "one, with my notes"
    desk.path.rename(desk.path.with_name("mine.xlsx"))
    assert desk.publish("three").status == "published"
    assert desk.path.with_name("mine.xlsx").read_text() == "one, with my notes"


def test_a_changed_file_that_is_unchanged_again_is_replaced(desk: Desk):
    desk.publish("one")
    desk.path.write_text("changed")
    desk.publish("two")
    desk.path.write_text("one")
    assert desk.publish("three").status == "published"


def test_the_file_beside_put_in_the_place_by_hand_is_ours(desk: Desk):
    desk.publish("one")
    desk.path.write_text("changed")
    beside = desk.publish("two").file
    assert beside is not None
    beside.replace(desk.path)
    assert desk.publish("three").status == "published"


def test_a_file_that_was_never_ours_is_left_alone(desk: Desk):
    desk.path.parent.mkdir()
    desk.path.write_text("somebody's")
    publication = desk.publish("one")
    assert publication.status == "beside"
    assert "portfolio.xlsx is not one of ours" in str(publication.message)
    assert desk.path.read_text() == "somebody's"


def test_the_new_file_is_on_record_before_it_is_in_its_place(desk: Desk):
    desk.publish("one")
    seen: list[str] = []

    def killed(digest: str) -> None:
        seen.append(desk.path.read_text())
        desk.digests.add(digest)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish_file(desk.path, lambda p: p.write_text("two"), ours=desk.digests, beside="x", about_to=killed)
    assert (seen, desk.path.read_text(), desk.names()) == (["one"], "one", ["portfolio.xlsx"])
    assert desk.publish("three").status == "published"


def test_what_cannot_be_written_leaves_the_last_file_and_no_litter(desk: Desk):
    desk.publish("one")

    def too_large(path: Path) -> None:
        path.write_text("half")
        raise OutOfRangeError("items: 2,000,000 rows are more than a sheet holds.")

    assert desk.publish("", too_large) == Publication(
        "failed", None, "items: 2,000,000 rows are more than a sheet holds."
    )

    def full(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    assert desk.publish("", full) == Publication(
        "failed", None, f"{desk.path} cannot be written: No space left on device."
    )
    assert (desk.path.read_text(), desk.names()) == ("one", ["portfolio.xlsx"])


def test_a_file_that_the_system_will_not_replace_gets_another_beside(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    # What Windows does while a program has the file open; here the system is asked to behave like it.
    desk.publish("one")
    replace = os.replace

    def refuse(source: str, target: str) -> None:
        if os.fspath(target) == os.fspath(desk.path):
            raise PermissionError(13, "The process cannot access the file")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    publication = desk.publish("two")
    assert publication.status == "beside"
    assert str(publication.message).startswith("portfolio.xlsx is in use: ")
    assert (desk.path.read_text(), publication.file.read_text()) == ("one", "two")


def test_a_link_stays_a_link(desk: Desk, tmp_path: Path):
    target = tmp_path / "share" / "portfolio.xlsx"
    target.parent.mkdir()
    desk.path.parent.mkdir()
    desk.path.symlink_to(target)
    assert desk.publish("one").file == target
    assert desk.publish("two").status == "published"
    assert desk.path.is_symlink()
    assert desk.path.read_text() == "two"


def test_where_nothing_can_be_published_is_said_and_nothing_changed(tmp_path: Path):
    file = tmp_path / "file"
    file.touch()
    assert folder_problem(tmp_path / "new" / "deep" / "portfolio.xlsx") is None
    assert not (tmp_path / "new").exists()
    assert folder_problem(tmp_path) == "it is a folder"
    assert folder_problem(file / "portfolio.xlsx") == f"{file} is no folder"
