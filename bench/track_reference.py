#!/usr/bin/env python3
"""Compares retinue's trackers with the published programs on MOTChallenge detections.

    track_reference.py --track-mot build/bench/track_mot --data ../shared/data/mot \
        --sort-py sort.py [--stride N] [--true-rate]

Needs, in an environment of its own (nothing of it is used by retinue):
    pip install numpy scipy lap filterpy trackeval; pip install --no-deps ultralytics
and sort.py of github.com/abewley/sort. Every tracker gets the same detections; each tracked
detection is written with its own box, so that the tables show identities alone
(for SORT also the published way, with the filtered box). Scores by TrackEval.

At 30 frames a second both sides see one nominal frame per step and must agree; --stride N
shows every Nth frame only, where retinue knows the time that passed and the
published programs do not; --true-rate uses the rate in seqinfo.ini.
"""
import argparse
import collections
import configparser
import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
import types

import numpy as np

SORT_SETTINGS = dict(max_age=1, min_hits=3, iou_threshold=0.3)
BYTE_SETTINGS = dict(track_high_thresh=0.25, track_low_thresh=0.1, new_track_thresh=0.25,
                     track_buffer=30, match_thresh=0.8, fuse_score=True)


def load_module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def load_ultralytics_byte_tracker():
    """byte_tracker.py without torch and the rest of the package."""
    root = importlib.util.find_spec("ultralytics").submodule_search_locations[0]
    for name in ("ultralytics", "ultralytics.utils", "ultralytics.trackers",
                 "ultralytics.trackers.utils"):
        package = types.ModuleType(name)
        package.__path__ = []
        sys.modules[name] = package
    sys.modules["ultralytics.utils"].LOGGER = None
    ops = types.ModuleType("ultralytics.utils.ops")

    def xywh2ltwh(x):
        y = np.copy(x)
        y[..., 0] = x[..., 0] - x[..., 2] / 2
        y[..., 1] = x[..., 1] - x[..., 3] / 2
        return y
    ops.xywh2ltwh = xywh2ltwh
    metrics = types.ModuleType("ultralytics.utils.metrics")

    def bbox_ioa(a, b, iou=True, eps=1e-7):
        w = (np.minimum(a[:, None, 2], b[:, 2]) - np.maximum(a[:, None, 0], b[:, 0])).clip(0)
        h = (np.minimum(a[:, None, 3], b[:, 3]) - np.maximum(a[:, None, 1], b[:, 1])).clip(0)
        area_a = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
        area_b = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
        return w * h / (area_b + area_a[:, None] - w * h + eps)
    metrics.bbox_ioa = bbox_ioa
    metrics.batch_probiou = None
    sys.modules[ops.__name__] = ops
    sys.modules[metrics.__name__] = metrics
    trackers = os.path.join(root, "trackers")
    for name, path in (("basetrack", "basetrack.py"), ("utils.kalman_filter", "utils/kalman_filter.py"),
                       ("utils.matching", "utils/matching.py"), ("utils.stracks", "utils/stracks.py"),
                       ("byte_tracker", "byte_tracker.py")):
        module = load_module(f"ultralytics.trackers.{name}", os.path.join(trackers, path))
        parent, _, leaf = module.__name__.rpartition(".")
        setattr(sys.modules[parent], leaf, module)
    return sys.modules["ultralytics.trackers.byte_tracker"]


def frames_of(path, stride):
    rows = np.loadtxt(path, delimiter=",", usecols=range(7))
    for frame in range(1, int(rows[:, 0].max()) + 1, stride):
        yield frame, rows[rows[:, 0] == frame, 2:7]


def line(frame, track, box):
    box = [float(v) for v in np.asarray(box, dtype=np.float32)]  # as retinue prints them
    return f"{frame},{track},{box[0]:.3f},{box[1]:.3f},{box[2]:.3f},{box[3]:.3f},1,-1,-1,-1\n"


def run_sort(sort, path, stride, boxes):
    """The published SORT; `boxes`: detected or filtered."""
    class Remembering(sort.KalmanBoxTracker):
        def __init__(self, bbox):
            super().__init__(bbox)
            self.seen = bbox[:4]

        def update(self, bbox):
            super().update(bbox)
            self.seen = bbox[:4]

    original, sort.KalmanBoxTracker = sort.KalmanBoxTracker, Remembering
    original.count = 0
    tracker = sort.Sort(**SORT_SETTINGS)
    out = []
    for frame, rows in frames_of(path, stride):
        dets = rows.copy()
        dets[:, 2:4] += dets[:, 0:2]
        reported = tracker.update(dets)
        seen = {t.id + 1: t.seen for t in tracker.trackers}
        for row in reported:
            b = seen[int(row[4])]
            box = rows[np.flatnonzero((dets[:, :4] == b).all(axis=1))[0], :4]
            if boxes == "filtered":
                box = (row[0], row[1], row[2] - row[0], row[3] - row[1])
            out.append(line(frame, int(row[4]), box))
    sort.KalmanBoxTracker = original
    return "".join(out)


