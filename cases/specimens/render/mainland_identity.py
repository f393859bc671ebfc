"""Identity documents of mainland China: both sides of the resident identity card, and the passport."""

from cases.specimens.render.canvas import RED, Canvas, Colour
from cases.specimens.render.documents import Document, Fields, FieldValue, text

LABEL: Colour = "#2f6ea3"

ID_FIELDS: Fields = {
    "name": "样本甲",
    "sex": "女",
    "birth": "1990-02-14",
    "ethnicity": "汉",
    "address": "样本省样本市虚构区示例路0号",
    "number": "990000199002140005",
}


def draw_id_card_portrait(c: Canvas, f: Fields) -> None:
    """The side with the portrait: labels in blue, number in bold along the foot."""
    c.paper("#eaf2f4", "#d3e4ea")
    c.watermark(340, 340, "SPECIMEN 样本", 76, fill="#dbe8ed")
    year, month, day = (str(int(part)) for part in text(f, "birth").split("-"))
    c.field(44, 66, "姓 名", text(f, "name"), 32, label_fill=LABEL, at=146)
    c.field(44, 134, "性 别", text(f, "sex"), 28, label_fill=LABEL, at=146)
    c.field(226, 134, "民 族", text(f, "ethnicity"), 28, label_fill=LABEL, at=320)
    c.text(44, 202, "出 生", 28, fill=LABEL)
    for x, value, unit in ((146, year, "年"), (254, month, "月"), (330, day, "日")):
        end = c.text(x, 202, value, 28)
        c.text(end + 10, 202, unit, 24, fill=LABEL)
    c.text(44, 270, "住 址", 28, fill=LABEL)
    c.lines(146, 270, text(f, "address"), 28, 256)
    c.portrait(424, 50, 650, 340, back="#e4edf0")
    c.badge(44, 400, size=22)
    c.text(44, 486, "公民身份号码", 28, fill=LABEL)
    c.text(238, 486, text(f, "number"), 36, face="sans-bold")
    c.text(44, 552, "样本证件 虚构信息 NOT A REAL DOCUMENT", 20, fill=RED)


EMBLEM_FIELDS: Fields = {"issue": "样本市公安局虚构分局", "valid_from": "2021-05-06", "valid_to": "2041-05-06"}


def draw_id_card_emblem(c: Canvas, f: Fields) -> None:
    """The side with the emblem: country and title in large characters, authority and validity below."""
    c.paper("#eaf2f4", "#d3e4ea")
    c.watermark(340, 340, "SPECIMEN 样本", 76, fill="#dbe8ed")
    c.disc(112, 120, 70, fill=RED, outline="#d8a72c")
    c.disc(112, 120, 60, fill=None, outline="#f0c64a")
    c.star(112, 100, 24, fill="#f5d24b")
    c.text(112, 146, "样本", 26, face="serif-bold", fill="#f5d24b", anchor="mm")
    c.spaced(212, 86, "中华人民共和国", 44, 430, face="serif-bold")
    c.spaced(212, 162, "居民身份证", 56, 430, face="serif-bold")
    c.badge(212, 270, size=24)
    c.text(60, 420, "签发机关", 28, face="sans-bold")
    c.text(206, 420, text(f, "issue"), 30)
    dates = "-".join(text(f, name).replace("-", ".") for name in ("valid_from", "valid_to"))
    c.text(60, 484, "有效期限", 28, face="sans-bold")
    c.text(206, 484, dates, 30)
    c.text(60, 552, "样本证件 虚构信息 NOT A REAL DOCUMENT", 20, fill=RED)


PASSPORT_LINES = (
    "POCHNYANGBEN<<JIA<<<<<<<<<<<<<<<<<<<<<<<<<<<",
    "EZ00000412CHN9002147F3105056<<<<<<<<<<<<<<04",
)

PASSPORT_LOCAL: FieldValue = {
    "local_language": {
        "name": "样本甲",
        "sex": "女",
        "place_of_birth": "样本",
        "place_of_issue": "虚构",
        "issuing_authority": "样本出入境管理局",
        "nationality": "中国",
    }
}

