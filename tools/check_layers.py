#!/usr/bin/env python3
"""Checks that includes and CMake dependencies point the way tools/layers.toml allows.

usage: check_layers.py [ROOT]      prints one line a violation; exit status 1 if there is any
"""
import fnmatch
import pathlib
import re
import sys
import tomllib

SOURCES = {".h", ".hpp", ".c", ".cc", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
MODULE = re.compile(r"retinue_module\((.*?)\)", re.DOTALL)
PUBLIC_THIRD_PARTY = {"tl/expected.hpp"}  # the only one that a public header may include
C_HEADERS = {f"{name}.h" for name in (
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic"
    " stdbool stddef stdint stdio stdlib string tgmath time uchar wchar wctype").split()}


class Layers:
    def __init__(self, root):
        self.root = root
        table = tomllib.loads((root / "tools/layers.toml").read_text())
        self.allow = table["allow"]
        self.third_party = table["third_party"]
        self.forbidden_std = table.get("forbidden_std", {})

    def folder_of(self, path):
        """The folder of layers.toml that a file (relative to the root) belongs to, or None."""
        parts = path.parts
        if parts[:2] == ("include", "retinue") and len(parts) > 3:
            return self.folder_of_name(parts[2])
        folder = "/".join(parts[:2])
        return folder if folder in self.allow else None

    def folder_of_name(self, name):
        """`heads` is lib/heads, `openvino` is backends/openvino."""
        return next((f"{top}/{name}" for top in ("lib", "backends") if f"{top}/{name}" in self.allow), None)

    def may_use(self, user, used):
        return user == used or any(fnmatch.fnmatch(used, pattern) for pattern in self.allow[user])

    def may_use_third_party(self, folder, header):
        return any(header.startswith(prefix) for prefix in self.third_party.get(folder, []))

    def may_use_std(self, folder, header):
        return not any(fnmatch.fnmatch(folder, pattern) and header in headers
                       for pattern, headers in self.forbidden_std.items())


def own_folder(layers, path, header):
    """Where an include of this repository points: a folder, "" for the file's own, None for a third party's."""
    parts = pathlib.PurePosixPath(header).parts
    if header.startswith("retinue/") and len(parts) > 2:
        return layers.folder_of_name(parts[1]) or f"unknown folder {parts[1]}"
    if parts[0] in ("lib", "backends", "apps", "bindings", "plugins", "tests"):
        return "/".join(parts[:2])
    return "" if (layers.root / path.parent / header).is_file() else None


def violation_of_include(layers, path, folder, header):
    """What is wrong with this include, or None."""
    public = path.parts[0] == "include"
    own = own_folder(layers, path, header)
    if own == "":
        return None
    if own is not None:
        return None if layers.may_use(folder, own) else f"{folder} may not include {own}"
    if header in C_HEADERS or re.fullmatch(r"[a-z0-9_]+", header):
        return None if layers.may_use_std(folder, header) else f"<{header}> has no place in {folder}"
    if public and header not in PUBLIC_THIRD_PARTY:
        return "a public header includes a third party's"
    if is_posix(header) and not folder.startswith("lib/"):
        return None
    return None if layers.may_use_third_party(folder, header) else f"third party not allowed in {folder}"


def is_test(path):
    """Tests, and the headers beside them that only they share."""
    return path.stem.endswith(("_test", "_test_support")) or path.stem.startswith("test_")


def is_posix(header):
    return header.startswith(("sys/", "netinet/", "arpa/", "linux/")) or re.fullmatch(
        r"(unistd|fcntl|dlfcn|poll|pthread|signal|termios|glob|link|dirent|netdb|sched|spawn|getopt|malloc)\.h", header) is not None


def check_includes(layers):
    for path in sorted(layers.root.rglob("*")):
        path = path.relative_to(layers.root)
        if path.suffix not in SOURCES or path.parts[0] not in ("include", "lib", "backends", "apps", "bindings", "plugins"):
            continue
        folder = layers.folder_of(path)
        if folder is None:
            yield f"{path}: its folder is not in tools/layers.toml"
            continue
        if is_test(path):
            continue
        text = COMMENT.sub(lambda match: "\n" * match.group().count("\n"),
                           (layers.root / path).read_text(errors="replace"))
        for match in INCLUDE.finditer(text):
            wrong = violation_of_include(layers, path, folder, match.group(2))
            if wrong:
                line = text.count("\n", 0, match.start(2)) + 1
                yield f"{path}:{line}: {match.group(2)}: {wrong}"


def check_cmake(layers):
    """The DEPS of retinue_module() calls: what links must be allowed to be included."""
    for path in sorted(layers.root.glob("*/*/CMakeLists.txt")):
        path = path.relative_to(layers.root)
        folder = layers.folder_of(path)
        for call in MODULE.finditer((layers.root / path).read_text()) if folder else ():
            deps = re.search(r"\bDEPS\b((?:\s+[a-z0-9_]+)*)", re.sub(r"#.*", "", call.group(1)))
            for dep in deps.group(1).split() if deps else ():
                used = layers.folder_of_name(dep)
                if used is None or not layers.may_use(folder, used):
                    yield f"{path}: DEPS {dep}: {folder} may not use {used or 'an unknown folder'}"


def check_cycles(layers):
    """Nothing may, over any number of steps, use itself."""
    done, way = set(), []

    def visit(folder):
        if folder in way:
            yield "tools/layers.toml: a circle: " + " -> ".join(way[way.index(folder):] + [folder])
        elif folder not in done:
            way.append(folder)
            for pattern in layers.allow[folder]:
                for used in fnmatch.filter(layers.allow, pattern):
                    yield from visit(used)
            done.add(way.pop())

    for folder in layers.allow:
        yield from visit(folder)


def violations(root):
    layers = Layers(root)
    return [*check_cycles(layers), *check_includes(layers), *check_cmake(layers)]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    found = violations(root)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
