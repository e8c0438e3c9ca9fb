"""Measures the optimizer on some hundred pictures and prints what was found beside its aims. See README.md."""

import argparse
import json
import shutil
import subprocess
from math import exp, log
from pathlib import Path
from statistics import mean

import peers
import plots
import report

HERE = Path(__file__).parent
FORMATS = ("jpeg", "webp", "avif")
STAGES = ("fast", "refined")
# The share of pictures that one quality for all of them must satisfy.
FIXED_FOR = 0.95
# Where the tables of `aq:dssim` have their points, and how near to one a file counts for it.
DISSIMILARITIES = (0.003, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08)
NEAR = 1.2
# Bytes are carried over to another score no further than this, in points.
MAX_SHIFT = 6


def main():
    options = arguments()
    folder = options.target.resolve() / "bench"
    facts = report.machine(options.target / "release/inkfish")
    report.print_machine(facts)
    peers.install_ipx(folder / "ipx")
    corpus = make_corpus(folder / "ipx", folder / "quality")
    pictures = measure(options.target.resolve() / "release/examples", corpus, folder / "ipx", options.every)
    results = summary(pictures)
    print_stages(results["stages"])
    print_bytes(results["bytes"])
    print_dissimilarities(results["dissimilarities"])
    drawn = draw(pictures, folder / "quality-plots")
    print(f"\nDrawn in {folder / 'quality-plots'}")
    if options.keep:
        kept = report.keep(HERE / "runs", facts, results)
        for plot in drawn:
            shutil.copy(plot, kept.parent / f"{kept.stem}-{plot.name}")
        print(f"Kept as {kept.relative_to(HERE.parent)}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=Path("target"), help="folder of what was built")
    parser.add_argument("--every", type=int, default=1, help="take one of so many pictures")
    parser.add_argument("--keep", action="store_true", help="keep figures and plots in benchmarks/runs")
    return parser.parse_args()


def make_corpus(sharp, folder):
    """The pictures, made once."""
    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        subprocess.run(["node", sharp / "corpus.mjs", unfinished], check=True)
        unfinished.rename(folder)
    return folder


def measure(examples, corpus, sharp, every):
    """What every picture came to, in the order of their names."""
    command = [examples / "bench_quality", corpus, str(every), sharp]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return sorted(map(json.loads, printed.splitlines()), key=lambda picture: (picture["class"], picture["picture"]))


def summary(pictures):
    """All figures: by stage and format, and bytes beside others by format and kind of picture."""
    kinds = sorted({picture["class"] for picture in pictures})
    return {
        "pictures": {kind: sum(picture["class"] == kind for picture in pictures) for kind in kinds},
        "stages": {stage: {format: stage_of(pictures, format, stage) for format in FORMATS} for stage in STAGES},
        "bytes": {
            kind or "all": bytes_of([picture for picture in pictures if kind in (None, picture["class"])])
            for kind in [None, *kinds]
        },
        "dissimilarities": {format: scores_by_dissimilarity(pictures, format) for format in FORMATS},
    }


def scores_by_dissimilarity(pictures, format):
    """The mean score of the files near each dissimilarity, where there are some."""
    files = [
        file
        for picture in pictures
        if picture["class"] == "photographs"
        for file in [*picture[format]["fixed"], *(picture[format][stage] for stage in STAGES)]
        if file["dissimilarity"]
    ]
    means = {}
    for point in DISSIMILARITIES:
        near = [file["score"] for file in files if 1 / NEAR <= file["dissimilarity"] / point <= NEAR]
        if near:
            means[point] = mean(near)
    return means


def stage_of(pictures, format, stage):
    """How near a stage comes to the target, and what it takes."""
    all_found = [(picture, picture[format][stage]) for picture in pictures if format in picture]
    over = [found["score"] - picture["target"] for picture, found in all_found]
    lossy_over = [found["score"] - picture["target"] for picture, found in all_found if found["quality"]]
    megapixels = sum(picture["pixels"] for picture, _ in all_found) / 1e6
    return {
        "pictures": len(over),
        "within_a_point": share(points >= -1 for points in over),
        "worst": min(over),
        # A file without a loss was taken for its bytes.
        "over_by_at_most_1.5": share(points <= 1.5 for points in lossy_over),
        "encodes": mean(found["encodes"] for _, found in all_found),
        "cpu_ms_a_megapixel": sum(found["cpu_ms"] for _, found in all_found) / megapixels,
    }


def bytes_of(pictures):
    """Bytes at the target beside those of others: geometric means over pictures of ratios."""
    figures = {}
    for format in FORMATS:
        own = [picture for picture in pictures if format in picture]
        if not own:
            continue
        quality = fixed_quality(own, format)
        fixed = [at_quality(picture[format]["fixed"], quality)["bytes"] for picture in own]
        figures[format] = {"fixed_quality": quality} | {
            f"{stage}_beside_fixed": ratio([at_target(picture, format, stage) for picture in own], fixed)
            for stage in STAGES
        }
    drawn = [picture for picture in pictures if "jpeg" in picture]
    if drawn:
        jpeg = {stage: [at_target(picture, "jpeg", stage) for picture in drawn] for stage in STAGES}
        for format in ("webp", "avif"):
            for stage in STAGES:
                others = [at_target(picture, format, stage) for picture in drawn]
                figures[format][f"{stage}_beside_jpeg"] = ratio(others, jpeg[stage])
        met = [(picture, ours) for picture, ours in zip(drawn, jpeg["refined"]) if picture.get("oracle")]
        if met:
            best = [picture["oracle"]["bytes_at_target"] for picture, _ in met]
            figures["jpeg"]["refined_beside_oracle"] = ratio([ours for _, ours in met], best)
    return figures


def fixed_quality(pictures, format):
    """The lowest quality at which enough of the pictures meet their targets."""
    for quality in range(1, 101):
        met = share(at_quality(picture[format]["fixed"], quality)["score"] >= picture["target"] for picture in pictures)
        if met >= FIXED_FOR:
            return quality
    return 100


def at_quality(fixed, quality):
    """Score and bytes at a quality, between those at which files were written."""
    pairs = list(zip(fixed, fixed[1:]))
    low, high = next((pair for pair in pairs if quality <= pair[1]["quality"]), pairs[-1])
    part = max(0, min(1, (quality - low["quality"]) / (high["quality"] - low["quality"])))
    return {
        "score": low["score"] + part * (high["score"] - low["score"]),
        "bytes": exp(log(low["bytes"]) + part * (log(high["bytes"]) - log(low["bytes"]))),
    }


def at_target(picture, format, stage):
    """The bytes that a found file would have at the very target: along the picture's own curve, so that what misses
    it is not taken for small. A file without a loss has no other score."""
    found = picture[format][stage]
    if not found["quality"]:
        return found["bytes"]
    shift = max(-MAX_SHIFT, min(MAX_SHIFT, picture["target"] - found["score"]))
    return found["bytes"] * exp(slope(picture[format]["fixed"], picture["target"]) * shift)


def slope(fixed, score):
    """The logarithm of bytes a point, where a picture's curve comes to a score."""
    pairs = [pair for pair in zip(fixed, fixed[1:]) if pair[1]["score"] > pair[0]["score"]]
    if not pairs:
        return 0.0
    low, high = next((pair for pair in pairs if score <= pair[1]["score"]), pairs[-1])
    return log(high["bytes"] / low["bytes"]) / (high["score"] - low["score"])


def ratio(ours, theirs):
    return exp(mean(log(one / other) for one, other in zip(ours, theirs)))


def share(of):
    return mean(map(float, of))


def print_stages(stages):
    print("\nHow near the target (75; graphics 85), of all pictures")
    print(f"  {'':14}{'pictures':>9}{'>= T-1':>9}{'worst':>8}{'<= T+1.5':>10}{'encodes':>9}{'CPU ms/MP':>11}")
    for stage, formats in stages.items():
        for format, found in formats.items():
            print(
                f"  {format + ' ' + stage:14}{found['pictures']:>9}{found['within_a_point']:>9.1%}{found['worst']:>8.1f}"
                f"{found['over_by_at_most_1.5']:>10.1%}{found['encodes']:>9.2f}{found['cpu_ms_a_megapixel']:>11.0f}"
            )
    print("  aims: 99 % at T-1 or above, 90 % at T+1.5 or below, at most 3 encodes")


def print_bytes(kinds):
    print("\nBytes at the target, beside")
    columns = (
        ("jpeg", "refined_beside_fixed", "JPEG, fixed"),
        ("jpeg", "refined_beside_oracle", "JPEG, oracle"),
        ("webp", "refined_beside_fixed", "WebP, fixed"),
        ("webp", "refined_beside_jpeg", "WebP, JPEG"),
        ("avif", "refined_beside_jpeg", "AVIF, JPEG"),
    )
    print(f"  {'':14}" + "".join(f"{title:>14}" for *_, title in columns))
    for kind, figures in kinds.items():
        cells = (figures.get(format, {}).get(name) for format, name, _ in columns)
        print(f"  {kind:14}" + "".join(f"{'-' if cell is None else format(cell, '.2f'):>14}" for cell in cells))
    print("  aims: 0.90 of JPEG at the quality that 95 % of the pictures meet, 0.96 of the oracle; AVIF 0.85 of our JPEG")


def print_dissimilarities(formats):
    print("\nMean scores of photographs by structural dissimilarity")
    print(f"  {'':14}" + "".join(f"{point:>8}" for point in DISSIMILARITIES))
    for format, means in formats.items():
        cells = (f"{means[point]:.0f}" if point in means else "-" for point in DISSIMILARITIES)
        print(f"  {format:14}" + "".join(f"{cell:>8}" for cell in cells))


def draw(pictures, folder):
    """The plots, as SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    misses = {
        f"{format} {stage}": [p[format][stage]["score"] - p["target"] for p in pictures if format in p]
        for stage in STAGES
        for format in FORMATS
    }
    photographs = [picture for picture in pictures if "jpeg" in picture]
    jpeg = [at_target(picture, "jpeg", "refined") for picture in photographs]
    beside = {
        format: [at_target(picture, format, "refined") / base for picture, base in zip(photographs, jpeg)]
        for format in ("webp", "avif")
    }
    drawn = {
        "scores.svg": plots.cumulative("Score less target", "points of SSIMULACRA2", misses, (-6, 6)),
        "bytes.svg": plots.cumulative("Bytes beside our JPEG at equal score", "ratio", beside, (0, 1.5)),
    }
    for name, plot in drawn.items():
        (folder / name).write_text(plot)
    return [folder / name for name in drawn]


if __name__ == "__main__":
    main()
