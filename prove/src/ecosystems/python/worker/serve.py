# The targets -----------------------------------------------------------


def unloaded(error):
    """A module that does not import: skipped if it says so, else the failed case `(load)`."""
    case = sys.modules.get("unittest.case")
    if case is not None and isinstance(error, case.SkipTest):
        return "skipped", None, None, str(error) or "skipped", None
    where = place(error, theirs(error.__traceback__))
    return "failed", "setup", trace(error), None, where


def run(what):
    try:
        (run_docs if what["kind"] == "doc" else run_tests)(what)
    except BaseException as error:
        outcome, cause, message, reason, where = unloaded(error)
        whole(LOAD, outcome, cause=cause, message=message, reason=reason, where=where)


def collect(what):
    try:
        found = (Docs if what["kind"] == "doc" else Suite)(what)
    except BaseException as error:
        outcome, _, message, reason, where = unloaded(error)
        file, line = where or (None, None)
        if outcome == "skipped":
            PIPE.send(array("found", LOAD, None, None))
        else:
            PIPE.send(array("unloaded", bounded(message), file and full(file), line))
        return
    for test, name in found.tests:
        where = begins(test) if what["kind"] == "doc" else standing(test)
        file, line = where or (None, None)
        PIPE.send(array("found", name, file and full(file), line))


def serve():
    while True:
        line = PIPE.line()
        if not line:
            return
        command, what = read(line.decode())
        KEPT.paths(what["paths"], what["loose"])
        if command == "collect":
            collect(what)
            KEPT.restore()
            PIPE.send('["collected"]')
        else:
            run(what)
            KEPT.restore()
            PIPE.send('["ready"]' if PIPE.listens() else '["leaving"]')


def leave():
    """Ends as Python does; but a thread that never ends does not keep us."""
    threading = sys.modules.get("threading")
    if threading is None:
        return
    deadline = perf_counter() + 2
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0, deadline - perf_counter()))
            if thread.is_alive():
                import atexit

                atexit._run_exitfuncs()
                flush()
                os._exit(0)


RUN = None
PIPE = Pipe()
sys.argv[:] = ["python -m unittest"]
OUT, ERR = sys.stdout, sys.stderr
try:
    OUT.reconfigure(line_buffering=True)  # Keeps its order with stderr, and what a crash would lose.
except AttributeError:
    pass
try:
    import faulthandler

    faulthandler.enable()  # A crash says in which line it was.
except Exception:
    pass
KEPT = Kept()
serve()
leave()
