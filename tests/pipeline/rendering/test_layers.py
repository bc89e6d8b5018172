from hypothesis import given
from hypothesis import strategies as st

from pipeline.rendering.layers import lay_out

graphs = st.integers(1, 9).flatmap(
    lambda size: st.tuples(
        st.just([str(n) for n in range(size)]),
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda edge: edge[0] < edge[1])),
    )
)


@given(graphs)
def test_every_edge_goes_down_and_no_two_nodes_overlap(graph):
    nodes, pairs = graph
    edges = [(str(a), str(b)) for a, b in pairs]
    layout = lay_out(nodes, edges)
    assert set(layout.places) == set(nodes)
    for edge in edges:
        levels = [level for _, level in layout.ways[edge]]
        assert levels == list(range(layout.places[edge[0]][1], layout.places[edge[1]][1] + 1))
    for level in range(layout.height):
        columns = sorted(column for column, at in layout.places.values() if at == level)
        assert all(b - a >= 1 - 1e-6 for a, b in zip(columns, columns[1:], strict=False))


@given(graphs)
def test_everything_lies_within_the_width(graph):
    nodes, pairs = graph
    layout = lay_out(nodes, [(str(a), str(b)) for a, b in pairs])
    assert all(-1e-6 <= column <= layout.width - 1 + 1e-6 for column, _ in layout.places.values())
    middles = [column + 0.5 for way in layout.ways.values() for column, _ in way]
    assert all(-1e-6 <= middle <= layout.width + 1e-6 for middle in middles)


def test_a_graph_without_nodes_has_no_size():
    layout = lay_out([], [])
    assert (layout.width, layout.height) == (0, 0)
