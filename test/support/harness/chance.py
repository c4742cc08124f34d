"""Seeds of the tests that try random moments: printed, so that a run can be repeated, and settable."""

import os
import random


def seed_of_this_run():
    """ASSIST_TEST_SEED, or a fresh one. Printed at once, so that it stands in the log whatever happens after."""
    given = os.environ.get("ASSIST_TEST_SEED")
    seed = int(given) if given else random.SystemRandom().randrange(1 << 31)
    print(f"seed {seed} (ASSIST_TEST_SEED={seed} repeats it)", flush=True)
    return seed
