"""Be Vietnam Pro (OFL), cut down to the letters of Vietnamese and English pages."""

from importlib.resources import files
from io import BytesIO

from fontTools import subset
from fontTools.ttLib import TTFont

PACKAGE = "fontpkg_be_vietnam_pro"
WEIGHTS = {400: "Regular", 600: "SemiBold", 700: "Bold"}

# Latin letters and signs, the Vietnamese vowels and their marks (combining ones too, as some
# keyboards send them), dong, dashes, quotation marks, ellipsis, bullet, angle quotes,
# multiplication and comparison signs.
CHARACTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *(ord(letter) for letter in "ĂăĐđĨĩŨũƠơƯư"),
    *range(0x1EA0, 0x1EFA),
    *(0x300, 0x301, 0x302, 0x303, 0x306, 0x309, 0x31B, 0x323),
    *(ord(sign) for sign in "₫–—‘’‚“”„†•…‰‹›€™−×≈≠≤≥"),
]
# Marks must sit right on their vowels (ccmp, mark, mkmk) and figures may line up in columns (tnum).
FEATURES = ["ccmp", "locl", "mark", "mkmk", "kern", "tnum", "lnum"]


def sources():
    """Weight to the bytes of the full typeface, as the package carries it."""
    folder = files(PACKAGE) / "files"
    return {w: (folder / f"BeVietnamPro-{name}.ttf").read_bytes() for w, name in WEIGHTS.items()}


def licence():
    return (files(PACKAGE) / "LICENSE").read_bytes()


def woff2(ttf):
    """The subset of one typeface as woff2 bytes; the same input gives the same bytes."""
    options = subset.Options(flavor="woff2", layout_features=FEATURES, hinting=False)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # names and the licence stay with the font
    options.drop_tables += ["DSIG", "meta"]
    font = TTFont(BytesIO(ttf), recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=CHARACTERS)
    cutter.subset(font)
    font.flavor = "woff2"
    out = BytesIO()
    font.save(out)
    return out.getvalue()
