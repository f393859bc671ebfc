"""Papers of mainland China: identity card, passport, driving licence, vehicle licence, road transport permit."""

from conformance.specimens.canvas import RED, Canvas, Colour
from conformance.specimens.specimen import Document, Fields, FieldValue, text

ID_LABEL: Colour = "#2f6ea3"

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
    c.field(44, 66, "姓 名", text(f, "name"), 32, label_fill=ID_LABEL, at=146)
    c.field(44, 134, "性 别", text(f, "sex"), 28, label_fill=ID_LABEL, at=146)
    c.field(226, 134, "民 族", text(f, "ethnicity"), 28, label_fill=ID_LABEL, at=320)
    c.text(44, 202, "出 生", 28, fill=ID_LABEL)
    for x, value, unit in ((146, year, "年"), (254, month, "月"), (330, day, "日")):
        end = c.text(x, 202, value, 28)
        c.text(end + 10, 202, unit, 24, fill=ID_LABEL)
    c.text(44, 270, "住 址", 28, fill=ID_LABEL)
    c.lines(146, 270, text(f, "address"), 28, 256)
    c.portrait(424, 50, 650, 340, back="#e4edf0")
    c.badge(44, 400, size=22)
    c.text(44, 486, "公民身份号码", 28, fill=ID_LABEL)
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


VEHICLE_LABEL: Colour = "#33506b"
POLICE = ("样本市公安局", "虚构交通警察", "支队样本专用")
AUTHORITY = "样本市公安局虚构交通警察支队样本专用"

DRIVER_FRONT_FIELDS: Fields = {
    "number": "990000199107230009",
    "name": "样本乙",
    "sex": "男",
    "nationality": "中国",
    "address": "样本省样本市虚构区示例路00号",
    "birth": "1991-07-23",
    "issue_date": "2015-04-17",
    "class": "C1",
    "valid_from": "2021-04-17",
    "valid_to": "2031-04-17",
    "issuing_authority": AUTHORITY,
    "type": "normal",
}


def _driver_sheet(c: Canvas, title: str) -> None:
    c.paper("#f1f3ee", "#dfe6da")
    c.watermark(340, 360, "SPECIMEN 样本", 76, fill="#e4eadf")
    c.spaced(60, 46, title, 32, 570, face="serif-bold")


def draw_driver_front(c: Canvas, f: Fields) -> None:
    """The main page: bilingual labels, red square seal lower left, portrait lower right."""
    _driver_sheet(c, "中华人民共和国机动车驾驶证")
    c.text(345, 82, "Driving License of the People's Republic of China", 20, face="serif", anchor="mm")
    c.text(150, 124, "证号", 24, fill=VEHICLE_LABEL)
    c.text(214, 124, text(f, "number"), 29, face="sans-bold")
    cells = (
        (30, 170, "姓名", "Name", "name", 100),
        (270, 170, "性别", "Sex", "sex", 60),
        (420, 170, "国籍", "Nationality", "nationality", 106),
        (30, 232, "住址", "Address", "address", 100),
        (222, 330, "出生日期", "Date of Birth", "birth", 146),
        (222, 394, "初次领证日期", "Date of First Issue", "issue_date", 146),
        (222, 458, "准驾车型", "Class", "class", 146),
    )
    for x, y, label, english, name, indent in cells:
        c.text(x, y - 9, label, 20, fill=VEHICLE_LABEL)
        c.text(x, y + 15, english, 15, fill=VEHICLE_LABEL)
        c.text(x + indent, y, text(f, name), 25)
    for y in (202, 264, 362, 426, 490):
        c.rule(30 if y < 300 else 222, y, 650, y, fill="#b9c4cc")
    c.square_seal(40, 318, POLICE, 23)
    c.portrait(520, 284, 650, 486, back="#e4ebe8")
    c.text(30, 545, "有效期限", 20, fill=VEHICLE_LABEL)
    c.text(30, 569, "Valid Period", 15, fill=VEHICLE_LABEL)
    c.text(150, 556, f"{text(f, 'valid_from')} 至 {text(f, 'valid_to')}", 27)
    c.badge(490, 604, size=18)
    c.text(30, 610, "样本证件 虚构信息 NOT A REAL DOCUMENT", 18, fill=RED)


DRIVER_BACK_FIELDS: Fields = {
    "number": "990000199107230009",
    "name": "样本乙",
    "file_number": "990000004175",
    "record": "请于2031年04月17日前九十日内申请换领样本证件。",
    "type": "normal",
}


