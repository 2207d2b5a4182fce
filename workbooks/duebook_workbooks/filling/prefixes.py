"""Parts whose elements' names bear a prefix, read without it.

Some programs write ``<x:row>`` where Excel writes ``<row>``; both mean the same (XML namespaces). What is
made of such a part has no prefix either.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from duebook.errors import InputError

MAIN: Final = (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
)
"""The namespaces of spreadsheets, of the usual files and of strict ones."""

_ROOT: Final = re.compile(
    rb"\A[^<]*(?:<[?!][^>]*>[^<]*)*<([\w.-]+):[\w.-]+(?=\s)[^>]*?\sxmlns:\1=\"(?:%s)\""
    % b"|".join(map(re.escape, MAIN))
)
_ENCODING: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?<\?xml\b[^>]*?\sencoding=[\"']([^\"']*)")
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_HEAD: Final = 2**16
_OTHER: Final = b' xmlns="'
_WHY: Final = "it mixes names of elements with and without a prefix"


def without_prefix(xml: bytes, unreadable: Callable[[str], InputError]) -> bytes:
    """Return a part without the prefix of spreadsheet elements, as it stands where it has none.

    Args:
        xml: The part.
        unreadable: Makes an error of why the part cannot be read.

    Raises:
        InputError: It has elements of another kind without a prefix, or is not in UTF-8.
    """
    found = _root(xml, unreadable)
    if found is None:
        return xml
    if _OTHER in xml:
        raise unreadable(_WHY)
    return _renamed(xml, found[1])


@contextmanager
def streamed(part: IO[bytes], unreadable: Callable[[str], InputError]) -> Iterator[IO[bytes]]:
    """Read a part, as :func:`without_prefix` returns it, in pieces.

    Args:
        part: The part, opened anew.
        unreadable: Makes an error of why the part cannot be read.

    Raises:
        InputError: It is not in UTF-8.
    """
    with part:
        found = _root(part.read(_HEAD), unreadable)
        part.seek(0)
        yield part if found is None else cast("IO[bytes]", _Stream(part, found[1], unreadable))


def _root(head: bytes, unreadable: Callable[[str], InputError]) -> re.Match[bytes] | None:
    """Return the part's first element if its name has a prefix, having seen that the part is in UTF-8."""
    said = _ENCODING.match(head)
    if head.startswith(_WIDE) or (said and said[1].lower() not in {b"utf-8", b"utf8"}):
        raise unreadable("it is not in UTF-8")
    return _ROOT.match(head)


def _renamed(xml: bytes, prefix: bytes) -> bytes:
    xml = xml.replace(b"<%s:" % prefix, b"<").replace(b"</%s:" % prefix, b"</")
    return xml.replace(b" xmlns:%s=" % prefix, b" xmlns=")


class _Stream:
    """A part that is read without the prefix of its elements' names."""

    def __init__(self, part: IO[bytes], prefix: bytes, unreadable: Callable[[str], InputError]) -> None:
        self._part, self._prefix, self._unreadable = part, prefix, unreadable
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, of about so many bytes; none at the end."""
        while True:
            piece = self._part.read(size)
            xml = self._left + piece
            # What is not a whole tag yet waits for its end, which the next piece brings.
            cut = xml.rfind(b"<") if piece and size >= 0 else len(xml)
            xml, self._left = (xml[:cut], xml[cut:]) if cut >= 0 else (xml, b"")
            if _OTHER in xml:
                raise self._unreadable(_WHY)
            if xml or not piece:
                return _renamed(xml, self._prefix)
