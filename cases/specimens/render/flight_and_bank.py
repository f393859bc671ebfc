"""The itinerary/receipt of an electronic air ticket, and the bank card."""

from cases.specimens.render.canvas import RED, Canvas, Colour
from cases.specimens.render.documents import Document, Fields, rows, text

BLUE: Colour = "#1f4f86"

FLIGHT_FIELDS: Fields = {
    "serial_number": "00000041755",
    "passenger_name": "YANGBEN/JIA",
    "id_number": "990000199002140005",
    "endorsements_restrictions": "Q/不得签转/样本客票",
    "order_number": "YB0417",
    "fare": "CNY 1460.00",
    "caac_development_fund": "CN 100.00",
    "fuel_surcharge": "YQ 60.00",
    "other_taxes": "XT 20.00",
    "total": "CNY 1640.00",
    "e_ticket_number": "000-0000041755",
    "check_code": "0417",
    "reference_information": "样本00客运提示",
    "insurance": "XXX",
    "agent_code": "YBN000 00000417",
    "issue_organization": "样本市虚构航空票务有限公司",
    "issue_date": "2026-03-13",
    "itinerary_list": [
        {
            "departure_station": "T2样本",
            "destination_station": "虚构",
            "carrier": "样航",
            "flight": "YB0041",
            "cabin_class": "Y",
            "date": "2026-03-20",
            "time": "08:35",
            "fare_basis": "YB01",
            "effective_date": "2026-03-20",
            "expiry_date": "2026-09-20",
            "baggage_allowance": "20K",
        },
        {
            "departure_station": "T1虚构",
            "destination_station": "样本",
            "carrier": "样航",
            "flight": "YB0042",
            "cabin_class": "V",
            "date": "2026-03-27",
            "time": "19:10",
            "fare_basis": "VB01",
            "effective_date": "2026-03-27",
            "expiry_date": "2026-09-27",
            "baggage_allowance": "20K",
        },
    ],
    "international_flag": "国内",
}

COLUMNS = (
    (126, "承运人", "CARRIER", "carrier"),
    (196, "航班号", "FLIGHT", "flight"),
    (290, "座位等级", "CLASS", "cabin_class"),
    (366, "日期", "DATE", "date"),
    (486, "时间", "TIME", "time"),
    (560, "客票类别", "FARE BASIS", "fare_basis"),
    (662, "生效日期", "NOT BEFORE", "effective_date"),
    (780, "截止日期", "NOT AFTER", "expiry_date"),
    (896, "免费行李", "ALLOW", "baggage_allowance"),
)

SUMS = (
    (120, "票价", "FARE", "fare"),
    (274, "民航发展基金", "CAAC FUND", "caac_development_fund"),
    (430, "燃油附加费", "FUEL SURCHARGE", "fuel_surcharge"),
    (584, "其他税费", "OTHER TAXES", "other_taxes"),
    (738, "合计", "TOTAL", "total"),
)


def draw_flight_itinerary(c: Canvas, f: Fields) -> None:
    """The wide receipt: passenger, coupons from station to station, sums, ticket number, issuer."""
    c.paper("#f2f7fb", "#dbe7f2", step=34)
    c.watermark(480, 350, "SPECIMEN 样本", 104, fill="#e3edf5")
    c.text(480, 36, "航空运输电子客票行程单", 32, face="serif-bold", fill=BLUE, anchor="mm")
    c.text(480, 70, "ITINERARY/RECEIPT OF E-TICKET FOR AIR TRANSPORT", 18, face="serif", fill=BLUE, anchor="mm")
    c.badge(30, 40)
    c.text(744, 36, text(f, "international_flag"), 20, fill=BLUE)
    c.text(744, 70, "印刷序号 SERIAL NUMBER", 14, fill=BLUE)
    c.text(744, 94, text(f, "serial_number"), 22)
    c.box(24, 112, 976, 640, outline=BLUE, width=2)
    heads = (
        (34, "旅客姓名 NAME OF PASSENGER", "passenger_name"),
        (320, "有效身份证件号码 ID.NO.", "id_number"),
        (620, "签注 ENDORSEMENTS/RESTRICTIONS", "endorsements_restrictions"),
    )
    for x, label, name in heads:
        c.text(x, 128, label, 15, fill=BLUE)
        c.text(x, 154, text(f, name), 22)
    c.rule(24, 174, 976, 174, fill=BLUE)
    _coupons(c, f)
    for x, label, english, name in SUMS:
        c.text(x, 444, label, 17, fill=BLUE)
        c.text(x, 464, english, 14, fill=BLUE)
        c.text(x, 490, text(f, name), 21)
    c.rule(24, 510, 976, 510, fill=BLUE)
    _foot(c, f)