def draw_driver_back(c: Canvas, f: Fields) -> None:
    """The second page: name, file number and the record section."""
    _driver_sheet(c, "中华人民共和国机动车驾驶证副页")
    c.text(150, 112, "证号", 24, fill=VEHICLE_LABEL)
    c.text(214, 112, text(f, "number"), 29, face="sans-bold")
    c.box(30, 148, 650, 540, outline="#8895a0")
    c.rule(30, 210, 650, 210, fill="#8895a0")
    c.rule(300, 148, 300, 210, fill="#8895a0")
    c.field(46, 179, "姓名", text(f, "name"), 26, label_fill=VEHICLE_LABEL, at=116)
    c.field(316, 179, "档案编号", text(f, "file_number"), 25, label_fill=VEHICLE_LABEL, at=434)
    c.rule(100, 210, 100, 540, fill="#8895a0")
    c.column(65, 320, "记录", 28, 60, fill=VEHICLE_LABEL)
    c.lines(120, 256, text(f, "record"), 28, 500)
    c.badge(430, 500)
    c.text(30, 590, "样本证件 虚构信息 NOT A REAL DOCUMENT", 20, fill=RED)


VEHICLE_FRONT_FIELDS: Fields = {
    "number": "样A00000",
    "vehicle_type": "小型轿车",
    "name": "样本丙",
    "address": "样本省样本市虚构区示例路000号",
    "use_character": "非营运",
    "model": "样本牌YB0000SP",
    "engine_no": "00041755Y",
    "vin": "LYBSPEC00X0004175",
    "register_date": "2019-11-05",
    "issue_date": "2019-11-06",
    "issuing_authority": AUTHORITY,
    "type": "normal",
}


def draw_vehicle_front(c: Canvas, f: Fields) -> None:
    """The main page: bilingual labels over rules, red square seal lower left."""
    c.paper("#eef3f6", "#d8e4ec")
    c.watermark(340, 360, "SPECIMEN 样本", 76, fill="#dde8ef")
    c.spaced(60, 46, "中华人民共和国机动车行驶证", 32, 570, face="serif-bold")
    c.text(345, 82, "Vehicle License of the People's Republic of China", 20, face="serif", anchor="mm")
    cells = (
        (30, 130, "号牌号码", "Plate No.", "number", 110),
        (330, 130, "车辆类型", "Vehicle Type", "vehicle_type", 120),
        (30, 194, "所有人", "Owner", "name", 110),
        (30, 258, "住址", "Address", "address", 110),
        (30, 322, "使用性质", "Use Character", "use_character", 126),
        (300, 322, "品牌型号", "Model", "model", 110),
        (240, 386, "车辆识别代号", "VIN", "vin", 146),
        (240, 450, "发动机号码", "Engine No.", "engine_no", 146),
        (240, 514, "注册日期", "Register Date", "register_date", 146),
        (240, 578, "发证日期", "Issue Date", "issue_date", 146),
    )
    for x, y, label, english, name, indent in cells:
        c.text(x, y - 9, label, 20, fill=VEHICLE_LABEL)
        c.text(x, y + 15, english, 15, fill=VEHICLE_LABEL)
        c.text(x + indent, y, text(f, name), 25)
        c.rule(x + indent - 4, y + 24, 650, y + 24, fill="#b9c4cc")
    c.square_seal(40, 390, POLICE, 23)
    c.badge(34, 530, size=18)
    c.text(30, 620, "样本证件 虚构信息 NOT A REAL DOCUMENT", 18, fill=RED)


VEHICLE_BACK_FIELDS: Fields = {
    "number": "样A00000",
    "file_no": "990000004175",
    "approved_passengers": "5人",
    "gross_mass": "1905kg",
    "unladen_mass": "1480kg",
    "approved_load": "--",
    "dimension": "4670×1800×1470mm",
    "traction_mass": "--",
    "remarks": "样本车辆不得上路",
    "inspection_record": "检验有效期至2027年11月样A(00)",
    "code_number": "*9900000041755*",
    "type": "normal",
    "energy_type": "汽油",
}


def draw_vehicle_back(c: Canvas, f: Fields) -> None:
    """The second page: a ruled form, the inspection record and a bar code with its number."""
    c.paper("#eef3f6", "#d8e4ec")
    c.watermark(340, 330, "SPECIMEN 样本", 76, fill="#dde8ef")
    c.spaced(60, 42, "中华人民共和国机动车行驶证副页", 30, 570, face="serif-bold")
    line: Colour = "#8895a0"
    cells = (
        (24, 70, 330, 118, "号牌号码", "number"),
        (330, 70, 660, 118, "档案编号", "file_no"),
        (24, 118, 330, 166, "核定载人数", "approved_passengers"),
        (330, 118, 660, 166, "总质量", "gross_mass"),
        (24, 166, 330, 214, "整备质量", "unladen_mass"),
        (330, 166, 660, 214, "核定载质量", "approved_load"),
        (24, 214, 400, 262, "外廓尺寸", "dimension"),
        (400, 214, 660, 262, "准牵引总质量", "traction_mass"),
        (24, 262, 400, 310, "备注", "remarks"),
        (400, 262, 660, 310, "能源类型", "energy_type"),
        (24, 310, 660, 420, "检验记录", "inspection_record"),
    )
    for x0, y0, x1, y1, label, name in cells:
        c.cell(x0, y0, x1, y1, label, text(f, name), label_width=116, size=21, line=line, label_fill=VEHICLE_LABEL)
    _bars(c, 60, 440, text(f, "code_number"))
    c.text(250, 540, text(f, "code_number"), 26, face="mono", anchor="mm")
    c.badge(480, 500)
    c.text(24, 600, "样本证件 虚构信息 NOT A REAL DOCUMENT", 18, fill=RED)


