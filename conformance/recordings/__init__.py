"""Cassettes: recorded exchanges in a folder that may be committed, replayed, audited and handed on.

    DIR/cassette.json      the manifest: what was recorded, with which kit, depth and seed, and whether that is all
    DIR/index.ndjson       one interaction a line, in the order of the run; pictures cut out
    DIR/blobs/<sha256>     the bytes of pictures and of other large bodies; `<sha256>.z` where zlib makes them a quarter
    DIR/journal.ndjson     only while a recording is unfinished: it counts, whatever the index says

`schemas/cassette.schema.json` describes the manifest and each kind of line. A request body is kept as text with its
pictures cut out: each run of base64 that decodes cleanly is replaced by the sum of the bytes behind it, so that a
picture is stored once however often it was sent. Slots keep credentials and the project id out of requests, and what a
target echoed of them was replaced before it came here.

Writing appends to the journal. The intent to send a request is noted before it is sent, its answer before the next one
is; when the recording ends, the journal becomes the index (written beside, synced, renamed) and the manifest says so.
A process may be killed at any moment: what is in the journal stays, and a recording that goes on starts from there.

Importing this package imports nothing that is not needed to record.
"""

from conformance.recordings.interaction import CassetteError, Interaction, Spot
from conformance.recordings.journal import CassetteWriter
from conformance.recordings.reader import CassetteReader

__all__ = ["CassetteError", "CassetteReader", "CassetteWriter", "Interaction", "Spot"]
