"""Each checker finds what it is for: over histories that are made up, with one thing wrong at a time."""

import unittest

import checkers
from faults import start_of, task_of
from history import Ask, History, Row, Start


def good():
    """A history with a bit of everything, in which nothing is wrong."""
    history = History(tiny={"m-tiny"}, shot={("m-1", "t-2", 0)})
    one = Ask("one", "t-1", ["m-1", "m-2"], lines=3, exit_code=3)
    shot = Ask("shot", "t-2", ["m-1"], lines=5)
    stopped = Ask("stopped", "t-3", ["m-1"], lines=9, endless=True, stopped=True)
    timed = Ask("timed", "t-4", ["m-2"], lines=2, endless=True, time_out=True)
    clock = Ask("clock", "t-5", ["m-1"], kind="schedule", lines=1, stopped=True)
    sent = Ask("sent", "f-6", ["m-1"], kind="file", path="/x", content=b"bytes")
    full = Ask("full", "t-7", ["m-tiny"], lines=1000)
    cut = Ask("cut", "t-8", ["m-tiny"], lines=1000)
    history.asks = [one, shot, stopped, timed, clock, sent, full, cut]
    history.listed = len(history.asks)
    history.starts = [Start("one", "m-1", "t-1"), Start("one", "m-2", "t-1"), Start("shot", "m-1", "t-2"),
                      Start("timed", "m-2", "t-4"), Start("clock", "m-1", "t-5", 1), Start("clock", "m-1", "t-5", 4),
                      Start("cut", "m-tiny", "t-8")]
    whole = one.output()
    history.rows = [
        Row("t-1", "m-1", "Failed", exit_code=3, size=len(whole), pieces=[(0, whole[:7]), (7, whole[7:])]),
        Row("t-1", "m-2", "Failed", exit_code=3, size=len(whole), pieces=[(0, whole)]),
        Row("t-2", "m-1", "Error", "Unknown", "ExecutionInterrupted", "its supervisor was ended", size=6,
            pieces=[(0, shot.output()[:6])]),
        Row("t-3", "m-1", "Cancelled"),
        Row("t-4", "m-2", "Timeout", size=len(timed.output()), pieces=[(0, timed.output())]),
        Row("t-5", "m-1", "Terminated"),
        Row("f-6", "m-1", "Success"),
        Row("t-7", "m-tiny", "Error", error_code="ExecutionException", error="NoEnoughSpace"),
        Row("t-8", "m-tiny", "Success", size=len(cut.output()),
            pieces=[(0, cut.output()[:500]), (700, cut.output()[7000:])]),
    ]
    clock_output = [(0, clock.output())]
    history.occurrences = [Row("t-5", "m-1", "Success", occurrence=1, size=len(clock.output()), pieces=clock_output),
                           Row("t-5", "m-1", "Missed", occurrence=2, missed=2),
                           Row("t-5", "m-1", "Success", occurrence=4, size=len(clock.output()), pieces=clock_output)]
    history.files = {"/x": b"bytes"}
    history.seen = [("t-1", "m-1", ("Failed", 3)), ("t-1", "m-2", ("Failed", 3)), ("t-1", "m-1", ("Failed", 3))]
    return history


