"""Imported by every Python that finds this folder on its path: see `sonde.sdk.autoload`.

The environment may have a `sitecustomize` of its own, which this one hides: it runs first.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec


def _run_the_hidden_one() -> None:
    spec = PathFinder.find_spec(__name__, sys.path)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules[__name__] = module
        spec.loader.exec_module(module)


def _start() -> None:
    try:
        from sonde.sdk.autoload import start
    except ImportError as error:
        # Children may be of other environments; the program itself was meant to be seen.
        if os.environ.get("_SONDE_RUN_PID") == str(os.getpid()):
            sys.stderr.write(f"sonde run: {sys.executable} cannot import sonde ({error}): nothing is sent\n")
        return
    try:
        start()
    # The program runs, seen or not.
    except Exception as error:
        sys.stderr.write(f"sonde run: cannot configure: {type(error).__name__}: {error}\n")


_folder = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [path for path in sys.path if path != _folder]
try:
    _run_the_hidden_one()
finally:
    _start()
