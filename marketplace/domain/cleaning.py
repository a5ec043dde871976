"""From what a person typed (in a form or a spreadsheet cell) to a value worth keeping.

`clean` is the one validator: forms, autosave and import all call it, so a value accepted in one
place is accepted in all. A vocabulary is anything with `code_of(scheme, text) -> code | None`.
"""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from marketplace.domain.errors import N_, Invalid

# Control and format characters that draw nothing but break search, mails and spreadsheets
# (bidirectional overrides among them); newline and tab are handled apart. Zero-width joiners stay:
# emoji are made of them.
_INVISIBLE = {"Cc", "Cs", "Co", "Cn"}
_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200b")
_EMAIL = re.compile(r"[^@\s,;:<>\"()\[\]\\]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"(0[235789]\d{8}|02\d{9}|\+\d{8,15})")
_CURRENCY = re.compile(r"\s*(đồng|dong|vnđ|vnd|đ|₫)$")
_UNITS = {
    "": 1,
    "nghìn": 10**3,
    "ngàn": 10**3,
    "k": 10**3,
    "triệu": 10**6,
    "tr": 10**6,
    "tỷ": 10**9,
    "tỉ": 10**9,
    # typed without accents, as the site invites people to
    "nghin": 10**3,
    "ngan": 10**3,
    "trieu": 10**6,
    "ty": 10**9,
    "ti": 10**9,
    "million": 10**6,
    "billion": 10**9,
}


def one_line(text: str) -> str:
    """NFC, no control or direction-changing characters, single spaces."""
    return " ".join(paragraphs(text).split())


def paragraphs(text: str) -> str:
    """NFC, newlines kept, no other control characters, at most one blank line in a row."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        c
        for c in text
        if c == "\n" or c == "\t" or (unicodedata.category(c) not in _INVISIBLE and c not in _BIDI)
    )
    # Once more: a letter and its mark may only now stand side by side.
    kept = unicodedata.normalize("NFC", kept)
    lines = [" ".join(line.split()) for line in kept.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def money(text: str) -> int:
    """Whole dong from `280.000.000`, `280 triệu đồng`, `1,25 tỷ`, `2 tỷ 500 triệu`.

    Raises ValueError for anything else, and for fractions of a dong. site.js reads alike.
    """
    if len(text) > 60:
        raise ValueError(text)  # no sum is so long, and patterns take their time over long texts
    said = _CURRENCY.sub("", one_line(text).lower())
    words = re.findall(r"(\d[\d.,\s]*)([^\d\s.,]*)", said)
    rest = re.sub(r"\d[\d.,\s]*[^\d\s.,]*", "", said).strip()
    # "3tr5" is three and a half million to some, and three million and five dong to a machine.
    loose = len(words) > 1 and any(not unit for _number, unit in words)
    if not words or rest or loose:
        raise ValueError(text)
    total = Decimal(0)
    for number, unit in words:
        if unit not in _UNITS:
            raise ValueError(text)
        total += _decimal(number.strip()) * _UNITS[unit]
    if total != total.to_integral_value():
        raise ValueError(text)
    return int(total)


def _decimal(number: str) -> Decimal:
    """Vietnamese and English groupings: 1.250.000 and 1,250,000; a last separator that does not
    group by three, or is not like those before it, is the decimal one."""
    number = number.replace(" ", "")
    whole, decimals = number, ""
    found = re.fullmatch(r"(.*?\d)([.,])(\d+)", number)
    if found and not (len(found[3]) == 3 and _grouped(number)):
        whole, decimals = found[1], found[3]
        if found[2] in whole:
            raise ValueError(number)
    if not whole.isdecimal() and not _grouped(whole):
        raise ValueError(number)
    try:
        return Decimal(re.sub("[.,]", "", whole) + ("." + decimals if decimals else ""))
    except InvalidOperation as error:
        raise ValueError(number) from error


def _grouped(number: str) -> bool:
    return bool(re.fullmatch(r"\d{1,3}(\.\d{3})+|\d{1,3}(,\d{3})+", number))


def day(text: str) -> date:
    """A date from 30/06/2027, 30-6-2027 or 2027-06-30. Raises ValueError for anything else."""
    text = one_line(text).removesuffix(" 00:00:00")
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise ValueError(text)


def email(text: str) -> str:
    """An address in lower case; raises Invalid when it is none."""
    text = one_line(text).lower()
    if not _EMAIL.fullmatch(text) or len(text) > 254:
        raise Invalid(N_("Địa chỉ thư chưa đúng. Ví dụ: hoa@htxnhanlong.vn"))
    return text


def phone(text: str) -> str:
    """Digits of a Vietnamese number (or + and digits of a foreign one); raises Invalid."""
    digits = re.sub(r"[\s.\-()]", "", one_line(text))
    if digits.startswith("+84"):
        digits = "0" + digits[3:]
    if not _PHONE.fullmatch(digits):
        raise Invalid(N_("Số điện thoại chưa đúng. Ví dụ: 0912 345 678"))
    return digits


def clean(field, raw, vocabulary):
    """The value to keep for `raw` (a string, or a list of strings), or None when it is empty.

    Raises Invalid with a Vietnamese msgid that says what is wrong and what would be right. Whether
    an empty value is acceptable is asked on submission, not here: drafts may have gaps.
    """
    if isinstance(raw, (list, tuple)):
        items = [str(item) for item in raw if str(item).strip()]
    else:
        items = [str(raw)] if raw is not None and str(raw).strip() else []
    if not items:
        return None
    try:
        return _BY_TYPE[field.type](field, items, vocabulary)
    except Invalid as error:
        error.field = field.name
        raise


def _limit(field, text):
    if field.limit and len(text) > field.limit:
        raise Invalid(
            N_("Dài %(length)s ký tự, tối đa %(limit)s. Hãy rút gọn %(extra)s ký tự."),
            length=len(text),
            limit=field.limit,
            extra=len(text) - field.limit,
        )
    return text


def _text(field, items, vocabulary):
    return _limit(field, one_line(" ".join(items))) or None


def _long(field, items, vocabulary):
    return _limit(field, paragraphs("\n".join(items))) or None


def _list(field, items):
    if field.limit and len(items) > field.limit:
        raise Invalid(
            N_("Có %(count)s mục, tối đa %(limit)s. Hãy bớt đi."),
            count=len(items),
            limit=field.limit,
        )
    too_long = [item for item in items if len(item) > 300]
    if too_long:
        raise Invalid(N_("Mỗi mục tối đa 300 ký tự."))
    return items or None


def _lines(field, items, vocabulary):
    lines = [line for item in items for line in paragraphs(item).split("\n") if line]
    return _list(field, list(dict.fromkeys(lines)))


def _tags(field, items, vocabulary):
    words = [one_line(w) for item in items for w in re.split(r"[,;\n]", item)]
    return _list(field, list(dict.fromkeys(w for w in words if w)))


def _choice(field, items, vocabulary):
    text = one_line(items[0])
    code = vocabulary.code_of(field.scheme, text)
    if code is None:
        raise Invalid(N_("“%(value)s” không có trong danh sách."), value=text[:60])
    return code


def _choices(field, items, vocabulary):
    # A spreadsheet cell holds several, separated by semicolons (labels contain commas).
    words = [one_line(w) for item in items for w in re.split(r"[;\n|]", item)]
    codes = [_choice(field, [word], vocabulary) for word in words if word]
    return _list(field, list(dict.fromkeys(codes)))


def _place(field, items, vocabulary):
    text = one_line(items[0])
    code = vocabulary.code_of("place", text)
    if code is None:
        raise Invalid(
            N_("Không thấy xã, phường “%(value)s”. Hãy chọn trong danh sách gợi ý."),
            value=text[:60],
        )
    return code


def _integer(field, items, vocabulary):
    try:
        value = int(one_line(items[0]).removesuffix(".0").replace(" ", ""))
    except ValueError:
        raise Invalid(N_("Hãy ghi một số nguyên, ví dụ 3.")) from None
    return _range(field, value)


def _range(field, value):
    if field.minimum is not None and value < field.minimum:
        raise Invalid(N_("Không được nhỏ hơn %(minimum)s."), minimum=field.minimum)
    if field.maximum is not None and value > field.maximum:
        raise Invalid(N_("Không được lớn hơn %(maximum)s."), maximum=field.maximum)
    return value


def _money(field, items, vocabulary):
    try:
        value = money(items[0].removesuffix(".0"))
    except ValueError:
        raise Invalid(N_("Chưa hiểu số tiền. Ví dụ: 280 triệu, 1,25 tỷ hoặc 280.000.000")) from None
    if value > 10**15:
        raise Invalid(N_("Số tiền lớn quá mức có thể."))
    return _range(field, value)


def _date(field, items, vocabulary):
    try:
        return day(items[0]).isoformat()
    except ValueError:
        raise Invalid(N_("Hãy ghi ngày dạng ngày/tháng/năm, ví dụ 30/06/2027.")) from None


_YES = {"1", "true", "yes", "y", "có", "co", "x", "on", "đúng"}
_NO = {"0", "false", "no", "n", "không", "khong", "off", "sai"}


def _boolean(field, items, vocabulary):
    # Forms send a hidden "0" before the checkbox's "1": the last one counts.
    text = one_line(items[-1]).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise Invalid(N_("Hãy ghi Có hoặc Không."))


def _url(field, items, vocabulary):
    text = _limit(field, one_line(items[0]))
    if not re.fullmatch(r"https?://[^\s/<>\"]+(/[^\s<>\"]*)?", text):
        raise Invalid(N_("Đường dẫn phải bắt đầu bằng https://"))
    return text


_BY_TYPE = {
    "text": _text,
    "long": _long,
    "lines": _lines,
    "tags": _tags,
    "choice": _choice,
    "choices": _choices,
    "place": _place,
    "integer": _integer,
    "percent": _integer,
    "money": _money,
    "date": _date,
    "boolean": _boolean,
    "email": lambda field, items, vocabulary: email(items[0]),
    "phone": lambda field, items, vocabulary: phone(items[0]),
    "url": _url,
}


def problems(kind_fields, values: dict, today: date) -> dict[str, Invalid]:
    """What keeps `values` from being submitted: gaps in required fields and rules across fields.

    All of them at once, so that nobody is sent back twice.
    """
    found = {
        f.name: Invalid(N_("Mục này cần điền."), f.name)
        for f in kind_fields
        if f.required and values.get(f.name) in (None, "", [], ())
    }
    for low, high in _RANGES:
        if None not in (values.get(low), values.get(high)) and int(values[low]) > int(values[high]):
            found[high] = Invalid(N_("Số “đến” phải lớn hơn hoặc bằng số “từ”."), high)
    if values.get("deadline") and values["deadline"] <= today.isoformat():
        found["deadline"] = Invalid(
            N_("Ngày này đã qua. Hãy chọn ngày trong tương lai."), "deadline"
        )
    if values.get("founded") and values["founded"] > today.isoformat():
        found["founded"] = Invalid(N_("Ngày thành lập không thể ở tương lai."), "founded")
    return found


_RANGES = (
    ("budget_min", "budget_max"),
    ("price_min", "price_max"),
    ("ticket_min", "ticket_max"),
    ("trl_from", "trl_to"),
)
