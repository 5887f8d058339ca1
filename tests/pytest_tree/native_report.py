"""What pytest itself says, a line each: `ID outcome`. Loaded with `-p`."""

import pytest


class Native:
    def __init__(self):
        self.outcomes = {}

    def pytest_collectreport(self, report):
        if report.outcome != "passed":
            self.outcomes[report.nodeid + "::(load)"] = report.outcome

    def pytest_runtest_logreport(self, report):
        if type(report).__name__ == "SubtestReport" and not report.failed:
            return
        xfail = hasattr(report, "wasxfail")
        before = self.outcomes.get(report.nodeid, "passed")
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
        elif report.skipped and before == "passed":
            self.outcomes[report.nodeid] = "todo" if xfail else "skipped"
        else:
            self.outcomes.setdefault(report.nodeid, "passed")


NATIVE = Native()


def pytest_configure(config):
    config.pluginmanager.register(NATIVE)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    with open("native.txt", "w", encoding="utf-8") as out:
        for case, outcome in NATIVE.outcomes.items():
            print(case, outcome, file=out)
