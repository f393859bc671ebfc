"""Identity cards of Hong Kong, Macao and Peru."""

from __future__ import annotations

from conformance.specimens.canvas import RED, Canvas, Colour
from conformance.specimens.codes import Document, Fields, FieldValue, text

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


MAINLAND = (
    Document("id_card_portrait_side", "id_card", 1010, 640, ID_FIELDS, draw_id_card_portrait, (690, 30), (740, 380)),
    Document("id_card_emblem_side", None, 1010, 640, EMBLEM_FIELDS, draw_id_card_emblem, (690, 30), (750, 390)),
    Document("passport", "passport", 1110, 640, PASSPORT_FIELDS, draw_passport, (830, 30), (820, 330)),
)


GREY: Colour = "#4b5560"

HONGKONG_FIELDS: Fields = {
    "name": "樣本甲",
    "name_en": "YEUNGBOON, Kap",
    "name_codes": "0000 0000 0000",
    "birth": "14-02-1990",
    "sex": "女 F",
    "symbols": "***AZ",
    "first_issue": "(05-21)",
    "issue_date": "06-05-21",
    "number": "X000417(0)",
}


def draw_hongkong_id_card(c: Canvas, f: Fields) -> None:
    """The smart card: bilingual title, portrait left, number in the lower right of the text."""
    c.paper("#eef4ee", "#d5e5da")
    c.watermark(350, 330, "SPECIMEN 樣本", 76, fill="#dfece1")
    c.text(345, 40, "香港永久性居民身份證", 33, face="hk-serif-bold", fill="#26554a", anchor="mm")
    c.text(345, 78, "HONG KONG PERMANENT IDENTITY CARD", 23, face="serif-bold", fill="#26554a", anchor="mm")
    c.portrait(40, 120, 250, 400, back="#e2ece6")
    c.text(280, 132, text(f, "name"), 36, face="hk-bold")
    c.text(280, 178, text(f, "name_en"), 29, face="hk")
    c.text(280, 220, text(f, "name_codes"), 26, face="hk")
    c.text(280, 268, "出生日期 Date of Birth", 20, face="hk", fill=GREY)
    c.text(280, 300, text(f, "birth"), 30, face="hk")
    c.text(520, 268, "性別 Sex", 20, face="hk", fill=GREY)
    c.text(520, 300, text(f, "sex"), 30, face="hk")
    c.text(280, 346, text(f, "symbols"), 30, face="hk")
    c.text(280, 396, "簽發日期 Date of Issue", 20, face="hk", fill=GREY)
    c.text(280, 428, text(f, "first_issue"), 24, face="hk")
    c.text(280, 466, text(f, "issue_date"), 30, face="hk")
    c.text(470, 466, text(f, "number"), 36, face="hk-bold", fit=200)
    c.badge(40, 440, size=18)
    c.badge(40, 486, size=18, words="SPECIMEN 樣本", face="hk-bold")
    c.text(40, 566, "樣本證件 虛構資料 NOT A REAL DOCUMENT", 22, face="hk", fill=RED)


MACAO_FIELDS: Fields = {
    "surname": "樣",
    "surname_en": "IEONG BUN",
    "given_name": "本乙",
    "given_name_en": "UT",
    "birth": "23-07-1991",
    "sex": "M 男",
    "height": "0.00",
    "first_issue": "18-06-2010",
    "issue_date": "18-06-2020",
    "expiry_date": "18-06-2030",
    "number": "9000417(5)",
}


def draw_macao_id_card(c: Canvas, f: Fields) -> None:
    """The resident card: Chinese and Portuguese labels, portrait right of the text."""
    c.paper("#f2f0f7", "#e0dcec")
    c.watermark(350, 340, "SPECIMEN 樣本", 76, fill="#e6e2f0")
    violet: Colour = "#4a3b7c"
    c.text(345, 32, "澳門特別行政區", 28, face="hk-serif-bold", fill=violet, anchor="mm")
    c.text(345, 62, "Região Administrativa Especial de Macau", 18, face="latin", fill=violet, anchor="mm")
    c.text(345, 96, "永久性居民身份證", 30, face="hk-serif-bold", fill=violet, anchor="mm")
    c.text(345, 126, "BILHETE DE IDENTIDADE DE RESIDENTE PERMANENTE", 17, face="latin-bold", fill=violet, anchor="mm")
    cells = (
        (36, 160, "姓", "Apelidos", f"{text(f, 'surname')}  {text(f, 'surname_en')}"),
        (36, 224, "名", "Nomes próprios", f"{text(f, 'given_name')}  {text(f, 'given_name_en')}"),
        (36, 288, "出生日期", "Data de nascimento", text(f, "birth")),
        (36, 352, "性別", "Sexo", text(f, "sex")),
        (190, 352, "身高", "Altura", text(f, "height")),
        (36, 416, "首次發出日期", "Data da 1ª emissão", text(f, "first_issue")),
        (36, 480, "本次發出日期", "Data desta emissão", text(f, "issue_date")),
        (330, 480, "有效期至", "Válido até", text(f, "expiry_date")),
    )
    for x, y, label, portuguese, value in cells:
        end = c.text(x, y, label, 16, face="hk", fill=violet)
        c.text(end + 8, y, portuguese, 15, face="latin", fill=violet)
        c.text(x, y + 28, value, 26, face="hk")
    c.portrait(440, 160, 640, 420, back="#e8e4f2")
    c.text(36, 570, text(f, "number"), 38, face="hk-bold")
    c.badge(300, 560, size=18)
    c.badge(480, 560, size=18, words="SPECIMEN 樣本", face="hk-bold")
    c.text(36, 618, "樣本證件 虛構資料 NOT A REAL DOCUMENT", 18, face="hk", fill=RED)


