"""The build's modules stand beside the package and are not installed: put them on the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
