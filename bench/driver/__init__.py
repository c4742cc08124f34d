"""What bench/run.py is made of: the programs of bench/ as processes, scenes, tables."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))
os.environ.setdefault("ASSIST_BIN_DIR", os.path.join(ROOT, "build", "bench", "bin"))
