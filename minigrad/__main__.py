"""`python -m minigrad` is the command `minigrad`."""

import sys

from minigrad.command_line import main

sys.exit(main())
