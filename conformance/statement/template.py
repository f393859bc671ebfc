"""A target statement to begin with: every key and what it means, every position and its values, all at the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.contract.catalogues import Position, read_positions
from conformance.contract.tables import page_of
from conformance.files import DataError, contract_ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEAD = """\
# Target statement of ocr-conformance: what this target supports, how it is reached, which positions it takes.
# It holds no secrets: credentials come from --token, the environment, or a secrets file of yours.
# 被测系统声明：支持的接口、访问方式与所采取的约定做法。不含任何密钥。
# Check it with: ocr-conformance statement check FILE

contracts = [{contracts}]

[target]
# name = "ocr.example.com, staging"            # how reports call it / 报告中的名称
# ca-file = "ca.pem"                           # the only authorities to trust, beside this file / 仅信任其中的 CA
# proxy = "http://proxy.example.com:3128"      # without user and password / 代理
# pictures = "http://192.0.2.7:8099"           # where the target fetches pictures of the kit / 供被测系统下载图片
# pictures-listen = "0.0.0.0:8099"             # of this machine, where it differs from that address / 本机监听地址
# iam = "https://iam.example.com"              # identity service for a login / 身份服务
# metering = "tickets"                         # what is billed: "tickets" (or documents), "calls", "none" / 计费对象
# base-path = "/gateway/ocr"                   # what stands before each documented path / 各接口路径之前的前缀
# rate = 5                                     # requests a second at most, as --rate / 每秒请求数上限
# timeout-s = 30                               # seconds for one request, as --timeout / 单个请求的时限（秒）
# max-requests = 2000                          # requests that a run may send / 单次运行的请求数上限
# max-billable = 300                           # tickets that a run may bill / 单次运行的计费数上限

# [target.headers]                             # further headers of each request / 每个请求附加的请求头
# X-Tenant = "acceptance"
# X-Api-Key = {{ env = "GATEWAY_KEY" }}          # a secret: the variable with it / 密钥：取自环境变量

# [target.tls]                                 # where a client certificate is asked for / 被测系统要求客户端证书时
# certificate = "client.pem"                   # PEM, beside this file / 证书（PEM）
# key = "client.key"                           # its private key, where it is in a file of its own / 私钥

# [authentication]                             # of several kinds of credentials the one to use / 多种凭证时使用哪种
# kind = "token"                               # "token", "keys" (a signature) or "login" (user and password)

# Where the documents leave a point open, a target may say what it does; the values shown are what holds where nothing
# is said. Take the sign off a line that you are sure of: what a target states of itself it has to do (a must).
# 文档未规定之处，可由被测系统声明其做法；所示为未声明时的取值。确定的行可去掉行首 #：一经声明即为必须（must）。

[positions]
"""

_TAIL = """

# What the target has less of than documented, contract by contract: what it lacks is not applicable then. A type or
# format that it serves all the same is a warning, a limit that it does not keep breaks a must.
# 与文档相比较少之处，按接口声明：所缺部分不适用。声明不支持却仍提供的类型或格式为警告，未遵守所声明的限值为违反必须项。
#
# [contract."{contract}"]
# types = ["{kind}"]                          # documents that it knows / 支持的票证类型
# formats = ["JPEG", "PNG"]                    # formats that it reads / 支持的图片格式
# side-min = 20                                # pixels / 最短边下限（像素）
# side-max = 6000                              # pixels / 最长边上限（像素）
# base64-max = 8000000                         # characters of base64 / base64 字符数上限
# [contract."{contract}".positions]            # positions of this contract alone / 仅限该接口的立场
#
# [codes.prefix]                               # what stands for a documented prefix of error codes / 错误码前缀
# AIS = "OCR"

# A requirement that the target is known to break, excused until a day. An expired waiver excuses nothing.
# 已知不满足的要求，可豁免至某日；过期即失效。
#
# [[waiver]]
# requirement = "{contract}/answer.request-id"
# reason = "the gateway adds the header from release 7 on"
# owner = "team gateway"
# expires = 2030-12-31
# type = "{kind}"                              # only breaches on pictures of this type / 仅限该类型的图片
# format = "PNG"                               # only on pictures of this format / 仅限该格式的图片
# purpose = "first-contact"                    # only breaches that this purpose finds / 仅限该测试目的