def _coupons(c: Canvas, f: Fields) -> None:
    c.field(34, 192, "订单号", text(f, "order_number"), 19, label_fill=BLUE)
    for x, label, english, _ in COLUMNS:
        c.text(x, 214, label, 16, fill=BLUE)
        c.text(x, 233, english, 13, fill=BLUE)
    coupons = rows(f, "itinerary_list")
    for index, coupon in enumerate(coupons):
        y = 276 + index * 74
        c.text(34, y - 8, "自 FROM" if index == 0 else "至 TO", 14, fill=BLUE)
        c.text(34, y + 16, coupon["departure_station"], 22)
        for x, _, _, name in COLUMNS:
            c.text(x, y + 16, coupon[name], 20)
        c.rule(24, y + 36, 976, y + 36, fill="#b7cde0")
    c.text(34, 276 + len(coupons) * 74 - 20, "至 TO", 14, fill=BLUE)
    c.text(90, 276 + len(coupons) * 74 - 20, coupons[-1]["destination_station"], 22)
    c.rule(24, 426, 976, 426, fill=BLUE)


def _foot(c: Canvas, f: Fields) -> None:
    cells = (
        (34, 528, "电子客票号码 E-TICKET NO.", "e_ticket_number"),
        (280, 528, "验证码 CK.", "check_code"),
        (400, 528, "提示信息 INFORMATION", "reference_information"),
        (700, 528, "保险费 INSURANCE", "insurance"),
        (34, 594, "销售单位代号 AGENT CODE", "agent_code"),
        (280, 594, "填开单位 ISSUED BY", "issue_organization"),
        (700, 594, "填开日期 DATE OF ISSUE", "issue_date"),
    )
    for x, y, label, name in cells:
        c.text(x, y, label, 14, fill=BLUE)
        c.text(x, y + 26, text(f, name), 21)
    c.rule(24, 576, 976, 576, fill=BLUE)
    c.text(30, 676, "样本行程单 不得乘机报销 SPECIMEN ONLY", 18, fill=RED)


BANK_FIELDS: Fields = {
    "bank_name": "样本银行",
    "card_number": "9999 0000 0417 5555",
    "issue_date": "03/21",
    "expiry_date": "03/31",
    "type": "储蓄卡",
}


def draw_bankcard(c: Canvas, f: Fields) -> None:
    """The plastic card: bank and kind above, chip, large number, validity below."""
    c.box(0, 0, c.width - 1, c.height - 1, outline=None, fill="#bcd3ea")
    for index in range(0, 1600, 60):
        c.rule(index - 500, c.height, index, 0, fill="#aecae5", width=24)
    c.watermark(330, 330, "SPECIMEN 样本", 76, fill="#a9c5e1")
    c.disc(74, 74, 34, fill=RED)
    c.text(74, 74, "样", 34, face="serif-bold", fill="white", anchor="mm")
    c.text(126, 60, text(f, "bank_name"), 36, face="sans-bold")
    c.text(126, 98, "SPECIMEN BANK", 20)
    c.text(640, 60, text(f, "type"), 30, anchor="rm")
    c.text(640, 98, "DEBIT CARD", 18, anchor="rm")
    c.box(60, 180, 158, 254, fill="#e2c46a", outline="#8a6d22", width=2, radius=10)
    for x in (92, 126):
        c.rule(x, 180, x, 254, fill="#8a6d22")
    for y in (205, 230):
        c.rule(60, y, 158, y, fill="#8a6d22")
    c.badge(420, 216, size=22)
    c.text(48, 346, text(f, "card_number"), 52, face="mono-bold", fit=600)
    for x, label, name in ((60, "VALID FROM", "issue_date"), (300, "VALID THRU", "expiry_date")):
        c.text(x, 440, label, 17)
        c.text(x + 122, 440, text(f, name), 34, face="mono-bold")
    c.text(48, 530, "YANGBEN JIA", 32, face="mono")
    c.text(48, 596, "样本卡片 虚构号码 NOT A REAL CARD", 20, fill=RED)


DOCUMENTS = (
    Document("flight_itinerary", None, 1350, 726, FLIGHT_FIELDS, draw_flight_itinerary, (1020, 30), (1004, 376)),
    Document("bankcard", None, 1010, 640, BANK_FIELDS, draw_bankcard, (724, 40), (750, 360)),
)
