#!/usr/bin/env python3
"""Runs one module of this folder as a ctest: run.py imports|agent|ways. Exit code 77, which ctest shows as skipped, when
the programs for Windows are not built or the machine has no Wine, with the reason."""

import glob
import importlib
import os
import sys
import unittest

import check_imports

SKIPPED = 77


def main():
    name = sys.argv[1]
    folder = os.environ["ASSIST_WINDOWS_BIN_DIR"]
    if not os.path.exists(os.path.join(folder, "assist-agent.exe")):
        print(f"SKIPPED: no assist-agent.exe in {folder}; scripts/windows.sh builds it")
        return SKIPPED
    if name == "imports":
        return check_imports.main(sorted(glob.glob(os.path.join(folder, "assist-*.exe"))))
    if not os.path.exists("/usr/lib/wine/wine64"):
        print("SKIPPED: no Wine; scripts/deps.sh --windows installs it")
        return SKIPPED
    suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(f"test_windows_{name}"))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