# What cannot be proven on this target: listed as not proven, and no reason for an inconclusive run; it fails where it
# breaks. / 在此被测系统上无法证实的要求：列为未证实，但不因此判为结论未定；一旦违反仍为未通过。
#
# [[unprovable]]
# requirement = "{contract}/token.valid"
# reason = "the acceptance system has no accounts"
# owner = "team identity"

# Pictures of your own, with what is on them (or in a folder with a manifest.toml of the same entries: --images DIR).
# 自有图片及其内容（也可放入含 manifest.toml 的目录，用 --images DIR 指定）。
#
# [[image]]
# file = "pictures/one.jpg"
# types = ["{kind}"]
# id = "one"                                   # how reports call it / 报告中的名称
# contracts = ["{contract}"]     # those it is sent to / 发送到的接口契约
# original = "paper 7"                         # the document it shows; pictures of one count as one / 所示票证
# degradation = {{ kind = "blur", strength = 2 }}  # what was done to it / 对图片做过的劣化处理
#
# [[image]]
# file = "pictures/two.jpg"
# [[image.document]]
# type = "{kind}"
# corners = [[10, 10], [970, 12], [968, 580], [9, 577]]
# fields = {{ "number" = "00000000" }}            # names as in content / 字段名与 content 相同

# What has to be reached on them: proven, failed, or left open where there are too few pictures to tell.
# 在自有图片上须达到的指标；图片过少时不作判定。
#
# [[recognition]]
# type = "{kind}"                              # all types together when absent / 不传时为全部类型
# recall = 0.95
# precision = 0.95
# field-accuracy = 0.9                         # printed fields that are read right / 字段准确率
# confidence = 0.95                            # how sure that has to be / 置信水平
# pictures = "own"                             # "own" or "specimens" of the kit / 自有图片或套件样张
# contract = "{contract}"        # for each contract when absent / 不传时适用于各接口契约
# level = "must"                               # "must", "should" or "open"; of each limit / 级别，各限值均可声明

# How long valid requests may take / 有效请求的时延上限。
#
# [[latency]]
# percentile = 95
# limit-ms = 2000

# What the target's meter shows for the run; known afterwards, so give it when the recording is replayed.
# 被测系统的计量对本次运行的计数；运行之后才知道，可在回放录制时给出。
#
# [[metered]]
# contract = "{contract}"
# billed = 57

# What has to hold under load (`ocr-conformance load`), and who agrees to it beyond this machine.
# 负载下须满足的限值（`ocr-conformance load`）；对本机以外的被测系统施加负载须经其所有者同意。
#
# [[load]]
# users = 50                                   # from so many users on / 自多少个用户起
# percentile = 99
# limit-ms = 2000
# errors = 0.01                                # errors and wrong answers at most / 错误与无响应的比例上限
#
# [load-consent]
# owner = "team platform"
# until = 2030-12-31
"""


def statement_template(contracts: Sequence[str]) -> str:
    """A commented statement for these contracts. Raises DataError for an unknown one."""
    unknown = sorted(set(contracts) - set(contract_ids()))
    if unknown or not contracts:
        raise DataError(
            f"expected some of {', '.join(contract_ids())}; found {', '.join(unknown) or 'none'}",
            f"应为 {'、'.join(contract_ids())} 中的一个或多个；实为 {'、'.join(unknown) or '空'}",
        )
    pages = [page_of(name) for name in contracts]
    positions = [p for p in read_positions().values() if any(p.concerns(page) for page in pages)]
    body = "\n".join(line for position in positions for line in _lines(position))
    head = _HEAD.format(contracts=", ".join(f'"{name}"' for name in contracts))
    return head + body + _TAIL.format(contract=contracts[0], kind=(*pages[0].types, "train_ticket")[0])


def _lines(position: Position) -> Iterator[str]:
    width = max(map(len, position.values)) + 2
    yield ""
    yield f"# {position.title.en} ... / {position.title.zh}……"
    for name, value in position.values.items():
        quoted = f'"{name}"'
        yield f"#   {quoted:{width}}  {value.meaning.en} / {value.meaning.zh}"
    yield f'# "{position.id}" = "{position.default}"'
