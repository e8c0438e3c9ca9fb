"""Looks whether figures are worse than those of before, which stand in a file: ratios to peers, so any machine will do."""

import json
from dataclasses import asdict

# Ratios of short rounds move by so much on their own.
ALLOWANCE = 1.15


def holds(path, verdicts, renew):
    """Whether nothing is worse by more than the allowance; says what is. The file is written where it is to be renewed or
    missing."""
    if renew or not path.exists():
        path.write_text(json.dumps([asdict(verdict) for verdict in verdicts], indent=2) + "\n")
        print(f"\nWritten: {path.name}")
        return True
    before = {(one["work"], one["remark"]): one["figure"] for one in json.loads(path.read_text())}
    worse = [verdict for verdict in verdicts if is_worse(verdict, before.get((verdict.work, verdict.remark)))]
    for verdict in worse:
        print(f"worse: {verdict.work} / {verdict.remark}: {verdict.figure:.2f}, before {before[verdict.work, verdict.remark]:.2f}")
    return not worse


def is_worse(verdict, before):
    """Nothing is known of what was not measured before."""
    if before is None:
        return False
    return verdict.figure > before * ALLOWANCE if verdict.at_most else verdict.figure * ALLOWANCE < before
