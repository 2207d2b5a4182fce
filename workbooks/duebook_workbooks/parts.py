"""Zip packages written anew, with every entry that does not change copied as the compressed bytes it is.

The standard library reads zip files but can only write an entry by compressing it; copying a workbook's other
parts that way would take longer than making the new ones.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipInfo

from duebook.errors import OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s4B4H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_LARGEST: Final = 2**32 - 1
_UTF8_NAME: Final = 0x800
_DEFLATE_2: Final = 20  # the version of the format that a reader must know
# The fastest: on sheet XML level 6 takes four times as long for a fifth less.
_LEVEL: Final = 1
_PIECE: Final = 2**20


class Writer:
    """Writes a zip file entry by entry into a seekable file."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin at the file's present position, which should be its start."""
        self._file = file
        self._entries: list[ZipInfo] = []

    def copy(self, source: BinaryIO, entry: ZipInfo) -> None:
        """Copy an entry of another zip file, its compressed bytes as they stand.

        Args:
            source: The other zip file, open for reading.
            entry: The entry, as :class:`zipfile.ZipFile` lists it.
        """
        source.seek(entry.header_offset)
        header = _LOCAL.unpack(source.read(_LOCAL.size))
        source.seek(entry.header_offset + _LOCAL.size + header[-2] + header[-1])
        copied = ZipInfo(entry.filename, entry.date_time)
        copied.compress_type = entry.compress_type
        copied.flag_bits = entry.flag_bits & ~8  # sizes stand in the header now, not behind the data
        copied.external_attr, copied.create_system = entry.external_attr, entry.create_system
        copied.CRC, copied.compress_size, copied.file_size = entry.CRC, entry.compress_size, entry.file_size
        self._begin(copied)
        left = entry.compress_size
        while left:
            piece = source.read(min(left, _PIECE))
            self._file.write(piece)
            left -= len(piece)

    def add(self, entry: ZipInfo, pieces: Iterable[bytes | memoryview]) -> None:
        """Compress an entry while its content is being made.

        Args:
            entry: Its name, date and attributes; sizes are found here.
            pieces: The content.

        Raises:
            OutOfRangeError: The entry or the file would outgrow 4 GiB.
        """
        added = ZipInfo(entry.filename, entry.date_time)
        added.compress_type = ZIP_DEFLATED
        added.flag_bits = _UTF8_NAME
        added.external_attr, added.create_system = entry.external_attr, entry.create_system
        added.CRC = 0
        self._begin(added)
        deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        start = self._file.tell()
        for piece in pieces:
            added.CRC = zlib.crc32(piece, added.CRC)
            added.file_size += len(piece)
            self._file.write(deflate.compress(piece))
        self._file.write(deflate.flush())
        added.compress_size = self._file.tell() - start
        if added.file_size > _LARGEST:
            raise OutOfRangeError(
                f"{added.filename}: {added.file_size} bytes are more than 4 GiB, a part's limit."
            )
        end = self._file.tell()
        self._file.seek(added.header_offset)
        self._file.write(self._local(added))
        self._file.seek(end)

    def close(self) -> None:
        """Write the directory. The file itself stays open."""
        start = self._file.tell()
        for entry in self._entries:
            name = _name(entry)
            self._file.write(
                _CENTRAL.pack(
                    *(b"PK\x01\x02", _DEFLATE_2, entry.create_system, _DEFLATE_2, 0, entry.flag_bits),
                    *(entry.compress_type, *_dos(entry), entry.CRC, entry.compress_size, entry.file_size),
                    *(len(name), 0, 0, 0, 0, entry.external_attr, entry.header_offset),
                )
            )
            self._file.write(name)
        size = self._file.tell() - start
        if start + size > _LARGEST:
            raise OutOfRangeError("The workbook would be larger than 4 GiB.")
        count = len(self._entries)
        self._file.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0))

    def _begin(self, entry: ZipInfo) -> None:
        entry.header_offset = self._file.tell()
        if entry.header_offset > _LARGEST:
            raise OutOfRangeError("The workbook would be larger than 4 GiB.")
        self._entries.append(entry)
        self._file.write(self._local(entry))

    @staticmethod
    def _local(entry: ZipInfo) -> bytes:
        name = _name(entry)
        sizes = (entry.CRC, entry.compress_size, entry.file_size)
        kind = (_DEFLATE_2, entry.flag_bits, entry.compress_type, *_dos(entry))
        return _LOCAL.pack(b"PK\x03\x04", *kind, *sizes, len(name), 0) + name


def _name(entry: ZipInfo) -> bytes:
    return entry.filename.encode("utf-8" if entry.flag_bits & _UTF8_NAME else "cp437")


def _dos(entry: ZipInfo) -> tuple[int, int]:
    year, month, day, hour, minute, second = entry.date_time
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day