class Checkers(unittest.TestCase):
    def test_a_good_history_has_no_fault(self):
        self.assertEqual(checkers.check(good()), [])
        self.assertEqual(checkers.check(History()), [])

    def assert_found(self, checker, change):
        """`change` spoils the history, and this checker says so."""
        history = good()
        change(history)
        faults = checker(history)
        self.assertTrue(faults, f"{checker.__name__} saw nothing")
        self.assertTrue(all(isinstance(fault, str) for fault in faults))
        self.assertTrue([fault for fault in checkers.check(history) if fault.startswith(checker.__name__)])

    def row(self, history, invoke_id, machine):
        return next(row for row in history.rows if (row.invoke_id, row.machine) == (invoke_id, machine))

    def spoil(self, checker, invoke_id, machine, **fields):
        def change(history):
            for name, value in fields.items():
                setattr(self.row(history, invoke_id, machine), name, value)
        self.assert_found(checker, change)

    def test_two_starts(self):
        self.assert_found(checkers.at_most_one_start, lambda h: h.starts.append(h.starts[0]))
        self.assert_found(checkers.at_most_one_start, lambda h: h.starts.append(Start("clock", "m-1", "t-5", 4)))

    def test_tasks_of_others(self):
        checker = checkers.nobody_sees_the_tasks_of_others
        self.assert_found(checker, lambda h: h.starts.append(Start("timed", "m-1", "t-4")))
        self.assert_found(checker, lambda h: h.starts.append(Start("nobodys", "m-1", "t-9")))
        self.assert_found(checker, lambda h: h.starts.append(Start("one", "m-1", "t-3")))

    def test_what_does_not_end(self):
        checker = checkers.everything_ends
        self.assert_found(checker, lambda h: h.rows.pop(0))
        self.spoil(checker, "t-1", "m-1", status="Running")
        self.spoil(checker, "t-1", "m-1", status="Error", outcome="Presumed")
        self.spoil(checker, "t-2", "m-1", error="")
        self.spoil(checker, "t-2", "m-1", error_code="")
        self.assert_found(checker, lambda h: h.shot.clear())

        def runs_on(history):
            history.occurrences[2].status = "Running"
        self.assert_found(checker, runs_on)

        def unknown(history):
            history.occurrences[2].outcome = "Unknown"
        self.assert_found(checker, unknown)

    def test_ends_that_starts_deny(self):
        checker = checkers.ends_fit_starts
        self.assert_found(checker, lambda h: h.starts.pop(0))
        self.assert_found(checker, lambda h: h.starts.append(Start("stopped", "m-1", "t-3")))
        self.assert_found(checker, lambda h: h.starts.append(Start("full", "m-tiny", "t-7")))
        self.assert_found(checker, lambda h: h.tiny.clear())
        self.assert_found(checker, lambda h: h.starts.remove(Start("clock", "m-1", "t-5", 4)))
        self.spoil(checker, "t-1", "m-1", exit_code=0)
        self.spoil(checker, "t-1", "m-1", status="Terminated")
        self.spoil(checker, "t-1", "m-1", status="Timeout")
        self.spoil(checker, "t-4", "m-2", status="Success")

        def nobody_stopped(history):
            history.asks[2].stopped = False
        self.assert_found(checker, nobody_stopped)

    def test_occurrences(self):
        checker = checkers.occurrences_are_accounted_for
        self.assert_found(checker, lambda h: h.occurrences.pop(1))
        self.assert_found(checker, lambda h: h.occurrences.append(h.occurrences[0]))
        self.assert_found(checker, lambda h: h.occurrences.pop(2))

    def test_output(self):
        checker = checkers.output_is_what_was_written
        whole = good().asks[0].output()
        self.spoil(checker, "t-1", "m-1", pieces=[(0, whole[:-1] + b"x")])
        self.spoil(checker, "t-1", "m-1", pieces=[(0, whole[:-1])])
        self.spoil(checker, "t-1", "m-1", pieces=[(0, whole[:7]), (8, whole[7:])])
        self.spoil(checker, "t-1", "m-1", pieces=[(0, whole + b"x")])
        self.spoil(checker, "t-1", "m-1", pieces=[(0, whole[:-1])], size=len(whole) - 1)
        self.spoil(checker, "t-2", "m-1", pieces=[(0, b"others")])
        cut = good().asks[7].output()
        self.spoil(checker, "t-8", "m-tiny", pieces=[(0, cut[7000:]), (700, cut[:500])])
        self.spoil(checker, "t-8", "m-tiny", pieces=[(0, b"z" * 9000)])
        self.assert_found(checker, lambda h: h.tiny.clear())

        def wrong(history):
            history.occurrences[0].pieces = []
        self.assert_found(checker, wrong)

    def test_final_words(self):
        self.assert_found(checkers.final_words_stand, lambda h: h.seen.append(("t-1", "m-1", ("Success", 0))))

    def test_doubled_calls(self):
        checker = checkers.nothing_beside_what_was_asked

        def one_more(history):
            history.listed += 1
        self.assert_found(checker, one_more)

        def same(history):
            history.asks[1].invoke_id = "t-1"
        self.assert_found(checker, same)

    def test_files(self):
        checker = checkers.files_are_whole
        self.assert_found(checker, lambda h: h.files.clear())
        self.assert_found(checker, lambda h: h.files.update({"/x": b"byte"}))
        self.spoil(checker, "f-6", "m-1", status="Failed")

        def gone(history):
            history.files.clear()
            self.row(history, "f-6", "m-1").status = "Failed"
        self.assert_found(checker, gone)

    def test_lines_of_scripts(self):
        self.assertEqual(task_of("/tmp/agent-m1/tasks/t-0af@17"), ("t-0af", 17))
        self.assertEqual(task_of("/tmp/agent-m1/tasks/t-0af"), ("t-0af", 0))
        self.assertIsNone(task_of("/tmp/elsewhere"))
        self.assertEqual(start_of("task1 /tmp/agent-m1/tasks/t-0af@2/t-0af@2.sh", {"/tmp/agent-m1": "m-1"}),
                         ("task1", "m-1", "t-0af", 2))


if __name__ == "__main__":
    unittest.main()
