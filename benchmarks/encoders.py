"""Measures what JPEG encoders take at equal scores, beside mozjpeg with its best tables. See README.md."""

import argparse
import json
import subprocess
import tomllib
from math import exp, log
from pathlib import Path
from statistics import mean, median

import peers
import quality
import report

HERE = Path(__file__).parent
CRATE = HERE / "jpeg_encoders"
# What the encoders are taken from, and the judge.
CRATES = ("fast-ssim2", "jpeg-encoder", "jpegli-sys", "mozjpeg", "mozjpeg-rs", "mozjpeg-sys")
# The encoder that the others stand beside.
OURS = "mozjpeg"
# Samplings of chroma; with the last, each picture has the one that takes less.
CHROMAS = ("4:2:0", "4:4:4", "better")
KINDS = {
    "photographs": ("photographs", "jpeg-sources", "products"),
    "graphics": ("screens",),
}


def main():
    options = arguments()
    folder = options.target.resolve() / "bench"
    peers.install_ipx(folder / "ipx")
    corpus = quality.make_corpus(folder / "ipx", folder / "quality")
    pictures = measure(options.target.resolve() / "release/jpeg_encoders", corpus, options.every)
    results = summary(pictures)
    print_results(results)
    if options.keep:
        kept = report.keep(HERE / "runs", machine(), results, "-encoders")
        print(f"Kept as {kept.relative_to(HERE.parent)}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=Path("target"), help="folder of what was built")
    parser.add_argument("--every", type=int, default=4, help="take one of so many pictures")
    parser.add_argument("--keep", action="store_true", help="keep figures in benchmarks/runs")
    return parser.parse_args()


def measure(program, corpus, every):
    """What every picture came to."""
    printed = subprocess.run([program, corpus, str(every)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in printed.splitlines()]


def machine():
    """What the figures depend on: the machine, and the versions that the crate has pinned."""
    locked = tomllib.loads((CRATE / "Cargo.lock").read_text())["package"]
    versions = {package["name"]: package["version"] for package in locked if package["name"] in CRATES}
    return report.hardware() | {"crates": versions}


def summary(pictures):
    """All figures: by kind and by folder of pictures, encoder, sampling of chroma and score."""
    classes = sorted({picture["class"] for picture in pictures})
    groups = KINDS | {f"folder {name}": (name,) for name in classes}
    return {
        "pictures": {name: sum(picture["class"] == name for picture in pictures) for name in classes},
        "bytes": {
            name: bytes_of([picture for picture in pictures if picture["class"] in classes])
            for name, classes in groups.items()
            if any(picture["class"] in classes for picture in pictures)
        },
        "cpu_ms_a_megapixel": {encoder: time_of(pictures, encoder) for encoder in encoders(pictures)},
    }


def encoders(pictures):
    """Their names; all pictures have the same."""
    return list(pictures[0]["encoders"]) if pictures else []


def bytes_of(pictures):
    """Bytes of each encoder beside ours."""
    scores = [score for encoder in encoders(pictures) for score in pictures[0]["encoders"][encoder]["4:2:0"]]
    return {
        encoder: {
            chroma: {score: beside_ours(pictures, encoder, chroma, score) for score in dict.fromkeys(scores)}
            for chroma in CHROMAS
        }
        for encoder in encoders(pictures)
    }


def beside_ours(pictures, encoder, chroma, score):
    """Ratios over the pictures that both encoders bring to a score, and how many the encoder does not."""
    pairs = [(bytes_at(picture, encoder, chroma, score), bytes_at(picture, OURS, chroma, score)) for picture in pictures]
    ratios = [one / ours for one, ours in pairs if one and ours]
    return {
        "mean": exp(mean(map(log, ratios))) if ratios else None,
        "median": median(ratios) if ratios else None,
        "pictures": len(ratios),
        "not_reached": sum(one is None for one, _ in pairs),
    }


def bytes_at(picture, encoder, chroma, score):
    """The bytes of a picture at a score, or nothing where no quality comes to it."""
    points = picture["encoders"][encoder]
    chosen = points.values() if chroma == "better" else [points[chroma]]
    found = [curve[score]["bytes"] for curve in chosen if curve[score]]
    return min(found, default=None)


def time_of(pictures, encoder):
    """Processor time of the files at each score, in 4:2:0."""
    points = [
        (curve["cpu_ms"], picture["pixels"])
        for picture in pictures
        for curve in picture["encoders"][encoder]["4:2:0"].values()
        if curve
    ]
    return sum(ms for ms, _ in points) / sum(pixels for _, pixels in points) * 1e6


def print_results(results):
    for kind in filter(results["bytes"].get, KINDS):
        print(f"\nBytes beside {OURS} at equal scores, {kind}: mean (median) of ratios, pictures that miss the score")
        print_kind(results["bytes"][kind])
    print("\nProcessor time in ms a megapixel, in 4:2:0")
    for encoder, ms in results["cpu_ms_a_megapixel"].items():
        print(f"  {encoder:26}{ms:>6.0f}")


def print_kind(figures):
    scores = next(iter(figures.values()))["4:2:0"]
    titles = [f"{chroma} at {score}" for chroma in CHROMAS for score in scores]
    print(f"  {'':26}" + "".join(f"{title:>18}" for title in titles))
    for encoder, chromas in figures.items():
        cells = (chromas[chroma][score] for chroma in CHROMAS for score in scores)
        print(f"  {encoder:26}" + "".join(f"{cell(one):>18}" for one in cells))


def cell(figures):
    if figures["mean"] is None:
        return "-"
    return f"{figures['mean']:.3f} ({figures['median']:.3f}) {figures['not_reached']}"


if __name__ == "__main__":
    main()
