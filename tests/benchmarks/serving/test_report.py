import json

from benchmarks.serving.report import FIGURES, section

FACTS = {"cores": 2, "cpu": "a CPU", "commit": "abc", "date": "2026-11-29"}
LINE = {"name": "a / b", "target": 4.0, "is_least": True}


def test_table_has_ratios_measurements_and_what_was_not_measured(tmp_path):
    lines = [
        {**LINE, "value": 5.0, "met": True, "measure": "per_second", "ours": 5000.0, "other": 1000.0},
        {**LINE, "is_least": False, "value": 4.5, "met": False, "measure": "p99", "ours": 0.009, "other": 0.002},
        {**LINE, "value": None, "met": None},
        {**LINE, "target": None, "value": 2.5, "met": None, "measure": "seconds", "ours": 5.0, "other": 2.0},
    ]
    (tmp_path / FIGURES).write_text(json.dumps({"facts": FACTS, "model": "taxi rides", "lines": lines}))
    text, _ = section(tmp_path)
    assert "| a / b | ≥ 4 | 5.00 | 5,000/s | 1,000/s | met |" in text
    assert "| a / b | ≤ 4 | 4.50 | 9.0 ms | 2.0 ms | not met |" in text
    assert "| a / b | ≥ 4 |  |  |  | not measured |" in text
    assert "| a / b |  | 2.50 | 5.0 s | 2.0 s |  |" in text


def test_section_is_left_out_without_figures(tmp_path):
    assert section(tmp_path) == []
