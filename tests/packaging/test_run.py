"""The set-up room's decisions: what is missing, what is said, what is reused, what the lock holds."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import threading
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "packaging" / "requirements.txt").read_text()


def fresh_run() -> ModuleType:
    """packaging/ is no package, so run.py is loaded by its path; anew for each test, which may bend it."""
    spec = importlib.util.spec_from_file_location("run", ROOT / "packaging" / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run() -> ModuleType:
    return fresh_run()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Any:
    """run.py over an empty project, whose installers only note what they were asked."""
    module: Any = fresh_run()
    (tmp_path / "pyproject.toml").write_text("[project]")
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    module.REQUIREMENTS = tmp_path / "requirements.txt"
    module.REQUIREMENTS.write_text("uv==1 \\\n    --hash=sha256:ab\n")
    module.missing_packages = lambda *, for_tests: []  # noqa: ARG005 - the keyword is how it is called
    module.asked = []
    module.call = lambda command, _lock: pretend(module, command)
    return module


def pretend(module: Any, command: list[str]) -> bool:
    module.asked.append(command)
    if "venv" in command:
        (module.VENV / "bin").mkdir(parents=True)
        (module.VENV / "bin" / "python").touch()
    return True


def entries() -> Iterator[str]:
    """The lock's packages, each with its continuation lines."""
    yield from LOCK.replace("\\\n", " ").splitlines()


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# The lock


def test_every_entry_of_the_lock_is_one_exact_version_with_hashes() -> None:
    entry = re.compile(
        r"[a-z0-9-]+==[^\s;]+( ; [^=]+(==|<|>|!=|>=|<=)[^\\]+?)?(\s+--hash=sha256:[0-9a-f]{64})+"
    )
    assert [line for line in entries() if not entry.fullmatch(line)] == []


def test_the_lock_names_no_address_no_folder_and_no_option() -> None:
    assert "/" not in LOCK
    assert {word for word in LOCK.split() if word.startswith("-")} == set(re.findall(r"--hash=\S+", LOCK))


def test_the_lock_names_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    wanted = {plain(re.split(r"[^A-Za-z0-9._-]", requirement)[0]) for requirement in asked}
    assert wanted - {line.partition("==")[0] for line in entries()} == set()


def test_the_lock_holds_the_tools_that_install_the_project() -> None:
    assert {"uv", "hatchling", "editables"} <= {line.partition("==")[0] for line in entries()}


def test_nothing_shadows_the_library_called_packaging() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_no_lock_file_that_records_addresses_stands_beside_it() -> None:
    assert [name for name in ("uv.lock", "pylock.toml") if (ROOT / name).exists()] == []


def test_one_package_is_cut_out_with_its_hashes_and_nothing_else(run: ModuleType) -> None:
    uv = "uv==1 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
    assert run.locked_entry(f"uvloop==2 \\\n    --hash=sha256:aa\n{uv}zipp==3\n", "uv") == uv


# The command line


def test_an_older_python_can_read_the_file_and_be_told(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ast.parse((ROOT / "packaging" / "run.py").read_text(), feature_version=(3, 8))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(run.Refusal, match=r"Python 3\.11 or newer"):
        run.refuse_old_python()


@pytest.mark.parametrize(
    "words",
    [[], ["help"], ["exec"], ["exec", "--"], ["exec", "ls"], ["test", "tests"], ["test", "--fast"]],
)
def test_a_command_line_it_does_not_know_gets_the_usage(
    run: ModuleType, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(words) == 2
    assert "packaging/run.py demo" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "command", "arguments", "full"),
    [
        (["demo", "--role", "operator"], "demo", ["--role", "operator"], False),
        (["test"], "test", [], False),
        (["test", "--full"], "test", [], True),
        (
            ["test", "--full", "--", "tests/crypto", "-k", "seal"],
            "test",
            ["tests/crypto", "-k", "seal"],
            True,
        ),
        (["exec", "--", "ls", "--", "x"], "exec", ["ls", "--", "x"], False),
    ],
)
def test_what_follows_is_passed_on_whole(
    run: ModuleType, words: list[str], command: str, arguments: list[str], *, full: bool
) -> None:
    assert run.parse(words) == (command, arguments, full)


