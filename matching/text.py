"""Vietnamese and English text as the matcher sees it: cleaned, folded, cut into syllables.

Vietnamese writes a space between syllables, not between words, so a pair of neighbouring
syllables (a bigram) is the nearest thing to a word that needs no model.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:\d+)?")
MARKS = re.compile(r"[\u0300-\u036f]")

# Letters that only Vietnamese uses (of the two languages), the letters with a tone mark included.
VIETNAMESE_LETTERS = frozenset(
    "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
)

# Function words. They carry grammar, not subject: they tell the language of a text and are never
# shown to a person as "what the two records have in common".
_VIETNAMESE = """
    là và của có cho các những một với được trong không này đó để từ khi như về tại đã sẽ đang
    theo trên dưới ra vào lên xuống bị bởi do nên thì mà hay hoặc nếu vì cùng cũng rất nhiều ít hơn
    nhất mỗi mọi đến tới còn chỉ phải cần nào gì ai đâu bao nhiêu thế sao ở bằng qua lại sau trước
    giữa ngoài đều vẫn chưa rồi nhưng tuy song nữa ấy kia đây tôi chúng ta họ nó mình việc sự cái
    con chiếc làm thể năm ngày tháng khoảng hiện nay dùng giúp phù hợp"""
_ENGLISH = """
    the of and to in a is that for it as was with be by on not he his but at are this have from
    or had an they which one were all we when there can if would their so what who will more no
    out do into has some could them other than then its only new any may such these through between
    also under where after most should each how many much did does our your my i you she her him
    us been being while during about against per via both very over up before every one two
    three six year years month months day days somebody something"""
VIETNAMESE_STOPWORDS = frozenset(_VIETNAMESE.split())
ENGLISH_STOPWORDS = frozenset(_ENGLISH.split())
STOPWORDS = VIETNAMESE_STOPWORDS | ENGLISH_STOPWORDS


def clean(text: str) -> str:
    """NFC, without NUL and lone surrogates: safe for a C string, a hash and a database."""
    text = text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", text)


def strip_marks(text: str) -> str:
    """Accents and tone marks removed, đ to d; case and everything else kept."""
    text = unicodedata.normalize("NFC", text).replace("đ", "d").replace("Đ", "D")
    return unicodedata.normalize("NFC", MARKS.sub("", unicodedata.normalize("NFD", text)))


def fold(text: str) -> str:
    """Lower case without accents: "Máy sấy Đông Tảo" becomes "may say dong tao"."""
    return strip_marks(text.lower())


def syllables(text: str) -> list[str]:
    """Lower-case accented syllables and numbers, in order."""
    return TOKEN.findall(unicodedata.normalize("NFC", text).lower())


def bigrams(tokens: list[str]) -> list[str]:
    """Neighbouring pairs, joined by "_" (no syllable contains one)."""
    return [f"{left}_{right}" for left, right in pairwise(tokens)]


# The shape of a Vietnamese syllable with its accents off: "nghieng" fits, "water" does not.
SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|th|tr|ch|kh|ph|gh|gi|qu|[bcdghklmnprstvx])?"
    r"(?:uyea|uye|uya|ieu|yeu|oai|oay|oeo|uoi|uou|uay|uye|uay|uy|ui|uu|ua|ue|uo|ie|ye|ia|iu|io"
    r"|oa|oe|oi|ay|ai|ao|au|eo|eu|oo|a|e|i|o|u|y)"
    r"(?:ng|nh|ch|[cmnpt])?"
)


@lru_cache(maxsize=4096)
def guess_language(text: str) -> str:
    """ "vi", "en", or "" when a text is too short or too neutral (names, numbers) to tell.

    Accented letters decide first: a Vietnamese text typed properly has them in most words. Without
    them, the shape of the words tells: nearly every word of "may say nhan cho hop tac xa" could be
    a Vietnamese syllable, and in English running text hardly one in two could.
    """
    tokens = [token for token in syllables(text[:2000]) if not token[0].isdigit()]
    if not tokens:
        return ""
    accented = sum(not VIETNAMESE_LETTERS.isdisjoint(token) for token in tokens)
    if accented >= max(1, 0.15 * len(tokens)):
        return "vi"
    shaped = sum(SYLLABLE.fullmatch(token) is not None for token in tokens) / len(tokens)
    if len(tokens) > 1 and shaped >= 0.8:
        return "vi"
    grammar = sum(token in ENGLISH_STOPWORDS for token in tokens)
    words = sum(len(token) > 3 and SYLLABLE.fullmatch(token) is None for token in tokens)
    if shaped <= 0.6 and (grammar or words >= 2 or any(len(token) > 7 for token in tokens)):
        return "en"
    return ""