class Results:
    """What BYTETracker.update reads of a Results object."""

    def __init__(self, xywh, conf):
        self.xywh, self.conf, self.cls = xywh, conf, np.zeros(len(conf))

    def __len__(self):
        return len(self.conf)

    def __getitem__(self, mask):
        return Results(self.xywh[mask], self.conf[mask])


def run_byte(module, path, stride):
    tracker = module.BYTETracker(types.SimpleNamespace(**BYTE_SETTINGS))
    out = []
    for frame, rows in frames_of(path, stride):
        centers = np.concatenate([rows[:, 0:2] + rows[:, 2:4] / 2, rows[:, 2:4]], axis=1)
        for row in tracker.update(Results(centers, rows[:, 4])):
            out.append(line(frame, int(row[4]), rows[int(row[7]), :4]))
    return "".join(out)


def run_ours(program, path, kind, rate, stride, settings):
    command = [program, path, kind, str(rate), str(stride), *settings]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def agreement(ours, theirs):
    """Tracked detections of both, of one alone, and those of both whose id maps one to one."""
    def parse(text):
        return {tuple(r.split(",")[i] for i in (0, 2, 3, 4, 5)): r.split(",")[1]
                for r in text.splitlines()}
    a, b = parse(ours), parse(theirs)
    common = a.keys() & b.keys()
    pairs = collections.Counter((a[k], b[k]) for k in common)
    used_a, used_b, same = set(), set(), 0
    for (x, y), n in pairs.most_common():
        if x in used_a or y in used_b:
            continue
        used_a.add(x), used_b.add(y)
        same += n
    return dict(ours=len(a), theirs=len(b), common=len(common), same=same,
                tracks_ours=len(set(a.values())), tracks_theirs=len(set(b.values())))


def evaluate(folder, benchmark, trackers):
    import trackeval
    config = trackeval.Evaluator.get_default_eval_config()
    config.update(PRINT_RESULTS=False, PRINT_CONFIG=False, TIME_PROGRESS=False, OUTPUT_SUMMARY=False,
                  OUTPUT_DETAILED=False, PLOT_CURVES=False, OUTPUT_EMPTY_CLASSES=False)
    data = trackeval.datasets.MotChallenge2DBox.get_default_dataset_config()
    data.update(GT_FOLDER=f"{folder}/gt", TRACKERS_FOLDER=f"{folder}/trackers", BENCHMARK=benchmark,
                SPLIT_TO_EVAL="train", TRACKERS_TO_EVAL=trackers, PRINT_CONFIG=False,
                SEQMAP_FILE=f"{folder}/seqmap.txt", DO_PREPROC=benchmark != "MOT15")
    with contextlib.redirect_stdout(io.StringIO()):
        result, _ = trackeval.Evaluator(config).evaluate(
            [trackeval.datasets.MotChallenge2DBox(data)],
            [trackeval.metrics.HOTA(), trackeval.metrics.CLEAR({"PRINT_CONFIG": False}),
             trackeval.metrics.Identity({"PRINT_CONFIG": False})])
    return result["MotChallenge2DBox"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--track-mot", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--sort-py", required=True)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--true-rate", action="store_true")
    parser.add_argument("--setting", action="append", default=[], help="SETTING=VALUE of retinue's tracker")
    parser.add_argument("--only", choices=("sort", "bytetrack"))
    arguments = parser.parse_args()
    sort = load_module("sort", arguments.sort_py)
    byte = load_ultralytics_byte_tracker()

    sets = [("MOT15", sorted(n for n in os.listdir(f"{arguments.data}/MOT15-train")
                             if os.path.isdir(f"{arguments.data}/MOT15-train/{n}")),
             "MOT15-train/{}/det/det_sort_frrcnn.txt"),
            ("MOT17", sorted(n for n in os.listdir(f"{arguments.data}/MOT17-train") if n.startswith("MOT17")),
             "MOT17-mini/train/{}/det/det.txt")]
    for benchmark, sequences, pattern in sets:
        with tempfile.TemporaryDirectory() as folder:
            results = collections.defaultdict(dict)
            os.makedirs(f"{folder}/gt/{benchmark}-train")
            with open(f"{folder}/seqmap.txt", "w") as file:
                file.write("name\n" + "\n".join(sequences) + "\n")
            for name in sequences:
                source = f"{arguments.data}/{benchmark}-train/{name}"
                prepare_truth(source, f"{folder}/gt/{benchmark}-train/{name}", arguments.stride)
                ini = configparser.ConfigParser()
                ini.read(f"{source}/seqinfo.ini")
                rate = float(ini["Sequence"]["frameRate"]) if arguments.true_rate else 30.0
                path = f"{arguments.data}/{pattern.format(name)}"
                for kind in ("sort", "bytetrack"):
                    if arguments.only not in (None, kind):
                        continue
                    results[f"retinue-{kind}"][name] = run_ours(
                        arguments.track_mot, path, kind, rate, arguments.stride, arguments.setting)
                if arguments.only != "bytetrack":
                    results["published-sort"][name] = run_sort(sort, path, arguments.stride, "detected")
                    results["published-sort-filtered"][name] = run_sort(sort, path, arguments.stride, "filtered")
                if arguments.only != "sort":
                    results["ultralytics-bytetrack"][name] = run_byte(byte, path, arguments.stride)
            for tracker, texts in results.items():
                os.makedirs(f"{folder}/trackers/{benchmark}-train/{tracker}/data")
                for name, text in texts.items():
                    with open(f"{folder}/trackers/{benchmark}-train/{tracker}/data/{name}.txt", "w") as file:
                        file.write(renumber(text, arguments.stride))
            show(benchmark, sequences, results, evaluate(folder, benchmark, list(results)))


