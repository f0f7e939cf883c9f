"""Entry point of the developer commands; see `main.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from env.main import main

sys.exit(main(sys.argv[1:]))
