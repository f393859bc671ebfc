"""Identity cards of Hong Kong, Macao, Peru, Cambodia, Myanmar and Thailand, and the driving licence of Myanmar.

The scripts of Cambodia, Myanmar and Thailand need complex text layout: Pillow must come with Raqm, as its wheels do.
"""

from conformance.specimens.canvas import RED, Canvas, Colour
from conformance.specimens.specimen import Document, Fields, text

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


CAMBODIA_LINES = (
    "IDKHM0000004173<<<<<<<<<<<<<<<",
    "9002140F3105061KHM<<<<<<<<<<<2",
    "KUMRU<<SAKALBONG<<<<<<<<<<<<<<",
)

CAMBODIA_FIELDS: Fields = {
    "number": "000000417",
    "name": "គំរូ សាកល្បង",
    "name_en": "KUMRU SAKALBONG",
    "birth": "១៤.០២.១៩៩០",
    "sex": "ស្រី",
    "height": "០០០ ស.ម",
    "birth_place": "ភូមិគំរូ ខេត្តសាកល្បង",
    "address": "ផ្ទះលេខ ០ ភូមិគំរូ ខេត្តសាកល្បង",
    "validity": "០៦.០៥.២០២១ ដល់ ០៥.០៥.២០៣១",
    "machine_code": CAMBODIA_LINES[0],
    "machine_code2": CAMBODIA_LINES[1],
    "machine_code3": CAMBODIA_LINES[2],
}


def draw_cambodian_id_card(c: Canvas, f: Fields) -> None:
    """The card of Cambodia: portrait left, Khmer labels, three machine-readable lines along the foot."""
    c.paper("#f7f2e4", "#e9e0c8")
    c.watermark(350, 300, "SPECIMEN", 100, fill="#eee6d2")
    brown: Colour = "#6a4a1c"
    c.text(360, 26, "ព្រះរាជាណាចក្រកម្ពុជា", 24, face="khmer-bold", fill=brown, anchor="mm")
    c.text(360, 60, "អត្តសញ្ញាណប័ណ្ណសញ្ជាតិខ្មែរ", 24, face="khmer-bold", fill=brown, anchor="mm")
    c.text(660, 96, text(f, "number"), 32, face="latin-bold", anchor="rm")
    c.portrait(30, 90, 200, 320, back="#ece5d2")
    rows = (
        ("គោត្តនាម និងនាម៖", "name", 136),
        ("ថ្ងៃខែឆ្នាំកំណើត៖", "birth", 212),
        ("ទីកន្លែងកំណើត៖", "birth_place", 250),
        ("អាសយដ្ឋាន៖", "address", 288),
        ("សុពលភាព៖", "validity", 326),
    )
    for label, name, y in rows:
        end = c.text(222, y, label, 19, face="khmer", fill=brown)
        c.text(end + 10, y, text(f, name), 21, face="khmer", fit=670 - end - 10)
    c.text(222, 174, text(f, "name_en"), 24, face="latin")
    for x, label, name in ((222, "ភេទ៖", "sex"), (400, "កម្ពស់៖", "height")):
        end = c.text(x, 364, label, 19, face="khmer", fill=brown)
        c.text(end + 10, 364, text(f, name), 21, face="khmer")
    c.badge(30, 350, size=17)
    c.text(222, 404, "គំរូ មិនមែនឯកសារពិត", 20, face="khmer-bold", fill=RED)
    c.text(30, 404, "NOT A REAL CARD", 18, face="latin-bold", fill=RED)
    c.pen.rectangle((0, 430, 676, c.height), fill="#efe7d3")
    for index, name in enumerate(("machine_code", "machine_code2", "machine_code3")):
        c.text(28, 476 + index * 56, text(f, name), 40, face="mono")


MYANMAR_ID_FIELDS: Fields = {
    "number": "၉၉/နမန(နိုင်)၀၀၀၀၀၀",
    "issue_date": "၆-၅-၂၀၂၁",
    "name": "မနမူနာ",
    "father_name": "ဦးစမ်းသပ်",
    "birth": "၁၄-၂-၁၉၉၀",
    "religion": "ဗုဒ္ဓဘာသာ",
    "height": "၀ ပေ ၀ လက်မ",
    "blood_group": "အို",
}


