#!/usr/bin/env python3
"""Tests tools/check_layers.py on small trees, each with one known violation or none."""
import pathlib
import tempfile
import unittest

import check_layers

LAYERS = """
[allow]
"lib/base" = []
"lib/heads" = ["lib/base"]
"backends/files" = ["lib/base"]
"apps/cli" = ["lib/*", "backends/*"]
[third_party]
"lib/base" = ["tl/expected.hpp"]
"lib/heads" = ["hwy/"]
[forbidden_std]
"lib/*" = ["thread"]
"""


def found(files, layers=LAYERS):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {"tools/layers.toml": layers, **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return check_layers.violations(root)


class CheckLayers(unittest.TestCase):
    ALLOWED = {
        "downwards": {"lib/heads/a.cc": '#include "retinue/base/b.h"\n#include <vector>\n#include <math.h>\n'},
        "sibling": {"lib/heads/a.cc": '#include "a-inl.h"\n', "lib/heads/a-inl.h": "#include <hwy/highway.h>\n"},
        "app": {"apps/cli/a.cc": '#include "retinue/files/b.h"\n#include <unistd.h>\n'},
        "public exception": {"include/retinue/base/a.h": "#include <tl/expected.hpp>\n"},
        "test": {"lib/base/a_test.cc": '#include <gtest/gtest.h>\n#include "retinue/heads/b.h"\n#include <thread>\n'},
        "comment": {"lib/base/a.cc": '// #include "retinue/heads/b.h"\n/*\n#include <gst/gst.h>\n*/\n'},
        "cmake": {"lib/heads/CMakeLists.txt": "retinue_module(heads DEPS base LINK hwy::hwy TEST_DEPS files)"},
    }
    FORBIDDEN = {
        "upwards": {"lib/base/a.cc": '#include "retinue/heads/b.h"\n'},
        "upwards in a public header": {"include/retinue/base/a.h": '#include "retinue/heads/b.h"\n'},
        "lib to backend": {"lib/heads/a.cc": '#include "backends/files/b.h"\n'},
        "unlisted third party": {"lib/base/a.cc": "#include <hwy/highway.h>\n"},
        "third party in public": {"include/retinue/heads/a.h": "#include <hwy/highway.h>\n"},
        "posix in lib": {"lib/base/a.cc": "#include <unistd.h>\n"},
        "thread in lib": {"lib/base/a.cc": "#include <thread>\n"},
        "unknown own": {"lib/base/a.cc": '#include "retinue/nowhere/b.h"\n'},
        "unlisted folder": {"lib/new/a.cc": ""},
        "cmake": {"lib/base/CMakeLists.txt": "retinue_module(base\n  DEPS heads)"},
    }

    def test_allowed(self):
        for name, files in self.ALLOWED.items():
            with self.subTest(name):
                self.assertEqual(found(files), [])

    def test_forbidden(self):
        for name, files in self.FORBIDDEN.items():
            with self.subTest(name):
                self.assertEqual(len(found(files)), 1, found(files))

    def test_names_file_and_line(self):
        message, = found({"lib/base/a.cc": '/* two\nlines */\n#include "retinue/heads/b.h"\n'})
        self.assertTrue(message.startswith("lib/base/a.cc:3: retinue/heads/b.h"), message)

    def test_circle(self):
        message, = found({}, '[allow]\n"lib/a" = ["lib/b"]\n"lib/b" = ["lib/a"]\n[third_party]\n')
        self.assertIn("lib/a -> lib/b -> lib/a", message)


if __name__ == "__main__":
    unittest.main()
