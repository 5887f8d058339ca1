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
        elif command == "fork" and may_fork(what):
            left = run_in_child(what)
            KEPT.restore()
            PIPE.send(array("left", left))
        else:
            run(what)
            KEPT.restore()
            PIPE.send('["ready"]' if PIPE.listens() else '["leaving"]')


def may_fork(what):
    """Gets ready to fork; says so if that is not safe."""
    global RUN, DOCTEST
    import gc

    if what["kind"] == "doc":
        DOCTEST = DOCTEST or examples()
    else:
        RUN = RUN or runner()
    # A collection in a child would copy each page that holds an object.
    gc.disable()
    gc.freeze()
    if threads() > 1:
        PIPE.send('["threads"]')
        return False
    return True


def threads():
    """How many threads this process has; those that Python knows, where the system does not tell."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return len(sys._current_frames())


def run_in_child(what):
    """Runs a target in a child, so that what it does to its process goes with it."""
    import gc

    flush()
    child = PIPE.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    gc.enable()
    try:
        run(what)
        KEPT.restore()
        PIPE.send('["done"]')
        leave()
        import atexit

        atexit._run_exitfuncs()
        flush()
        os._exit(0)
    except SystemExit as error:
        os._exit(error.code if isinstance(error.code, int) else error.code is not None)
    except BaseException:
        os._exit(1)


def leave():
    """Ends as Python does; but a thread that never ends does not keep us."""
    threading = sys.modules.get("threading")
    if threading is None:
        return
    for hook in reversed(getattr(threading, "_threading_atexits", ())):
        hook()  # Executors let their threads go.
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