def draw_myanmar_id_card(c: Canvas, f: Fields) -> None:
    """The pink scrutiny card of Myanmar: Burmese only, portrait left."""
    c.paper("#fbeaee", "#f2d5dd")
    c.watermark(350, 330, "SPECIMEN", 100, fill="#f5dde4")
    rose: Colour = "#8c2f4a"
    c.text(340, 36, "ပြည်ထောင်စုသမ္မတမြန်မာနိုင်ငံတော်", 25, face="myanmar-bold", fill=rose, anchor="mm")
    c.text(340, 84, "နိုင်ငံသားစိစစ်ရေးကတ်ပြား", 29, face="myanmar-bold", fill=rose, anchor="mm")
    c.portrait(36, 140, 226, 400, back="#f3dfe5")
    rows = (
        ("အမှတ်", "number"),
        ("ရက်စွဲ", "issue_date"),
        ("အမည်", "name"),
        ("အဘအမည်", "father_name"),
        ("မွေးသက္ကရာဇ်", "birth"),
        ("ဘာသာ", "religion"),
        ("အရပ်", "height"),
        ("သွေးအုပ်စု", "blood_group"),
    )
    for index, (label, name) in enumerate(rows):
        y = 148 + index * 50
        c.text(252, y, label, 22, face="myanmar", fill=rose)
        c.text(400, y, text(f, name), 24, face="myanmar", fit=276)
        c.rule(396, y + 25, 670, y + 25, fill="#dcb3bf")
    c.badge(36, 446)
    c.text(36, 500, "နမူနာ", 28, face="myanmar-bold", fill=RED)
    c.text(36, 592, "နမူနာသာဖြစ်သည်", 22, face="myanmar-bold", fill=RED)
    c.text(300, 592, "NOT A REAL DOCUMENT", 20, face="latin", fill=RED)


LICENCE_FIELDS: Fields = {
    "number": "Z/00417/00",
    "name": "ဦးနမူနာ",
    "name_en": "U NAMUNA",
    "nrc_number": "99/NAMANA(N)000000",
    "birth": "23-07-1991",
    "blood_type": "O",
    "class": "B",
    "issue_date": "17-04-2021",
    "expiry_date": "16-04-2031",
}


def draw_myanmar_licence(c: Canvas, f: Fields) -> None:
    """The driving licence of Myanmar: Burmese and English labels, portrait right."""
    c.paper("#e9f4f0", "#cfe5dc")
    c.watermark(350, 340, "SPECIMEN", 100, fill="#d9ece4")
    green: Colour = "#1d5b49"
    c.text(340, 32, "ပြည်ထောင်စုသမ္မတမြန်မာနိုင်ငံတော်", 23, face="myanmar-bold", fill=green, anchor="mm")
    c.text(340, 64, "THE REPUBLIC OF THE UNION OF MYANMAR", 17, face="latin", fill=green, anchor="mm")
    c.text(340, 102, "ယာဉ်မောင်းလိုင်စင်", 28, face="myanmar-bold", fill=green, anchor="mm")
    c.text(340, 138, "DRIVING LICENCE", 23, face="latin-bold", fill=green, anchor="mm")
    rows = (
        ("အမှတ်", "No.", "number", "latin-bold"),
        ("အမည်", "Name", "name", "myanmar"),
        ("", "", "name_en", "latin"),
        ("နိုင်ငံသားအမှတ်", "NRC No.", "nrc_number", "latin"),
        ("မွေးသက္ကရာဇ်", "D.O.B.", "birth", "latin"),
        ("သွေးအုပ်စု", "Blood Type", "blood_type", "latin"),
        ("အမျိုးအစား", "Class", "class", "latin"),
        ("ထုတ်ပေးသည့်ရက်", "Issue Date", "issue_date", "latin"),
        ("ကုန်ဆုံးရက်", "Valid up to", "expiry_date", "latin"),
    )
    for index, (label, english, name, face) in enumerate(rows):
        y = 180 + index * 46
        c.text(30, y, label, 18, face="myanmar", fill=green)
        c.text(186, y, english, 16, face="latin", fill=green)
        c.text(282, y, text(f, name), 22, face=face)
    c.portrait(536, 180, 660, 352, back="#dcebe5")
    c.badge(480, 420, size=17)
    c.text(520, 470, "နမူနာ", 26, face="myanmar-bold", fill=RED)
    c.text(30, 608, "NOT A REAL DOCUMENT", 20, face="latin", fill=RED)


