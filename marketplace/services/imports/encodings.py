"""From the bytes of a text file to text: which of the encodings people here really save in.

Old Excel and Notepad on Vietnamese Windows write Windows-1258, where a tone is a mark of its own
after the vowel; it is put together again (NFC), or "nhãn" would not equal "nhãn".
"""

import codecs
import unicodedata

from marketplace.domain.errors import N_, Invalid

UTF8, UTF16, WINDOWS_1258 = "UTF-8", "UTF-16", "Windows-1258"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", UTF8),
    (codecs.BOM_UTF16_LE, "utf-16", UTF16),
    (codecs.BOM_UTF16_BE, "utf-16", UTF16),
)
# PDF and pictures, which may hold no zero byte in their beginning.
_OTHER_FILES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_NOT_TEXT = N_(
    "Tệp này không phải bảng tính. Hãy dùng tệp Excel (.xlsx) hoặc CSV, tốt nhất là tệp mẫu."
)


def decode(content: bytes) -> tuple[str, str]:
    """(text in NFC, name of the encoding). Raises Invalid when it is no text at all."""
    if content.startswith(_OTHER_FILES):
        raise Invalid(_NOT_TEXT, "file")
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return _composed(_strictly(content, codec)), name
    unmarked = _utf16_without_mark(content)
    if unmarked:
        return _composed(_strictly(content, unmarked)), UTF16
    if b"\0" in content:
        raise Invalid(_NOT_TEXT, "file")
    try:
        return _composed(content.decode("utf-8")), UTF8
    except UnicodeDecodeError:
        return _composed(_strictly(content, "cp1258")), WINDOWS_1258


def _strictly(content: bytes, codec: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        raise Invalid(
            N_(
                "Không đọc được chữ trong tệp. Trong Excel hãy chọn Lưu thành → "
                "“CSV UTF-8”, hoặc lưu dạng .xlsx, rồi gửi lại."
            ),
            "file",
        ) from None


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _utf16_without_mark(content: bytes) -> str | None:
    """In UTF-16 every second byte of plain letters is zero; which one tells the byte order."""
    start = content[:2000]
    zeros = (start[0::2].count(0), start[1::2].count(0))
    if max(zeros) < 0.2 * len(start) or min(zeros) > 0.01 * len(start):
        return None
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
