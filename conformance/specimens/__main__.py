"""Entry of `python -m conformance.specimens`; see `command`."""

import sys

from conformance.specimens.build import main

sys.exit(main(sys.argv[1:]))
