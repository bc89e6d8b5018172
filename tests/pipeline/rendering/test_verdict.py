from pipeline.rendering.verdict import verdict


def test_metrics_stand_beside_what_they_have_to_beat(written):
    shown = verdict(written("penstock.ModelVerdict"))
    assert '<td>auc</td><td class="n"><strong>0.9500</strong></td><td class="n">0.5000</td><td class="n">–' in shown  # noqa: RUF001
    assert "✗ not blessed" in shown


def test_thresholds_are_marked_passed_or_refused(written):
    shown = verdict(written("penstock.ModelVerdict"))
    assert shown.count("✓ passed") == shown.count("✗ refused") == 1


def test_slices_are_sorted_by_number_and_small_ones_dimmed(written):
    shown = verdict(written("penstock.ModelVerdict"))
    assert shown.index('<span class="dim">9</span>') < shown.index("<td>10</td>")
    assert "By hour" in shown
