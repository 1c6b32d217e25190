"""``python -m nexus_core.cli``, the same as ``nexus``."""

import sys

from nexus_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
