"""Blessing and push: whether the model may leave, and where it went."""

from pathlib import Path

from pipeline.lineage import Artifact
from pipeline.rendering.markup import Markup, join, number, table, tag

BLESSED_FILE = "BLESSED"


def blessing(artifact: Artifact) -> Markup:
    """Return whether the Evaluator blessed the model."""
    if Path(artifact.uri, BLESSED_FILE).exists():
        return tag("p", tag("span", "✓ blessed", class_="good"), ": every threshold was met.")
    return tag("p", tag("span", "✗ not blessed", class_="bad"), ": a threshold was missed, so nothing will be pushed.")


def pushed_model(artifact: Artifact) -> Markup:
    """Return the version with the folder and its files."""
    if not artifact.properties.get("pushed"):
        return tag("p", tag("span", "✗ refused", class_="bad"), ": nothing was pushed.")
    folder = Path(str(artifact.properties["pushed_destination"]))
    files = [
        (file.relative_to(folder), number(file.stat().st_size)) for file in sorted(folder.rglob("*")) if file.is_file()
    ]
    return join(
        [
            tag("p", tag("strong", f"Version {artifact.properties['pushed_version']}"), " in ", tag("code", folder)),
            table(("File", "Bytes"), files, {1}) if files else tag("p", "The folder is gone.", class_="dim"),
        ]
    )