THAI_FIELDS: Fields = {
    "number": "0 0000 00041 75 8",
    "name": "นางสาว ตัวอย่าง สมมติ",
    "first_name_en": "Miss Tuayang",
    "last_name_en": "Sommut",
    "birth": "14 ก.พ. 2533",
    "birth_en": "14 Feb. 1990",
    "religion": "พุทธ",
    "address": "0 หมู่ที่ 0 ต.สมมติ อ.ตัวอย่าง จ.สมมติ",
    "issue_date": "6 พ.ค. 2564",
    "issue_date_en": "6 May 2021",
    "expiry_date": "13 ก.พ. 2573",
    "expiry_date_en": "13 Feb. 2030",
}


def draw_thailand_id_card(c: Canvas, f: Fields) -> None:
    """The national card of Thailand: Thai and English, chip left, portrait lower right."""
    c.paper("#eaf1fa", "#d2e0f2")
    c.watermark(350, 360, "SPECIMEN", 100, fill="#dae6f4")
    navy: Colour = "#23407a"
    c.text(150, 36, "บัตรประจำตัวประชาชน", 27, face="thai-bold", fill=navy)
    c.text(440, 36, "Thai National ID Card", 22, face="latin-bold", fill=navy)
    c.text(150, 78, "เลขประจำตัวประชาชน", 18, face="thai", fill=navy)
    c.text(150, 102, "Identification Number", 15, face="latin", fill=navy)
    c.text(350, 90, text(f, "number"), 31, face="latin-bold")
    c.box(36, 180, 124, 250, fill="#d8bf72", outline="#8a6d22", width=2, radius=10)
    c.rule(36, 215, 124, 215, fill="#8a6d22")
    c.rule(80, 180, 80, 250, fill="#8a6d22")
    c.text(150, 148, "ชื่อตัวและชื่อสกุล", 18, face="thai", fill=navy)
    c.text(310, 148, text(f, "name"), 29, face="thai")
    for y, label, name in ((194, "Name", "first_name_en"), (230, "Last name", "last_name_en")):
        c.text(150, y, label, 18, face="latin", fill=navy)
        c.text(260, y, text(f, name), 24, face="latin")
    c.text(150, 276, "เกิดวันที่", 18, face="thai", fill=navy)
    c.text(260, 276, text(f, "birth"), 24, face="thai")
    c.text(150, 314, "Date of Birth", 16, face="latin", fill=navy)
    c.text(260, 314, text(f, "birth_en"), 24, face="latin")
    c.text(150, 356, "ศาสนา", 18, face="thai", fill=navy)
    c.text(260, 356, text(f, "religion"), 24, face="thai")
    c.text(36, 402, "ที่อยู่", 18, face="thai", fill=navy)
    c.text(80, 402, text(f, "address"), 22, face="thai", fit=400)
    dates = (
        (36, "วันออกบัตร", "Date of Issue", "issue_date"),
        (290, "วันบัตรหมดอายุ", "Date of Expiry", "expiry_date"),
    )
    for x, label, english, name in dates:
        c.text(x, 452, text(f, name), 22, face="thai")
        c.text(x, 480, label, 16, face="thai", fill=navy)
        c.text(x, 512, text(f, name + "_en"), 21, face="latin")
        c.text(x, 538, english, 15, face="latin", fill=navy)
    c.portrait(500, 320, 660, 540, back="#dde8f4")
    c.badge(36, 604, size=17)
    c.text(210, 604, "ตัวอย่าง ไม่ใช่เอกสารจริง", 20, face="thai-bold", fill=RED)
    c.text(436, 604, "NOT A REAL DOCUMENT", 18, face="latin", fill=RED)


PAPERS_ELSEWHERE = (
    Document(None, "hongkong_id_card", 1010, 640, HONGKONG_FIELDS, draw_hongkong_id_card, (714, 30), (760, 370)),
    Document(None, "macao_id_card", 1010, 640, MACAO_FIELDS, draw_macao_id_card, (714, 30), (750, 370)),
    Document(None, "peru_id_card", 1010, 640, PERU_FIELDS, draw_peru_id_card, (714, 30), (740, 370)),
    Document(None, "cambodian_id_card", 1010, 640, CAMBODIA_FIELDS, draw_cambodian_id_card, (690, 30), (710, 360)),
    Document(None, "myanmar_id_card", 1010, 640, MYANMAR_ID_FIELDS, draw_myanmar_id_card, (714, 30), (730, 370)),
    Document(None, "myanmar_driver_license", 1010, 640, LICENCE_FIELDS, draw_myanmar_licence, (690, 30), (730, 370)),
    Document(None, "thailand_id_card", 1010, 640, THAI_FIELDS, draw_thailand_id_card, (714, 30), (720, 360)),
)
