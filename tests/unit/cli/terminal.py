"""Runs a program on a terminal of its own and types into it, as a person would.

usage: terminal.py SCRIPT COMMAND…. SCRIPT has one step a line:
  expect TEXT   wait until TEXT was shown after what was expected before (Python escapes); colours and
                the cursor's small movements are left out
  type TEXT     type it
  echo on|off   the terminal must (not) show what is typed
  status N      the program must end with this exit status (128 + signal if one ended it)
What was shown goes to standard output.
"""
import codecs
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

PATIENCE_S = 60
STEERING = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


def plain(shown):
    """What a person reads: without escape sequences, a backspace takes the character before it."""
    text = bytearray()
    for byte in STEERING.sub(b"", shown):
        if byte == 8 and text:
            text.pop()
        else:
            text.append(byte)
    return bytes(text)


class Terminal:
    def __init__(self, command):
        self.child, self.side = pty.fork()
        if self.child == 0:
            os.execvp(command[0], command)
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.shown = b""
        self.seen = 0

    def read(self, seconds):
        """More of what is shown. False at its end."""
        ready, _, _ = select.select([self.side], [], [], seconds)
        if not ready:
            return True
        try:
            more = os.read(self.side, 65536)
        except OSError:
            more = b""
        self.shown += more
        return more != b""

    def expect(self, text):
        end = time.monotonic() + PATIENCE_S
        while (at := plain(self.shown).find(text, self.seen)) < 0:
            if time.monotonic() > end or not self.read(1):
                sys.exit(f"{text!r} was not shown behind {plain(self.shown)[:self.seen][-60:]!r}, "
                         f"but {plain(self.shown)[self.seen:]!r}")
        self.seen = at + len(text)

    def echo(self, on):
        end = time.monotonic() + PATIENCE_S
        while bool(termios.tcgetattr(self.side)[3] & termios.ECHO) != on:
            if time.monotonic() > end:
                sys.exit(f"echo is not {'on' if on else 'off'}")
            time.sleep(0.02)

    def status(self, expected):
        while self.read(PATIENCE_S):
            pass
        _, status = os.waitpid(self.child, 0)
        code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        if code != expected:
            sys.exit(f"exit status {code}, not {expected}; shown: {self.shown!r}")


def main():
    terminal = Terminal(sys.argv[2:])
    for line in open(sys.argv[1], encoding="utf-8"):
        step, _, text = line.rstrip("\n").partition(" ")
        if step in ("expect", "type"):
            text = codecs.escape_decode(text.encode())[0]
        if step == "type":
            os.write(terminal.side, text)
        elif step == "echo":
            terminal.echo(text == "on")
        elif step == "status":
            terminal.status(int(text))
        elif step == "expect":
            terminal.expect(text)
    sys.stdout.buffer.write(terminal.shown)


main()