# The machine


def bare_machine(run: Any, monkeypatch: pytest.MonkeyPatch, *, user: int, has: Callable[[str], bool]) -> None:
    monkeypatch.setattr(run.sys, "platform", "linux")
    monkeypatch.setattr(run.os, "geteuid", lambda: user)
    monkeypatch.setattr(run.shutil, "which", lambda program: program if has(program) else None)
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda _name: None)
    run.can_load = lambda _library: False


def test_a_package_is_missing_when_its_file_is_not_there(run: ModuleType) -> None:
    needs = {"liba": "liba.so.1", "libb": "libb.so.2"}
    assert run.lacking(needs, lambda file: file == "liba.so.1") == ["libb"]


def test_the_loader_is_asked_for_libraries(run: ModuleType) -> None:
    assert run.can_load("libc.so.6" if sys.platform == "linux" else "libc.dylib")
    assert not run.can_load("libnobody-has-this.so.1")


def test_an_ordinary_user_gets_one_line_for_every_command_and_exit_code_2(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare_machine(run, monkeypatch, user=1000, has=lambda program: program == "apt-get")
    assert run.main(["demo"]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if "apt-get" in line]
    assert len(lines) == 1
    needed = {run.VENV_PACKAGE, *run.QT_LIBRARIES, *run.TEST_PROGRAMS}
    assert needed - set(lines[0].split()) == set()


def test_the_demo_does_not_ask_for_what_only_tests_need(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_machine(run, monkeypatch, user=1000, has=lambda _program: False)
    assert set(run.missing_packages(for_tests=True)) - set(run.missing_packages(for_tests=False)) == {
        "gnome-keyring",
        "dbus-daemon",
        "xvfb",
        "xauth",
        "xdotool",
    }


def test_the_line_says_sudo_only_where_there_is_one(run: ModuleType) -> None:
    assert "\napt-get update && apt-get install" in run.advice(["liba"], apt=True, sudo=False)
    assert "\nsudo apt-get update && sudo apt-get install" in run.advice(["liba"], apt=True, sudo=True)


def test_a_machine_without_apt_is_told_the_names(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_machine(run, monkeypatch, user=0, has=lambda _program: False)
    with pytest.raises(run.Refusal, match=r"what Debian calls: .*libegl1"):
        run.provide_packages(for_tests=False)


def test_root_lets_apt_install_and_looks_again(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_machine(run, monkeypatch, user=0, has=lambda _program: True)
    asked: list[str] = []
    run.apt_install = asked.extend
    with pytest.raises(run.Refusal, match=r"still do not load: .*libegl1"):
        run.provide_packages(for_tests=False)
    assert asked == [run.VENV_PACKAGE, *run.QT_LIBRARIES]


# The folder .venv


def test_a_finished_venv_is_reused(elsewhere: Any) -> None:
    elsewhere.provide_venv()
    elsewhere.asked.clear()
    elsewhere.provide_venv()
    assert elsewhere.asked == []


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_change_of_what_is_asked_for_makes_the_venv_again(elsewhere: Any, name: str) -> None:
    elsewhere.provide_venv()
    (elsewhere.ROOT / name).write_text("# other")
    assert not elsewhere.is_ready(elsewhere.VENV, elsewhere.expected_stamp())


def test_another_python_or_another_folder_makes_the_venv_again(
    elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = elsewhere.expected_stamp()
    monkeypatch.setattr(elsewhere.sysconfig, "get_config_var", lambda _name: "cpython-399")
    other_python = elsewhere.expected_stamp()
    elsewhere.VENV = elsewhere.ROOT / "moved" / ".venv"
    assert len({here, other_python, elsewhere.expected_stamp()}) == 3


def test_a_venv_whose_python_is_gone_is_made_again(elsewhere: Any) -> None:
    elsewhere.provide_venv()
    python = elsewhere.VENV / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    elsewhere.provide_venv()
    assert not python.is_symlink()


def test_a_half_made_venv_is_made_again_from_nothing(elsewhere: Any) -> None:
    left = elsewhere.VENV / "lib" / "half"
    left.mkdir(parents=True)
    elsewhere.provide_venv()
    assert not left.exists()


def test_a_link_in_the_place_of_the_venv_goes_and_its_target_stays(elsewhere: Any, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    elsewhere.VENV.symlink_to(tmp_path / "precious")
    elsewhere.provide_venv()
    assert not elsewhere.VENV.is_symlink()
    assert list((tmp_path / "precious").iterdir()) == []


@pytest.mark.parametrize("failing", ["venv", "--editable", "import PySide6.QtWidgets"])
def test_a_step_that_fails_leaves_no_stamp(
    elsewhere: Any, failing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere.call = lambda command, _lock: failing not in command and pretend(elsewhere, command)
    assert elsewhere.main(["demo"]) == 1
    assert "the reason is above" in capsys.readouterr().err
    assert not (elsewhere.VENV / "boapp-stamp").exists()


def test_pip_does_the_work_where_uv_fails(elsewhere: Any, tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.touch()
    elsewhere.UV = [str(uv)]
    tried: list[str] = []

    def only_pip_works(command: list[str], _lock: int) -> bool:
        tried.append("uv" if command[0] == str(uv) else "pip")
        return tried[-1] == "pip"

    elsewhere.call = only_pip_works
    elsewhere.install(["--requirement", "x"], 0)
    assert tried == ["uv", "pip"]


def test_of_two_runs_one_makes_the_venv_and_the_other_waits_and_reuses_it(
    elsewhere: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with elsewhere.making_alone():
        other = threading.Thread(target=elsewhere.provide_venv)
        other.start()
        other.join(0.2)
        assert other.is_alive()
        pretend(elsewhere, ["venv"])
        (elsewhere.VENV / "boapp-stamp").write_text(elsewhere.expected_stamp())
    other.join(10)
    assert elsewhere.asked == [["venv"]]
    assert "waiting" in capsys.readouterr().err


# The commands


def test_a_command_finds_the_programs_of_the_venv_first(run: ModuleType) -> None:
    assert run.environment()["PATH"].startswith(f"{ROOT / '.venv' / 'bin'}:")


def test_a_command_that_is_not_there_ends_with_127(
    elsewhere: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert elsewhere.main(["exec", "--", "nobody-has-this-command"]) == 127
    assert "nobody-has-this-command cannot be run" in capsys.readouterr().err


def tell(words: str) -> list[str]:
    return [sys.executable, "-c", f"import os, sys; {words}"]


def test_all_stages_run_though_the_first_fails(elsewhere: Any, capfd: pytest.CaptureFixture[str]) -> None:
    stages = {"first": tell("sys.exit(3)"), "second": tell("print('second ran')")}
    elsewhere.all_stages = lambda *, with_benchmarks: stages  # noqa: ARG005 - the keyword is how it is called
    assert elsewhere.main(["test"]) == 1
    said = capfd.readouterr().out
    assert "second ran" in said
    assert said.endswith("Failed: first.\n")


@pytest.mark.parametrize(("words", "seen"), [(["test"], "None"), (["test", "--full"], "1")])
def test_full_sets_one_variable_and_windows_stay_off_the_screen(
    elsewhere: Any,
    words: list[str],
    seen: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BOAPP_FULL", raising=False)
    stages = {"only": tell("print(os.environ.get('BOAPP_FULL'), os.environ['QT_QPA_PLATFORM'])")}
    elsewhere.all_stages = lambda *, with_benchmarks: stages  # noqa: ARG005 - the keyword is how it is called
    assert elsewhere.main(words) == 0
    assert f"{seen} offscreen\n" in capfd.readouterr().out


def test_benchmarks_run_alone_and_after_the_tests(run: ModuleType) -> None:
    stages = run.all_stages(with_benchmarks=True)
    assert list(stages)[-2:] == ["pytest", "benchmarks"]
    assert "-n" not in stages["benchmarks"]
    assert "--ignore=tests/benchmarks" in stages["pytest"]
