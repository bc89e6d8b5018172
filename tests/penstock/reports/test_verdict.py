"""Verdict, calibration, confusion matrix, blessing and push as drawn."""

import re
from pathlib import Path

from penstock.core.documents.verdict import Bin, Confusion, Slice, Tables
from penstock.metadata.lineage import Artifact
from penstock.reports.verdict import blessing, by_slice, calibration, confusion, pushed_model, reliability, verdict


def test_metrics_are_next_to_those_of_the_baselines(written):
    shown = verdict(written("components.ModelVerdict"))
    cells = ["<strong>0.9500</strong>", "±0.0125", "0.5000", "0.9000"]
    assert "<td>auc</td>" + "".join(f'<td class="n">{cell}</td>' for cell in cells) in shown
    assert "auc: +0.0500 ±0.0100 over the linear model" in shown
    assert "✗ not blessed" in shown


def test_thresholds_are_marked_passed_or_refused(written):
    shown = verdict(written("components.ModelVerdict"))
    assert shown.count("✓ passed") == shown.count("✗ refused") == shown.count("<td>not decided</td>") == 1


def test_slices_are_sorted_by_number_and_small_ones_dimmed(written):
    shown = verdict(written("components.ModelVerdict"))
    assert shown.index('<span class="dim">9</span>') < shown.index("<td>10</td>")
    assert "By hour" in shown
    assert "fewer than 20 rows are dimmed" in shown


def test_calibration_confusion_and_residuals_are_shown(written):
    shown = verdict(written("components.ModelVerdict"))
    for heading in ("Calibration", "Confusion matrix", "Residuals"):
        assert f"<h4>{heading}</h4>" in shown


def bins(*rows):
    return tuple(Bin(predicted=predicted, found=label, rows=count) for predicted, label, count in rows)


def sliced(value, rows, **tables):
    return Slice(column="near", value=value, rows=rows, too_few_rows=rows < 5, metrics={}, **tables)


def test_bins_are_shown_as_a_table_too():
    assert reliability(bins((0.25, 0.5, 1234))).count('<td class="n">') == 3


def test_correct_predictions_are_bold_and_their_share_is_shown():
    drawn = confusion(Confusion(classes=("<a>", None), rows=((3, 1), (0, 0))))
    assert re.findall(r"<strong>(\d)</strong>", drawn) == ["3", "0"]
    assert "is &lt;a&gt;" in drawn
    assert "as all others" in drawn
    assert "75.0 %" in drawn


def test_largest_slices_with_enough_rows_have_a_plot_each():
    entries = [sliced(f"<{rows}>", rows, reliability=bins((0.1, 0.2, rows))) for rows in range(20)]
    folded = by_slice(entries)
    assert folded.count("<details") == 1
    assert folded.count("<svg") == 8
    assert "&lt;19&gt;" in folded
    assert "&lt;11&gt;" not in folded
    assert by_slice(entries[:5]).strip() == by_slice([sliced(1, 9)]).strip() == ""


def test_confusion_of_the_largest_slices_is_folded_behind_their_plots():
    matrix = Confusion(classes=("<near>", "far"), rows=((3, 1), (0, 2)))
    entries = [sliced(f"slice {rows}", rows, reliability=bins((0.1, 0.2, 1)), confusion=matrix) for rows in (4, 6, 9)]
    plots, folded = by_slice(entries).split("</details>")[:2]
    assert "<svg" in plots
    assert folded.strip().startswith("<details><summary>Confusion matrix of the 2 largest slices</summary>")
    assert folded.count("is &lt;near&gt;") == 2
    assert folded.index("slice 9") < folded.index("slice 6")
    assert "slice 4" not in folded


def test_tables_that_a_verdict_lacks_are_not_shown():
    assert calibration(Tables()).strip() == calibration(Tables(reliability=(), confusion=None)).strip() == ""


def test_a_blessing_differs_from_a_refusal(written):
    artifact = written("ModelBlessing")
    assert "✓ blessed" in blessing(artifact)
    Path(artifact.uri, "BLESSED").unlink()
    assert "✗ not blessed" in blessing(artifact)


def test_a_pushed_version_is_shown_with_its_files(written):
    shown = pushed_model(written("PushedModel"))
    assert "Version 7" in shown
    assert "<td>saved_model.pb</td>" in shown


def test_a_refused_push_is_shown(tmp_path):
    assert "nothing was pushed" in pushed_model(Artifact(1, "PushedModel", "pushed", str(tmp_path), {"pushed": 0}))


def test_a_version_that_was_removed_is_shown_as_gone(tmp_path):
    properties = {"pushed": 1, "pushed_version": "7", "pushed_destination": str(tmp_path / "gone")}
    assert "The folder is gone" in pushed_model(Artifact(1, "PushedModel", "pushed", str(tmp_path), properties))
