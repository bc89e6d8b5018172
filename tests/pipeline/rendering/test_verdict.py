from pipeline.rendering.verdict import verdict


def test_metrics_stand_beside_what_they_have_to_beat(written):
    shown = verdict(written("penstock.ModelVerdict"))
    cells = ["<strong>0.9500</strong>", "±0.0125", "0.5000", "0.9000"]
    assert "<td>auc</td>" + "".join(f'<td class="n">{cell}</td>' for cell in cells) in shown
    assert "auc: +0.0500 ±0.0100 over the linear model" in shown
    assert "✗ not blessed" in shown


def test_thresholds_are_marked_passed_or_refused(written):
    shown = verdict(written("penstock.ModelVerdict"))
    assert shown.count("✓ passed") == shown.count("✗ refused") == shown.count("<td>not decided</td>") == 1


def test_slices_are_sorted_by_number_and_small_ones_dimmed(written):
    shown = verdict(written("penstock.ModelVerdict"))
    assert shown.index('<span class="dim">9</span>') < shown.index("<td>10</td>")
    assert "By hour" in shown
    assert "fewer than 20 rows are dimmed" in shown


def test_calibration_confusion_and_residuals_are_shown(written):
    shown = verdict(written("penstock.ModelVerdict"))
    for heading in ("Predicted and found", "Confusion of the classes", "Residuals"):
        assert f"<h4>{heading}</h4>" in shown
