"""Papers of vehicles and drivers in mainland China: driving licence, vehicle licence, road transport permit."""

from conformance.specimens.canvas import RED, Canvas, Colour
from conformance.specimens.codes import Document, Fields, text

LABEL: Colour = "#33506b"
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


def draw_driver_license_front(c: Canvas, f: Fields) -> None:
    """The main page: bilingual labels, red square seal lower left, portrait lower right."""
    _driver_sheet(c, "中华人民共和国机动车驾驶证")
    c.text(345, 82, "Driving License of the People's Republic of China", 20, face="serif", anchor="mm")
    c.text(150, 124, "证号", 24, fill=LABEL)
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
        c.text(x, y - 9, label, 20, fill=LABEL)
        c.text(x, y + 15, english, 15, fill=LABEL)
        c.text(x + indent, y, text(f, name), 25)
    for y in (202, 264, 362, 426, 490):
        c.rule(30 if y < 300 else 222, y, 650, y, fill="#b9c4cc")
    c.square_seal(40, 318, POLICE, 23)
    c.portrait(520, 284, 650, 486, back="#e4ebe8")
    c.text(30, 545, "有效期限", 20, fill=LABEL)
    c.text(30, 569, "Valid Period", 15, fill=LABEL)
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


def draw_driver_license_back(c: Canvas, f: Fields) -> None:
    """The second page: name, file number and the record section."""
    _driver_sheet(c, "中华人民共和国机动车驾驶证副页")
    c.text(150, 112, "证号", 24, fill=LABEL)
    c.text(214, 112, text(f, "number"), 29, face="sans-bold")
    c.box(30, 148, 650, 540, outline="#8895a0")
    c.rule(30, 210, 650, 210, fill="#8895a0")
    c.rule(300, 148, 300, 210, fill="#8895a0")
    c.field(46, 179, "姓名", text(f, "name"), 26, label_fill=LABEL, at=116)
    c.field(316, 179, "档案编号", text(f, "file_number"), 25, label_fill=LABEL, at=434)
    c.rule(100, 210, 100, 540, fill="#8895a0")
    c.column(65, 320, "记录", 28, 60, fill=LABEL)
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


def draw_vehicle_license_front(c: Canvas, f: Fields) -> None:
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
        c.text(x, y - 9, label, 20, fill=LABEL)
        c.text(x, y + 15, english, 15, fill=LABEL)
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


def draw_vehicle_license_back(c: Canvas, f: Fields) -> None:
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
        c.cell(x0, y0, x1, y1, label, text(f, name), label_width=116, size=21, line=line, label_fill=LABEL)
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


def draw_transportation_license(c: Canvas, f: Fields) -> None:
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


VEHICLE_PAPERS = (
    Document(
        "driver_license_front", None, 1010, 640, DRIVER_FRONT_FIELDS, draw_driver_license_front, (690, 30), (720, 370)
    ),
    Document(
        "driver_license_back", None, 1010, 640, DRIVER_BACK_FIELDS, draw_driver_license_back, (690, 30), (720, 370)
    ),
    Document(
        "vehicle_license_front",
        None,
        1010,
        640,
        VEHICLE_FRONT_FIELDS,
        draw_vehicle_license_front,
        (690, 30),
        (720, 370),
    ),
    Document(
        "vehicle_license_back", None, 1010, 640, VEHICLE_BACK_FIELDS, draw_vehicle_license_back, (690, 30), (720, 370)
    ),
    Document(
        "transportation_license", None, 1080, 790, TRANSPORT_FIELDS, draw_transportation_license, (750, 40), (760, 420)
    ),
)
