"""Publishing a file: whole or not at all, and never over what a person has open or has changed."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter

from duebook.errors import InputError, OutOfRangeError
from duebook_etl.publish import Publication, folder_problem, publish_file
from duebook_workbooks.managed import ManagedTable
from duebook_workbooks.renewal import Renewed, renew

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Desk:
    """Publishes at one path, and remembers what it published there, as a store does."""

    def __init__(self, path: Path) -> None:
        """Begin at a path, with nothing published."""
        self.path = path
        self.run = 0
        self.digests: set[str] = set()

    def publish(
        self,
        content: str,
        write: Callable[[Path], None] | None = None,
        *,
        renew: Callable[[Path, Path], Renewed] | None = None,
        live: Callable[[Path, Path], Renewed | None] | None = None,
        previous: int = 0,
    ) -> Publication:
        """Publish a file of this content."""
        self.run += 1
        return publish_file(
            self.path,
            write or (lambda path: path.write_text(content)),
            ours=frozenset(self.digests),
            beside=f"(2026-06-30 run {self.run})",
            about_to=self.digests.add,
            renew=renew,
            live=live,
            previous=previous,
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


ITEMS = "due_items"


def workbook(path: Path, keys: Sequence[str], *, note: str = "") -> None:
    """Write a workbook with a managed table, and what a person noted in a column of its own."""
    with xlsxwriter.Workbook(path) as written:
        sheet = written.add_worksheet("Items")
        columns = [{"header": "Key"}, *([{"header": "Note"}] if note else [])]
        data = [[key, *([f"{note} {key}"] if note else [])] for key in keys]
        sheet.add_table(0, 0, len(keys), len(columns) - 1, {"name": ITEMS, "columns": columns, "data": data})


def refill(*keys: str) -> Callable[[Path, Path], Renewed]:
    """Return what fills a copy with these rows."""
    table = ManagedTable(ITEMS, "Key", pa.table({"Key": list(keys)}))
    return lambda copy, fresh: renew(copy, fresh, [table], language="en")


def rows(path: Path) -> list[tuple[object, ...]]:
    """Return what the first sheet of a workbook holds."""
    return list(openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True))


def test_a_workbook_that_a_person_changed_is_filled_every_night(desk: Desk):
    desk.publish("", lambda path: workbook(path, ["a", "b"]), renew=refill("a", "b"))
    workbook(desk.path, ["a", "b"], note="about")
    for keys in (["b", "c"], ["c", "b", "d"]):
        before = desk.path.read_bytes()
        publication = desk.publish(
            "", lambda path, keys=keys: workbook(path, keys), renew=refill(*keys), previous=1
        )
        assert (publication.status, publication.file) == ("filled", desk.path)
        assert rows(desk.path) == [
            ("Key", "Note"),
            *((key, "about b" if key == "b" else None) for key in keys),
        ]
        assert desk.path.with_name("portfolio (previous 1).xlsx").read_bytes() == before
    assert desk.names() == ["portfolio (previous 1).xlsx", "portfolio.xlsx"]


def test_what_left_with_a_note_is_told(desk: Desk):
    desk.publish("", lambda path: workbook(path, ["a", "b"]))
    workbook(desk.path, ["a", "b"], note="about")
    publication = desk.publish("", lambda path: workbook(path, ["b"]), renew=refill("b"))
    assert publication.message == (
        "portfolio.xlsx was changed since it was published: its tables have new rows, and the rest stayed. "
        "1 row that left with notes went to an archive sheet."
    )


def test_a_workbook_that_cannot_be_filled_is_left_alone_with_the_reason(desk: Desk):
    desk.publish("", lambda path: workbook(path, ["a"]))
    workbook(desk.path, ["a", "a"], note="about")
    with zipfile.ZipFile(desk.path, "a") as package:
        package.writestr("_xmlsignatures/origin.sigs", "")
    before = desk.path.read_bytes()
    publication = desk.publish("", lambda path: workbook(path, ["a"]), renew=refill("a"), previous=3)
    assert publication.status == "beside"
    assert str(publication.message).startswith("portfolio.xlsx cannot be filled (")
    assert "it is signed, and filling it would break the signature" in str(publication.message)
    assert "left alone, and the new file is portfolio (2026-06-30 run 2).xlsx." in str(publication.message)
    assert desk.path.read_bytes() == before
    assert desk.names() == ["portfolio (2026-06-30 run 2).xlsx", "portfolio.xlsx"]


def test_a_workbook_that_is_saved_while_it_is_filled_keeps_what_was_saved(desk: Desk):
    desk.publish("", lambda path: workbook(path, ["a"]))
    workbook(desk.path, ["a"], note="about")

    def slow(copy: Path, fresh: Path) -> Renewed:
        done = refill("b")(copy, fresh)
        workbook(desk.path, ["a"], note="saved later about")
        return done

    publication = desk.publish("", lambda path: workbook(path, ["b"]), renew=slow)
    assert publication.status == "beside"
    assert str(publication.message).startswith("portfolio.xlsx was saved while it was being filled: ")
    assert rows(desk.path) == [("Key", "Note"), ("a", "saved later about a")]


def test_a_workbook_opened_while_it_is_filled_is_left_alone(desk: Desk):
    desk.publish("", lambda path: workbook(path, ["a"]))
    workbook(desk.path, ["a"], note="about")

    def slow(copy: Path, fresh: Path) -> Renewed:
        desk.path.with_name("~$portfolio.xlsx").touch()
        return refill("b")(copy, fresh)

    publication = desk.publish("", lambda path: workbook(path, ["b"]), renew=slow)
    assert publication.status == "beside"
    assert str(publication.message).startswith("portfolio.xlsx is open (~$portfolio.xlsx is there): ")
    assert rows(desk.path) == [("Key", "Note"), ("a", "about a")]


def test_somebodys_workbook_without_a_table_of_ours_is_left_alone(desk: Desk):
    desk.path.parent.mkdir()
    with xlsxwriter.Workbook(desk.path) as written:
        written.add_worksheet()
    publication = desk.publish("", lambda path: workbook(path, ["a"]), renew=refill("a"))
    assert publication.status == "beside"
    assert "portfolio.xlsx was changed since" not in str(publication.message)
    assert "portfolio.xlsx is not one of ours" in str(publication.message)


def test_as_many_previous_versions_are_kept_as_asked_for(desk: Desk):
    for content in ("one", "two", "three", "four"):
        desk.publish(content, previous=2)
    assert desk.names() == ["portfolio (previous 1).xlsx", "portfolio (previous 2).xlsx", "portfolio.xlsx"]
    kept = [desk.path.with_name(f"portfolio (previous {at}).xlsx").read_text() for at in (1, 2)]
    assert (desk.path.read_text(), kept) == ("four", ["three", "two"])


# Open in Excel --------------------------------------------------------------------------------------------


def test_a_workbook_that_is_open_is_filled_there_where_that_is_asked(desk: Desk):
    desk.publish("one")
    desk.path.with_name("~$portfolio.xlsx").touch()
    seen = []

    def live(path: Path, fresh: Path) -> Renewed:
        seen.append((path, fresh.read_text()))
        return Renewed(("due_customers",), archived=0, warnings=("Look at it.",))

    publication = desk.publish("two", live=live)
    assert seen == [(desk.path, "two")]
    said = "portfolio.xlsx is open in Excel: its tables have new rows; save it to keep them. Look at it."
    assert publication == Publication("filled", desk.path, said)
    assert desk.path.read_text() == "one"  # what is on the disk is whoever's has it open
    assert desk.names() == ["portfolio.xlsx", "~$portfolio.xlsx"]


def test_a_workbook_that_no_excel_of_this_machine_has_open_is_left_alone(desk: Desk):
    desk.publish("one")
    desk.path.with_name("~$portfolio.xlsx").touch()
    publication = desk.publish("two", live=lambda _path, _fresh: None)
    assert publication.status == "beside"
    assert desk.path.read_text() == "one"


def test_what_cannot_be_filled_where_it_is_open_goes_beside_with_the_reason(desk: Desk):
    def live(_path: Path, _fresh: Path) -> Renewed:
        raise InputError("table 'due_customers': a filter hides some of its rows.")

    desk.publish("one")
    desk.path.with_name("~$portfolio.xlsx").touch()
    publication = desk.publish("two", live=live)
    assert publication.status == "beside"
    assert "cannot be filled there (table 'due_customers': a filter hides some" in str(publication.message)


def test_nobody_is_asked_of_a_workbook_that_is_closed(desk: Desk):
    def live(_path: Path, _fresh: Path) -> Renewed:
        raise AssertionError

    assert desk.publish("one", live=live).status == "published"
