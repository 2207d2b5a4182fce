"""New content for entries of a zip file, while every other byte of the file stays what it is.

The entries keep their order; those that do not change keep their headers and compressed bytes as they stand
in the file, with whatever a program has put into them or between them. Only what says where entries begin is
set anew.
"""

from __future__ import annotations

import struct
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from duebook.errors import OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

METHODS: Final = frozenset({ZIP_STORED, ZIP_DEFLATED})
"""How an entry may be compressed: the two ways that the Open Packaging Conventions know."""

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_LARGEST: Final = 2**32 - 1  # in a field of 32 bits: the value is in the zip64 field
_MOST: Final = 2**16 - 1  # entries, in a field of 16 bits: the number is in the zip64 field
_ZIP64: Final = 1
_SIZES_BEHIND: Final = 8  # the flag that the sizes stand behind the data
_DEFLATE_2: Final = 20  # the version of the format that a reader must know
_FIRST_DAY: Final = 33  # 1980-01-01, the first that a zip file knows
_FAST: Final = 1  # on sheet XML level 6 takes four times as long for a fifth less
_PIECE: Final = 2**20


@dataclass(frozen=True)
class Content:
    """New content of an entry, compressed.

    Attributes:
        crc: The checksum of what it is uncompressed.
        size: How many bytes that is.
        length: How many bytes it has compressed.
        data: The compressed bytes: themselves, or a file that holds them and nothing else.
    """

    crc: int
    size: int
    length: int
    data: bytes | BinaryIO

    def pieces(self) -> Iterator[bytes]:
        """Yield the compressed bytes."""
        if isinstance(self.data, bytes):
            yield self.data
        else:
            yield from _copied(self.data, 0, self.length)


def compressed(entry: ZipInfo, content: bytes) -> Content:
    """Return new content for an entry, compressed (or not) as the entry is."""
    data = content
    if entry.compress_type == ZIP_DEFLATED:
        deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data = deflate.compress(content) + deflate.flush()
    return Content(zlib.crc32(content), len(content), len(data), data)


def packed(entry: ZipInfo, pieces: Iterable[bytes | memoryview], *, into: BinaryIO) -> Content:
    """Return new content that is made piece by piece, and compressed as the entry is while it comes.

    Args:
        entry: The entry that it is for.
        pieces: The content.
        into: An empty file for what it is compressed to, which memory might not hold.

    Raises:
        OutOfRangeError: It has 4 GiB or more.
    """
    stored = entry.compress_type == ZIP_STORED
    deflate = zlib.compressobj(_FAST, zlib.DEFLATED, -zlib.MAX_WBITS)
    crc, size = 0, 0
    # While one piece is compressed the next is made: both take about as long, and compressing lets it.
    with ThreadPoolExecutor(1) as worker:
        pending: Future[bytes] | None = None
        for piece in pieces:
            crc = zlib.crc32(piece, crc)
            size += len(piece)
            if pending is not None:
                into.write(pending.result())
            pending = worker.submit(bytes if stored else deflate.compress, piece)
        if pending is not None:
            into.write(pending.result())
    if not stored:
        into.write(deflate.flush())
    if size >= _LARGEST:
        raise OutOfRangeError("A sheet would be larger than 4 GiB, which no workbook can hold.")
    return Content(crc, size, into.tell(), into)


def spliced(
    file: BinaryIO,
    archive: ZipFile,
    contents: Mapping[str, Content | None],
    added: Mapping[str, bytes] | None = None,
) -> Iterator[bytes]:
    """Yield the bytes of a zip file in which some entries have new content.

    Args:
        file: The zip file, open for reading.
        archive: The same file, as the standard library reads it.
        contents: The new content by the entry's name; None for an entry that goes.
        added: Content of entries that are new, not compressed yet, by their names in ASCII; they follow the
            others.

    Raises:
        BadZipFile: Its directory and its entries contradict each other.
        OutOfRangeError: The file would outgrow 4 GiB.
    """
    directory = _directory(file, archive)
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    ends = [entry.header_offset for entry in entries[1:]] + [archive.start_dir]
    moved: dict[int, int] = {}
    yield from _copied(file, 0, entries[0].header_offset)
    position = entries[0].header_offset
    for entry, end in zip(entries, ends, strict=True):
        moved[entry.header_offset] = position
        if entry.filename not in contents:
            pieces = _copied(file, entry.header_offset, end)
        elif (content := contents[entry.filename]) is None:
            continue
        else:
            pieces = _replaced(file, entry, end, content)
        for piece in pieces:
            position += len(piece)
            yield piece
    records = []
    for name, data in (added or {}).items():
        content = compressed(_deflated(name), data)
        if position > _LARGEST:
            break
        header, record = _new(name, content, position)
        records.append(record)
        for piece in (header, *content.pieces()):
            position += len(piece)
            yield piece
    start = position
    if start > _LARGEST:
        raise OutOfRangeError("The workbook would be larger than 4 GiB.")
    listed = [
        _listed(record, moved[entry.header_offset], contents.get(entry.filename))
        for entry, record in zip(archive.infolist(), directory, strict=True)
        if contents.get(entry.filename, ...) is not None
    ]
    for record in listed + records:
        position += len(record)
        yield record
    file.seek(archive.start_dir + sum(map(len, directory)))
    yield _ending(file.read(), start, position - start, len(listed) + len(records) - len(directory))


def _deflated(name: str) -> ZipInfo:
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry


