"""Pictures of any listed format at an exact size in pixels, bytes or base64 characters, and a look at their headers.

`sniff` reads headers. `blank` makes a white picture of any size in milliseconds; `encode` writes a drawn page; `extend`
puts a drawn page into the corner of a larger picture; `pad` and `pad_to_base64` reach an exact length; `truncate`,
`unsupported` and `encode_unsupported` are for faults. VARIANTS lists what exists. The files: `formats` says which modes
and layouts there are, `sniff` and `encode` do what they are called, `edge_cases` the rest of this; `writers` and `tiff`
are files written by hand.

Nothing here imports the rest of the kit. Pages are Pillow images, and Pillow is loaded by the functions that take one.
"""

from conformance.images.edge_cases import blank, encode_unsupported, pad, pad_to_base64, truncate, unsupported
from conformance.images.encode import Extensible, Subsampling, encode, extend
from conformance.images.formats import (
    EXTENSIBLE,
    FAULT_FORMATS,
    FORMATS,
    LAYOUTS,
    MAX_SIDE,
    MODES,
    SMALLEST,
    VARIANTS,
    AnyFormat,
    FaultFormat,
    Format,
    Kind,
    Layout,
    Mode,
    Sniffed,
    Variant,
)
from conformance.images.sniff import sniff

__all__ = [
    "EXTENSIBLE",
    "FAULT_FORMATS",
    "FORMATS",
    "LAYOUTS",
    "MAX_SIDE",
    "MODES",
    "SMALLEST",
    "VARIANTS",
    "AnyFormat",
    "Extensible",
    "FaultFormat",
    "Format",
    "Kind",
    "Layout",
    "Mode",
    "Sniffed",
    "Subsampling",
    "Variant",
    "blank",
    "encode",
    "encode_unsupported",
    "extend",
    "pad",
    "pad_to_base64",
    "sniff",
    "truncate",
    "unsupported",
]
