"""One user's computer as the keychain sees it, each question asked in a process of its own.

keyring remembers what it found first, and the environment of the test's own process belongs to whoever
runs the tests: so neither is touched here.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ORG = bytes(range(16))
SECRET = bytes(range(100, 132))
PUT = "chain.put(ORG, SECRET)"
GET = "chain.get(ORG) == SECRET"
NO_KEYRING = "keyring.backends.fail.Keyring"

PROGRAM = """
import sys
from pathlib import Path
from boapp.crypto import native_keyring
from boapp.crypto.keychain import Keychain
from boapp.errors import Refusal
native_keyring.PATIENCE_WITHOUT_SCREEN = 2.0
ORG, SECRET, chain = bytes(range(16)), bytes(range(100, 132)), Keychain(Path(sys.argv[1]))
try:
    print({expression})
except Refusal as refusal:
    print(type(refusal).__name__, refusal)
"""

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is a Linux keyring")


@dataclass(frozen=True)
class Workstation:
    """One user's computer: a home folder of boapp and the environment its programs see."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, expression: str) -> str:
        return self.python(PROGRAM.format(expression=expression))

    def python(self, program: str) -> str:
        command = [sys.executable, "-c", program, str(self.home)]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), **self.environment}
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def with_environment(self, **more: str) -> "Workstation":
        return Workstation(self.home, self.environment | more)

    def kept_files(self) -> list[str]:
        return sorted(path.name for path in (self.home / "site-secrets").glob("*"))
