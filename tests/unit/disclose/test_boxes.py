"""Conditions are exact: what is compressed into boxes is what comes out of them."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from hub.disclose.boxes import Point, compress, expand

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@st.composite
def grids(draw: st.DrawFn) -> tuple[list[int], frozenset[Point]]:
    sizes = draw(SIZES)
    every = list(product(*map(range, sizes)))
    return sizes, draw(st.frozensets(st.sampled_from(every)))


@given(grids())
def test_boxes_hold_these_points_and_no_other(grid: tuple[list[int], frozenset[Point]]) -> None:
    sizes, points = grid

    assert expand(compress(points, sizes)) == points


@given(grids())
def test_no_box_is_there_in_vain(grid: tuple[list[int], frozenset[Point]]) -> None:
    sizes, points = grid
    boxes = compress(points, sizes)

    for box in boxes:
        assert expand(each for each in boxes if each != box) < points


@given(grids(), st.data())
def test_how_finely_a_grid_is_cut_does_not_matter(
    grid: tuple[list[int], frozenset[Point]], data: st.DataObject
) -> None:
    """One value becomes two that nothing tells apart: the boxes are the same, with both in place of it."""
    sizes, points = grid
    axis = data.draw(st.integers(0, len(sizes) - 1))
    value = data.draw(st.integers(0, sizes[axis] - 1))
    twin = sizes[axis]
    finer = points | {
        (*point[:axis], twin, *point[axis + 1 :]) for point in points if point[axis] == value
    }
    sizes_finer = [*sizes[:axis], twin + 1, *sizes[axis + 1 :]]

    found = compress(finer, sizes_finer)

    assert {
        tuple(side - {twin} if at == axis else side for at, side in enumerate(box)) for box in found
    } == set(compress(points, sizes))
    assert all((twin in box[axis]) is (value in box[axis]) for box in found)


def test_a_product_is_one_box_and_a_corner_takes_two() -> None:
    every = set(product(range(2), range(3)))

    assert len(compress(every, [2, 3])) == 1
    assert compress(every - {(1, 2)}, [2, 3]) == (
        (frozenset({0, 1}), frozenset({0, 1})),
        (frozenset({0}), frozenset({0, 1, 2})),
    )
    assert compress([], [2, 3]) == ()
