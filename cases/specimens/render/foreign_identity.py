"""Identity cards of Hong Kong, Macao and Peru."""

from cases.specimens.render.canvas import RED, Canvas, Colour
from cases.specimens.render.documents import Document, Fields, text

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


DOCUMENTS = (
    Document(None, "hongkong_id_card", 1010, 640, HONGKONG_FIELDS, draw_hongkong_id_card, (714, 30), (760, 370)),
    Document(None, "macao_id_card", 1010, 640, MACAO_FIELDS, draw_macao_id_card, (714, 30), (750, 370)),
    Document(None, "peru_id_card", 1010, 640, PERU_FIELDS, draw_peru_id_card, (714, 30), (740, 370)),
)
