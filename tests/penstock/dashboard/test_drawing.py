"""The drawings as coordinates."""

from penstock.dashboard.drawing import Bar, bars, memory, run_graph


def test_node_is_below_those_that_it_waits_for_and_what_follows_is_not_drawn():
    graph = run_graph({"a": ("ran", "1 s"), "b": ("failed", ""), "c": ("ran", "")}, {"b": ["a"], "c": ["a", "b", "x"]})
    tops = {box.id: box.y for box in graph.boxes}
    assert tops["a"] < tops["b"] < tops["c"]
    assert len(graph.curves) == 2
    assert all(0 <= box.x <= graph.width - 150 and 0 <= box.y <= graph.height - 40 for box in graph.boxes)


def test_bars_fill_the_time_of_the_run():
    drawn = bars([Bar("a", "ran", 0.0, 5.0), Bar("b", "ran", 5.0, 5.0), Bar("c", "cached", 10.0, 0.0)])
    (_, left_a, width_a, _), (_, left_b, width_b, _), (_, _, width_c, _) = drawn.rows
    assert (left_b - left_a, width_a, width_b, width_c) == (280, 280, 280, 2.0)
    assert [seconds for _, seconds in drawn.ticks] == [0, 2, 4, 6, 8, 10]


def test_run_without_nodes_has_empty_drawings():
    assert bars([]).rows == ()
    assert run_graph({}, {}).boxes == ()


def test_memory_is_on_the_time_axis_of_the_bars_the_largest_behind():
    given = [Bar("a", "ran", 0.0, 5.0), Bar("b", "ran", 5.0, 5.0), Bar("c", "cached", 10.0, 0.0)]
    drawn = memory(given, {"a": 100_000_000, "b": 400_000_000})
    (first, left_b, width_b, top_b, peak), (second, left_a, _, top_a, _) = drawn.rows
    assert (first.id, second.id, peak) == ("b", "a", 400_000_000)
    assert (left_b - left_a, width_b) == (280, 280)
    assert (drawn.floor - top_b) == 4 * (drawn.floor - top_a)
    assert drawn.ticks == bars(given).ticks
    assert [level for _, level in drawn.levels] == [0, 1e8, 2e8, 3e8, 4e8]
    assert memory(given, {}) is None
    assert memory([], {"a": 1}) is None
