"""Workbooks as zip files that nobody vouches for: checked in size, names and document types before they are read."""

from __future__ import annotations

import io
import posixpath
import stat
import xml.parsers.expat
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

from nagamochi.base.inputs import note_input

MIB = 2**20
MOST_MEMBERS = 100_000
MOST_MEMBER_BYTES = 256 * MIB
MOST_BYTES = 4096 * MIB
MOST_XML_BYTES = 32 * MIB
MOST_RATIO = 200
RATIO_COUNTS_FROM = MIB
STRICT = b"http://purl.oclc.org/ooxml/"
TRANSITIONAL = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
    b"http://purl.oclc.org/ooxml/drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}
"""Namespaces of "Strict Open XML" workbooks, and those of all others, which are the only ones that openpyxl knows."""
OLE_MARK = b"\xd0\xcf\x11\xe0"

# What zipfile raises on damaged files; RuntimeError also for passwords and for compressions that it does not know.
FAILURES = (OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError)


class UnreadableWorkbook(ValueError):
    """A workbook cannot be used; the message says why, as the end of a sentence that names the file."""


class WorkbookZip:
    """The members of a workbook, by their paths in the zip.

    Parameters
    ----------
    file : path

    Raises
    ------
    UnreadableWorkbook
        It is missing, no zip, encrypted, or would unpack to more than a workbook can need.
    """

    def __init__(self, file: str | Path) -> None:
        try:
            self._zip = zipfile.ZipFile(_regular_file(file))
        except UnreadableWorkbook:
            raise
        except FAILURES as error:
            raise UnreadableWorkbook(f"is no whole .xlsx workbook ({error})") from error
        try:
            self._sizes = _checked_sizes(self._zip.infolist())
        except UnreadableWorkbook:
            self._zip.close()
            raise

    def __enter__(self) -> WorkbookZip:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __contains__(self, member: str) -> bool:
        return member in self._sizes

    def read(self, member: str) -> bytes:
        """The bytes of a member.

        Raises
        ------
        UnreadableWorkbook
            It is not there, or damaged.
        """
        if member not in self._sizes:
            raise UnreadableWorkbook(f"has no part {member!r}")
        try:
            return self._zip.read(member)
        except FAILURES as error:
            raise UnreadableWorkbook(f"has a damaged part {member!r} ({error})") from error

    def tree(self, member: str) -> ElementTree.Element:
        """The root element of a member, of a strict workbook in the usual namespaces.

        Raises
        ------
        UnreadableWorkbook
            It is not there, damaged, or no XML, or declares a document type.
        """
        content = self._checked_xml(member)
        try:
            return ElementTree.fromstring(content)
        except (ElementTree.ParseError, ValueError, LookupError) as error:
            raise UnreadableWorkbook(f"has a damaged part {member!r} ({error})") from error

    def xml_parts(self) -> io.BytesIO:
        """A workbook of the XML parts alone, for a library that would open pictures too.

        Raises
        ------
        UnreadableWorkbook
            The XML is too big, or declares a document type, which no spreadsheet program does.
        """
        members = [member for member in self._sizes if member.lower().endswith((".xml", ".rels"))]
        if (size := sum(self._sizes[member] for member in members)) > MOST_XML_BYTES:
            raise UnreadableWorkbook(f"has {size // MIB:,} MiB of XML, more than {MOST_XML_BYTES // MIB}")
        parts = io.BytesIO()
        with zipfile.ZipFile(parts, "w") as copy:
            for member in members:
                copy.writestr(member, self._checked_xml(member))
        return parts

    def _checked_xml(self, member: str) -> bytes:
        content = self.read(member)
        if _declares_document_type(content):
            raise UnreadableWorkbook(f"has a part {member!r} with a document type, which no workbook needs")
        return _transitional(content) if STRICT in content else content


def _transitional(content: bytes) -> bytes:
    for strict, usual in TRANSITIONAL.items():
        content = content.replace(strict, usual)
    return content


def inside_zip(base: str, target: str) -> str:
    """The path of a member that another one, in the folder `base`, points to.

    Raises
    ------
    UnreadableWorkbook
        It leads out of the zip.

    Examples
    --------
    >>> inside_zip("xl/drawings", "../media/image1.jpeg")
    'xl/media/image1.jpeg'
    """
    path = posixpath.normpath(target[1:] if target.startswith("/") else posixpath.join(base, target))
    if path.startswith(("/", "..")):
        raise UnreadableWorkbook(f"points to {target!r}, outside itself")
    return path


def _regular_file(file: str | Path) -> Path:
    path = Path(file)
    if not stat.S_ISREG(path.stat().st_mode):
        raise UnreadableWorkbook("is not a file")
    note_input(path)
    with path.open("rb") as content:
        if content.read(4) == OLE_MARK:
            raise UnreadableWorkbook(
                "is an old .xls or a workbook with a password: save it as .xlsx without a password"
            )
    return path


def _checked_sizes(members: list[zipfile.ZipInfo]) -> dict[str, int]:
    sizes = {member.filename: member.file_size for member in members}
    if len(members) > MOST_MEMBERS:
        raise UnreadableWorkbook(f"has {len(members):,} parts, more than {MOST_MEMBERS:,}")
    if len(sizes) < len(members):
        raise UnreadableWorkbook("has two parts of one name")
    if sum(sizes.values()) > MOST_BYTES:
        raise UnreadableWorkbook(f"would unpack to more than {MOST_BYTES // MIB:,} MiB")
    for member in members:
        if member.flag_bits & 1:
            raise UnreadableWorkbook("is encrypted: save it as .xlsx without a password")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableWorkbook(f"has a part {member.filename!r} packed in a way that no workbook uses")
        if member.file_size > MOST_MEMBER_BYTES:
            raise UnreadableWorkbook(f"has a part {member.filename!r} of more than {MOST_MEMBER_BYTES // MIB:,} MiB")
        if member.file_size > max(RATIO_COUNTS_FROM, MOST_RATIO * member.compress_size):
            raise UnreadableWorkbook(f"has a part {member.filename!r} that unpacks to {MOST_RATIO} times its size")
    return sizes


class _Answer(Exception):
    """Ends the parsing of XML as soon as it is known whether it declares a document type."""


def _declares_document_type(content: bytes) -> bool:
    parser = xml.parsers.expat.ParserCreate()

    def declared(*_: object) -> None:
        raise _Answer(True)

    def begun(*_: object) -> None:
        raise _Answer(False)

    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = begun
    try:
        parser.Parse(content, True)
    except _Answer as answer:
        return bool(answer.args[0])
    except xml.parsers.expat.ExpatError:
        pass  # whoever needs the part says what is wrong with it
    return False