PASSPORT_FIELDS: Fields = {
    "passport_type": "P",
    "country_code": "CHN",
    "passport_number": "EZ0000041",
    "nationality": "CHINESE",
    "surname": "YANGBEN",
    "given_name": "JIA",
    "sex": "F",
    "date_of_birth": "1990-02-14",
    "date_of_expiry": "2031-05-05",
    "date_of_issue": "2021-05-06",
    "place_of_birth": "YANGBEN",
    "place_of_issue": "XUGOU",
    "issuing_authority": "SPECIMEN Exit & Entry Office",
    "extra_info": PASSPORT_LOCAL,
    "machine_code": PASSPORT_LINES[0],
    "machine_code2": PASSPORT_LINES[1],
}

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def passport_date(iso: str) -> str:
    """2021-05-06 -> 06 MAY 2021."""
    year, month, day = iso.split("-")
    return f"{day} {MONTHS[int(month) - 1]} {year}"


def draw_passport(c: Canvas, f: Fields) -> None:
    """The data page: portrait left, bilingual fields, two machine-readable lines along the foot."""
    c.paper("#f6efe8", "#ead9cc")
    c.watermark(500, 300, "SPECIMEN 样本", 76, fill="#f0e3d8")
    local = _local(f)
    c.text(40, 44, "中华人民共和国", 32, face="serif-bold", fill="#7a2430")
    c.text(290, 44, "PEOPLE'S REPUBLIC OF CHINA", 22, face="serif-bold", fill="#7a2430")
    c.text(40, 92, "护照 PASSPORT", 26, face="serif-bold", fill="#7a2430")
    c.badge(40, 138, size=17)
    c.portrait(40, 170, 236, 430)
    cells = (
        (262, 84, "类型/Type", text(f, "passport_type")),
        (378, 84, "国家码/Country Code", text(f, "country_code")),
        (572, 84, "护照号/Passport No.", text(f, "passport_number")),
        (262, 148, "姓名/Name", f"{local['name']}  {text(f, 'surname')}, {text(f, 'given_name')}"),
        (262, 212, "性别/Sex", f"{local['sex']}/{text(f, 'sex')}"),
        (378, 212, "国籍/Nationality", f"{local['nationality']}/{text(f, 'nationality')}"),
        (572, 212, "出生日期/Date of birth", passport_date(text(f, "date_of_birth"))),
        (262, 276, "出生地点/Place of birth", f"{local['place_of_birth']}/{text(f, 'place_of_birth')}"),
        (572, 276, "签发日期/Date of issue", passport_date(text(f, "date_of_issue"))),
        (262, 340, "签发地点/Place of issue", f"{local['place_of_issue']}/{text(f, 'place_of_issue')}"),
        (572, 340, "有效期至/Date of expiry", passport_date(text(f, "date_of_expiry"))),
    )
    for x, y, label, value in cells:
        c.text(x, y, label, 16, fill="#7a2430")
        c.text(x, y + 27, value, 22)
    c.text(262, 404, "签发机关/Authority", 16, fill="#7a2430")
    c.text(262, 430, local["issuing_authority"], 22)
    c.text(262, 460, text(f, "issuing_authority"), 22)
    c.pen.rectangle((0, 490, 794, c.height), fill="#efe6dc")
    for y, name in ((528, "machine_code"), (578, "machine_code2")):
        c.text(44, y, text(f, name), 33, face="mono")


def _local(f: Fields) -> dict[str, str]:
    extra = f["extra_info"]
    if isinstance(extra, str | list):
        raise TypeError("extra_info is no object")
    return dict(extra["local_language"])


DOCUMENTS = (
    Document("id_card_portrait_side", "id_card", 1010, 640, ID_FIELDS, draw_id_card_portrait, (690, 30), (740, 380)),
    Document("id_card_emblem_side", None, 1010, 640, EMBLEM_FIELDS, draw_id_card_emblem, (690, 30), (750, 390)),
    Document("passport", "passport", 1110, 640, PASSPORT_FIELDS, draw_passport, (830, 30), (820, 330)),
)
