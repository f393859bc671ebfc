"""Entry of `python -m cases.specimens.render`; see `command`."""

import sys

from cases.specimens.render.command import main

sys.exit(main(sys.argv[1:]))
