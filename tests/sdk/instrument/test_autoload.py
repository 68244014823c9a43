"""Which Pythons below `sonde run` are instrumented."""

from __future__ import annotations

import os

import pytest

from sonde.sdk import autoload


@pytest.mark.parametrize(
    "arguments",
    [
        ["worker.py"],
        ["-u", "/srv/app/worker.py", "--fast"],
        ["-W", "ignore", "-X", "dev", "worker.py"],
        ["-m", "shop.worker"],
        ["-mshop.worker"],
        ["/srv/venv/bin/celery", "worker"],
        [
            "-c",
            "from multiprocessing.spawn import spawn_main; spawn_main(pipe_handle=5)",
            "--multiprocessing-fork",
        ],
        ["-c", "from multiprocessing.forkserver import main; main(3, 4, [], **{})"],
        ["-u", "-c", "import sys;exec(eval(sys.stdin.readline()))"],
        ["-m", "joblib.externals.loky.backend.popen_loky_posix"],
    ],
)
def test_a_python_that_does_the_programs_work_is_instrumented(arguments: list[str]) -> None:
    assert autoload.works_for_the_program(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-"],
        ["-V"],
        ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        ["-c", "from multiprocessing.resource_tracker import main;main(5)"],
        ["-m", "pip", "install", "x"],
        ["-m", "venv", "there"],
        ["-mpip"],
        ["/srv/venv/bin/pip", "list"],
        ["/srv/venv/bin/sonde", "serve"],
        ["-m", "sonde", "serve"],
    ],
)
def test_a_python_that_only_helps_is_left_alone(arguments: list[str]) -> None:
    assert not autoload.works_for_the_program(arguments)


def test_the_programs_own_path_stays_behind_the_folder() -> None:
    once = autoload.environment({"PYTHONPATH": "/srv/app", "HOME": "/home/me"})
    folder, *rest = once["PYTHONPATH"].split(os.pathsep)
    assert sorted(name for name in os.listdir(folder) if name.endswith(".py")) == [
        "__init__.py",
        "sitecustomize.py",
    ]
    assert (rest, once["HOME"]) == (["/srv/app"], "/home/me")
    assert autoload.environment(once)["PYTHONPATH"] == once["PYTHONPATH"]