def _bars(c: Canvas, x: float, y: float, words: str) -> None:
    """Bars as a bar code has them, of no known symbology: nothing can be read from them."""
    for index, character in enumerate(words * 3):
        width = 1 + (ord(character) * 7 + index * 5) % 4
        c.pen.rectangle((x, y, x + width, y + 78), fill="#26262c")
        x += width + 3 + (ord(character) + index) % 4


TRANSPORT_FIELDS: Fields = {
    "owner_name": "样本市虚构货运有限公司",
    "license_number": "样交运管样字990000004175号",
    "vehicle_number": "样B00000（黄）",
    "vehicle_type": "重型货车-厢式YB0000",
    "maximum_capacity": "9吨",
    "vehicle_size": "8990*2490*3950毫米",
    "issuing_authority": "样本市虚构道路运输管理处",
    "issue_date": "2020-06-18",
    "owner_address": "样本省样本市虚构区示例路0000号",
    "economic_type": "有限责任公司",
    "business_certificate": "样990000000417",
    "business_scope": "道路普通货物运输",
    "vehicle_weight": "9吨",
    "expiry_date": "2030-06-17",
    "review_expiry_date": "2027-06-17",
    "assessed_technical_level": "一级",
}


def draw_transport_permit(c: Canvas, f: Fields) -> None:
    """The permit page: heading in red, ruled lines of label and value, round seal of the office."""
    c.paper("#f6f2ea", "#e8dfcf")
    c.watermark(370, 380, "SPECIMEN 样本", 84, fill="#ece4d6")
    c.text(370, 46, "中华人民共和国", 24, face="serif-bold", fill=RED, anchor="mm")
    c.spaced(190, 90, "道路运输证", 44, 360, face="serif-bold", fill=RED)
    c.text(370, 138, text(f, "license_number"), 24, anchor="mm")
    rows = (
        ("业户名称", "owner_name"),
        ("地址", "owner_address"),
        ("车辆号牌", "vehicle_number"),
        ("经营许可证号", "business_certificate"),
        ("经济类型", "economic_type"),
        ("车辆类型", "vehicle_type"),
        ("吨(座)位", "maximum_capacity"),
        ("车辆尺寸", "vehicle_size"),
        ("经营范围", "business_scope"),
        ("技术等级", "assessed_technical_level"),
        ("核发机关", "issuing_authority"),
        ("签发日期", "issue_date"),
        ("有效期至", "expiry_date"),
        ("审验有效期", "review_expiry_date"),
    )
    for index, (label, name) in enumerate(rows):
        y = 180 + index * 40
        c.spaced(40, y, label, 22, 140, fill="#6b4a2b")
        c.text(200, y, text(f, name), 24)
        c.rule(196, y + 17, 700, y + 18, fill="#c9b79c")
    c.seal(606, 640, 74, "样本市虚构道路运输", "样本专用章")
    c.badge(40, 746)
    c.text(240, 746, "虚构信息 NOT A REAL DOCUMENT", 19, fill=RED)


IDENTITY_PAPERS = (
    Document("id_card_portrait_side", "id_card", 1010, 640, ID_FIELDS, draw_id_card_portrait, (690, 30), (740, 380)),
    Document("id_card_emblem_side", None, 1010, 640, EMBLEM_FIELDS, draw_id_card_emblem, (690, 30), (750, 390)),
    Document("passport", "passport", 1110, 640, PASSPORT_FIELDS, draw_passport, (830, 30), (820, 330)),
)

VEHICLE_PAPERS = (
    Document("driver_license_front", None, 1010, 640, DRIVER_FRONT_FIELDS, draw_driver_front, (690, 30), (720, 370)),
    Document("driver_license_back", None, 1010, 640, DRIVER_BACK_FIELDS, draw_driver_back, (690, 30), (720, 370)),
    Document("vehicle_license_front", None, 1010, 640, VEHICLE_FRONT_FIELDS, draw_vehicle_front, (690, 30), (720, 370)),
    Document("vehicle_license_back", None, 1010, 640, VEHICLE_BACK_FIELDS, draw_vehicle_back, (690, 30), (720, 370)),
    Document("transportation_license", None, 1080, 790, TRANSPORT_FIELDS, draw_transport_permit, (750, 40), (760, 420)),
)