def renumber(text, stride):
    """Frames looked at, counted 1, 2, 3."""
    out = []
    for row in text.splitlines():
        frame, rest = row.split(",", 1)
        out.append(f"{(int(frame) - 1) // stride + 1},{rest}\n")
    return "".join(out)


def prepare_truth(source, target, stride):
    os.makedirs(f"{target}/gt")
    ini = open(f"{source}/seqinfo.ini").read()
    parsed = configparser.ConfigParser()
    parsed.read_string(ini)
    length = int(parsed["Sequence"]["seqLength"])
    with open(f"{target}/seqinfo.ini", "w") as file:
        file.write(ini.replace(f"seqLength={length}", f"seqLength={(length + stride - 1) // stride}"))
    kept = [r for r in open(f"{source}/gt/gt.txt").read().splitlines()
            if r and (int(float(r.split(",")[0])) - 1) % stride == 0]
    with open(f"{target}/gt/gt.txt", "w") as file:
        file.write(renumber("\n".join(kept), stride))


def show(benchmark, sequences, results, scores):
    print(f"\n{benchmark}: {' '.join(sequences)}")
    print(f"{'':26}{'HOTA':>7}{'AssA':>7}{'MOTA':>7}{'IDF1':>7}{'IDSW':>6}{'FP':>7}{'FN':>7}{'Frag':>6}")
    for tracker in results:
        s = scores[tracker]["COMBINED_SEQ"]["pedestrian"]
        print(f"{tracker:26}{100 * s['HOTA']['HOTA'].mean():7.2f}{100 * s['HOTA']['AssA'].mean():7.2f}"
              f"{100 * s['CLEAR']['MOTA']:7.2f}{100 * s['Identity']['IDF1']:7.2f}"
              f"{s['CLEAR']['IDSW']:6.0f}{s['CLEAR']['CLR_FP']:7.0f}{s['CLEAR']['CLR_FN']:7.0f}"
              f"{s['CLEAR']['Frag']:6.0f}")
    for ours, theirs in (("retinue-sort", "published-sort"), ("retinue-bytetrack", "ultralytics-bytetrack")):
        if ours not in results:
            continue
        print(f"{ours} against {theirs}: tracked detections, tracks; same detection and same track")
        for name in sequences:
            a = agreement(results[ours][name], results[theirs][name])
            print(f"  {name:16} {a['ours']:6} {a['theirs']:6}   tracks {a['tracks_ours']:4} {a['tracks_theirs']:4}"
                  f"   same {a['same']:6} = {100 * a['same'] / max(1, a['ours'], a['theirs']):.2f} %")


if __name__ == "__main__":
    main()