def _new(name: str, content: Content, offset: int) -> tuple[bytes, bytes]:
    """Return the header of a new entry, and its record in the directory; it bears no date."""
    spelt = name.encode("ascii")
    sizes = (content.crc, content.length, content.size, len(spelt))
    shared = (0, ZIP_DEFLATED, 0, _FIRST_DAY, *sizes, 0)
    header = _LOCAL.pack(b"PK\x03\x04", _DEFLATE_2, *shared)
    record = _CENTRAL.pack(b"PK\x01\x02", _DEFLATE_2, _DEFLATE_2, *shared, 0, 0, 0, 0, offset)
    return header + spelt, record + spelt


def _directory(file: BinaryIO, archive: ZipFile) -> list[bytes]:
    """Return the directory's records as they stand, having compared them with what the library read."""
    records = []
    file.seek(archive.start_dir)
    for entry in archive.infolist():
        fixed = file.read(_CENTRAL.size)
        fields = _CENTRAL.unpack(fixed)
        record = fixed + file.read(sum(fields[10:13]))
        if fields[0] != b"PK\x01\x02" or fields[16] not in {entry.header_offset, _LARGEST}:
            raise BadZipFile(entry.filename)
        records.append(record)
    offsets = sorted(entry.header_offset for entry in archive.infolist())
    if any(first == second for first, second in pairwise(offsets)):
        raise BadZipFile("two entries are one")
    return records


def _copied(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    left = end - start
    while left > 0:
        piece = file.read(min(left, _PIECE))
        if not piece:
            raise BadZipFile("it ends too early")
        left -= len(piece)
        yield piece


def _replaced(file: BinaryIO, entry: ZipInfo, end: int, content: Content) -> Iterator[bytes]:
    """Yield an entry's header with the sizes of its new content, that content, and what stood behind it."""
    file.seek(entry.header_offset)
    signature, version, flags, method, *when, _, _, _, name_length, extra_length = _LOCAL.unpack(
        file.read(_LOCAL.size)
    )
    name, extra = file.read(name_length), _without_zip64(file.read(extra_length))
    data_end = file.tell() + entry.compress_size
    if data_end > end or signature != b"PK\x03\x04":
        raise BadZipFile(entry.filename)
    sizes = (content.crc, content.length, content.size)
    yield _LOCAL.pack(
        signature, version, flags & ~_SIZES_BEHIND, method, *when, *sizes, len(name), len(extra)
    )
    yield name + extra
    yield from content.pieces()
    if not flags & _SIZES_BEHIND:
        yield from _copied(file, data_end, end)


def _listed(record: bytes, offset: int, content: Content | None) -> bytes:
    """Return a record of the directory with the entry's place, and the sizes of its new content if any."""
    fields = list(_CENTRAL.unpack_from(record))
    name, extra, comment = _parts(record, fields[10:13])
    if content is not None:
        fields[3] &= ~_SIZES_BEHIND
        fields[7:10] = content.crc, content.length, content.size
        extra = _without_zip64(extra)
        fields[11], fields[16] = len(extra), offset
    elif fields[16] == _LARGEST:
        extra = _with_zip64_offset(extra, sum(field == _LARGEST for field in fields[8:10]), offset)
    else:
        fields[16] = offset
    return _CENTRAL.pack(*fields) + name + extra + comment


def _parts(record: bytes, lengths: list[int]) -> tuple[bytes, bytes, bytes]:
    name = _CENTRAL.size + lengths[0]
    extra = name + lengths[1]
    return record[_CENTRAL.size : name], record[name:extra], record[extra:]


def _fields(extra: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield what an extra field consists of: identifier, start and end of each."""
    at = 0
    while at + 4 <= len(extra):
        identifier, length = struct.unpack_from("<2H", extra, at)
        yield identifier, at, at + 4 + length
        at += 4 + length


def _without_zip64(extra: bytes) -> bytes:
    for identifier, start, end in _fields(extra):
        if identifier == _ZIP64:
            return extra[:start] + extra[end:]
    return extra


def _with_zip64_offset(extra: bytes, before: int, offset: int) -> bytes:
    """Return a zip64 field with another offset, which stands behind as many sizes as are in the field."""
    for identifier, start, end in _fields(extra):
        at = start + 4 + 8 * before
        if identifier == _ZIP64 and at + 8 <= end:
            return extra[:at] + struct.pack("<Q", offset) + extra[at + 8 :]
    raise BadZipFile("an entry does not say where it begins")


def _ending(tail: bytes, start: int, size: int, more: int) -> bytes:
    """Return what stands behind the directory, saying where it is now and that it lists so many more."""
    head = b""
    if tail.startswith(b"PK\x06\x06"):
        end64 = list(_END64.unpack_from(tail))
        length = 12 + end64[1]
        if tail[length : length + 4] != b"PK\x06\x07":
            raise BadZipFile("its directory has no end")
        locator = list(_LOCATOR.unpack_from(tail, length))
        end64[6:8] = end64[6] + more, end64[7] + more
        end64[8:10] = size, start
        locator[2] = start + size
        head = _END64.pack(*end64) + tail[_END64.size : length] + _LOCATOR.pack(*locator)
        tail = tail[len(head) :]
    end = list(_END.unpack_from(tail))
    if end[0] != b"PK\x05\x06":
        raise BadZipFile("its directory has no end")
    for counted in (3, 4):
        end[counted] = end[counted] if end[counted] == _MOST else end[counted] + more
    end[5] = end[5] if end[5] == _LARGEST else size
    end[6] = end[6] if end[6] == _LARGEST else start
    return head + _END.pack(*end) + tail[_END.size :]