PERU_LINES = (
    "I<PER00000417<9<<<<<<<<<<<<<<<",
    "9002149F3105069PER<<<<<<<<<<<7",
    "MUESTRA<<ESPECIMEN<<<<<<<<<<<<",
)

PERU_FIELDS: Fields = {
    "number": "00000417-9",
    "first_surname": "MUESTRA",
    "second_surname": "FICTICIA",
    "given_names": "ESPECIMEN",
    "birth": "14 02 1990",
    "ubigeo": "990000",
    "sex": "F",
    "civil_status": "S",
    "registration_date": "06 05 2008",
    "issue_date": "06 05 2023",
    "expiry_date": "06 05 2031",
    "machine_code": PERU_LINES[0],
    "machine_code2": PERU_LINES[1],
    "machine_code3": PERU_LINES[2],
}


def draw_peru_id_card(c: Canvas, f: Fields) -> None:
    """The blue card: Spanish labels, portrait left, three machine-readable lines along the foot."""
    c.paper("#eaf3fb", "#d2e4f3")
    c.watermark(350, 300, "MUESTRA", 100, fill="#dbe9f5")
    blue: Colour = "#1b4c86"
    c.box(24, 22, 112, 74, outline=blue, fill="white")
    c.box(24, 22, 53, 74, outline=None, fill=RED)
    c.box(83, 22, 112, 74, outline=None, fill=RED)
    c.text(126, 28, "REPÚBLICA DEL PERÚ", 23, face="latin-bold", fill=blue)
    c.text(126, 54, "REGISTRO NACIONAL DE IDENTIFICACIÓN Y ESTADO CIVIL", 15, face="latin", fill=blue)
    c.text(126, 80, "DOCUMENTO NACIONAL DE IDENTIDAD", 20, face="latin-bold", fill=blue)
    c.text(410, 116, "DNI " + text(f, "number"), 30, face="latin-bold", fill=RED)
    c.portrait(30, 112, 210, 352, back="#dfeaf4")
    cells = (
        (236, 112, "Primer Apellido", "first_surname"),
        (236, 166, "Segundo Apellido", "second_surname"),
        (236, 220, "Pre Nombres", "given_names"),
        (236, 274, "Nacimiento: Fecha y Ubigeo", "birth"),
        (236, 328, "Sexo", "sex"),
        (320, 328, "Estado Civil", "civil_status"),
        (470, 166, "Fecha Inscripción", "registration_date"),
        (470, 220, "Fecha Emisión", "issue_date"),
        (470, 274, "Fecha Caducidad", "expiry_date"),
    )
    for x, y, label, name in cells:
        c.text(x, y, label, 15, face="latin", fill=blue)
        c.text(x, y + 25, text(f, name), 23, face="latin")
    c.text(372, 299, text(f, "ubigeo"), 23, face="latin")
    c.badge(30, 394, size=18)
    c.text(200, 394, "ESPÉCIMEN - SIN VALOR LEGAL", 20, face="latin-bold", fill=RED)
    c.pen.rectangle((0, 430, 676, c.height), fill="#dde9f4")
    for index, name in enumerate(("machine_code", "machine_code2", "machine_code3")):
        c.text(28, 476 + index * 56, text(f, name), 40, face="mono")


FOREIGN = (
    Document(None, "hongkong_id_card", 1010, 640, HONGKONG_FIELDS, draw_hongkong_id_card, (714, 30), (760, 370)),
    Document(None, "macao_id_card", 1010, 640, MACAO_FIELDS, draw_macao_id_card, (714, 30), (750, 370)),
    Document(None, "peru_id_card", 1010, 640, PERU_FIELDS, draw_peru_id_card, (714, 30), (740, 370)),
)
