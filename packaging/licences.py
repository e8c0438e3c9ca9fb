#!/usr/bin/env python3
"""Prints the licences of all crates that are in the binary, each text once."""

import json
import subprocess
from pathlib import Path

NAMES = ("licen[cs]e*", "LICEN[CS]E*", "COPYING*", "NOTICE*", "UNLICENSE*")


def crates():
    """The packages that the binary is linked with, by name."""
    metadata = json.loads(said_by("cargo", "metadata", "--locked", "--format-version=1", "--filter-platform", host()))
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    reached, waiting = set(), [metadata["resolve"]["root"]]
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += [edge["pkg"] for edge in nodes[node]["deps"] if is_linked(edge)]
    linked = (package for package in metadata["packages"] if package["id"] in reached and package["source"])
    return sorted(linked, key=lambda package: (package["name"], package["version"]))


def host():
    """The platform of this machine, as the compiler names it."""
    lines = said_by("rustc", "--version", "--verbose").splitlines()
    return next(line.removeprefix("host: ") for line in lines if line.startswith("host: "))


def said_by(*command):
    """What a command prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def is_linked(edge):
    """Whether a dependency ends up in the binary: it is neither for tests nor for building alone."""
    return any(kind["kind"] is None for kind in edge["dep_kinds"])


def texts(package):
    """The licence texts that lie in a crate, with their names."""
    folder = Path(package["manifest_path"]).parent
    files = {file for name in NAMES for file in folder.glob(name) if file.is_file()}
    return [(file.name, file.read_text(errors="replace").strip()) for file in sorted(files)]


def main():
    """Lists every crate, then every text with the crates that carry it."""
    carriers = {}
    for package in crates():
        name = f"{package['name']} {package['version']}"
        print(f"{name}: {package['license'] or 'see its text'}")
        for _, text in texts(package):
            carriers.setdefault(text, []).append(name)
    for text, names in carriers.items():
        print("\n" + "-" * 120 + "\n" + ", ".join(names) + "\n\n" + text)


if __name__ == "__main__":
    main()
