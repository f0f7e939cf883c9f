"""Survey statistics: expected values are worked by hand in the comments."""

import doctest
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.loyalty_service_survey.engine import sampling, survey_statistics
from odoo.addons.loyalty_service_survey.engine.sampling import is_sampled
from odoo.addons.loyalty_service_survey.engine.survey_statistics import (
    csat,
    nps,
    nps_group,
    satisfaction_index,
    scaled,
)

COUNTS = st.integers(min_value=0, max_value=5000)
VALUES = st.lists(st.floats(min_value=0, max_value=100), max_size=50)


@pytest.mark.parametrize("module", [survey_statistics, sampling])
def test_examples_in_docstrings(module):
    failures, tried = doctest.testmod(module)
    assert tried and not failures


class TestScaled:
    def test_ends_and_middle(self):
        assert [scaled(rating, 1, 5) for rating in (1, 2, 3, 4, 5)] == [0, 25, 50, 75, 100]
        assert [scaled(rating, 0, 10) for rating in (0, 3, 10)] == [0, 30, 100]

    def test_zero_is_an_answer(self):
        assert scaled(0, 0, 10) == 0
        assert scaled(0, 0, 10) is not None

    @pytest.mark.parametrize("rating", [99, 6, 0, -1])
    def test_outside_the_scale_is_no_answer(self, rating):
        assert scaled(rating, 1, 5) is None

    def test_a_scale_that_does_not_grow_is_a_mistake(self):
        with pytest.raises(ValueError):
            scaled(1, 5, 5)

    @given(st.integers(0, 9), st.integers(1, 10), st.integers(0, 10))
    def test_order_is_kept(self, low, span, rating):
        high = low + span
        value = scaled(rating, low, high)
        if low <= rating < high:
            assert 0 <= value < scaled(rating + 1, low, high) <= 100


class TestCsat:
    def test_by_hand(self):
        # Ratings 5 5 4 3 1 of 5: values 100 100 75 50 0, sum 325, mean 65; three of five
        # satisfied, two of five at the top.
        result = csat([100, 100, 75, 50, 0])
        assert (result.count, result.mean, result.satisfied, result.top) == (5, 65, 60, 40)

    def test_four_of_five_is_satisfied_but_not_top(self):
        result = csat([75])
        assert (result.satisfied, result.top) == (100, 0)

    def test_no_data_is_none(self):
        assert csat([]) is None
        assert csat([None, None]) is None

    def test_zero_counts(self):
        assert csat([0, 100]).mean == 50
        assert csat([None, 100]).mean == 100

    @given(VALUES.filter(bool))
    def test_bounds(self, values):
        result = csat(values)
        assert 0 <= result.top <= result.satisfied <= 100
        assert min(values) - 1e-9 <= result.mean <= max(values) + 1e-9


class TestNps:
    def test_groups(self):
        groups = [nps_group(rating) for rating in range(11)]
        assert groups == ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2
        assert nps_group(-1) is None
        assert nps_group(99) is None

    def test_score_by_hand(self):
        # 6 - 2 of 10
        assert nps(6, 2, 2).score == 40
        assert nps(0, 0, 4).score == -100
        assert nps(1, 5, 1).score == 0

    def test_interval_by_hand(self):
        # 6 promoters, 2 passives, 2 detractors: n' = 13, p' = 6.75/13, d' = 2.75/13,
        # centre = 4/13 = 0.307692; p' + d' = 9.5/13 = 0.730769;
        # variance = (0.730769 - 0.094675) / 13 = 0.0489304, root 0.221202,
        # times 1.959964 = 0.433548: from -0.125856 to 0.741240.
        result = nps(6, 2, 2)
        assert result.low == pytest.approx(-12.5856, abs=0.001)
        assert result.high == pytest.approx(74.1240, abs=0.001)

    def test_symmetric_case_by_hand(self):
        # 30 / 40 / 30: centre 0, p' + d' = 61.5/103, margin 1.959964 * sqrt(61.5) / 103.
        margin = 100 * 1.959964 * sqrt(61.5) / 103
        result = nps(30, 40, 30)
        assert result.high == pytest.approx(margin, abs=1e-3)
        assert result.low == pytest.approx(-margin, abs=1e-3)

    def test_no_data_is_none(self):
        assert nps(0, 0, 0) is None

    def test_negative_count_is_a_mistake(self):
        with pytest.raises(ValueError):
            nps(-1, 2, 3)

    def test_one_answer_tells_next_to_nothing(self):
        # The formula alone gives an upper end of 0.25 + 1.96 * sqrt((2.5/4 - 1/16) / 4) =
        # 0.985, below the score of 1.
        result = nps(1, 0, 0)
        assert (result.score, result.high) == (100, 100)
        assert result.low < -40

    @given(COUNTS, COUNTS, COUNTS)
    def test_interval_holds_the_score(self, promoters, passives, detractors):
        result = nps(promoters, passives, detractors)
        if result:
            assert -100 <= result.low <= result.score <= result.high <= 100
            assert result.count == promoters + passives + detractors

    @given(COUNTS, COUNTS, COUNTS)
    def test_mirror(self, promoters, passives, detractors):
        result, mirrored = (
            nps(promoters, passives, detractors),
            nps(detractors, passives, promoters),
        )
        if result:
            assert mirrored.score == pytest.approx(-result.score)
            assert mirrored.low == pytest.approx(-result.high)
            assert mirrored.high == pytest.approx(-result.low)

    @given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 500))
    def test_more_answers_tell_more(self, promoters, passives, detractors):
        few = nps(promoters, passives, detractors)
        many = nps(10 * promoters, 10 * passives, 10 * detractors)
        assert many.high - many.low < few.high - few.low


class TestSatisfactionIndex:
    def test_by_hand(self):
        # quality (100 + 75 + 50) / 3 = 75, attitude 50, price 25: (75 + 50 + 25) / 3 = 50
        dimensions = {"quality": [100, 75, 50], "attitude": [50], "price": [25]}
        assert satisfaction_index(dimensions) == 50

    def test_a_skipped_dimension_does_not_pull_down(self):
        assert satisfaction_index({"quality": [80], "price": [None], "attitude": []}) == 80

    def test_zero_pulls_down(self):
        assert satisfaction_index({"quality": [80], "price": [0]}) == 40

    def test_no_data_is_none(self):
        assert satisfaction_index({}) is None
        assert satisfaction_index({"quality": [None], "price": []}) is None

    @given(st.dictionaries(st.text(max_size=3), VALUES, max_size=6))
    def test_bounds(self, dimensions):
        index = satisfaction_index(dimensions)
        everything = [value for values in dimensions.values() for value in values]
        if everything:
            assert min(everything) - 1e-9 <= index <= max(everything) + 1e-9
        else:
            assert index is None


class TestSampling:
    def test_share(self):
        # 20 % of 20,000 is 4,000; the standard deviation is sqrt(20000 * .2 * .8) = 57.
        chosen = sum(is_sampled(f"trigger,1:event,{number}", 20) for number in range(20_000))
        assert abs(chosen - 4000) < 4 * 57

    @given(st.text(), st.floats(0, 100), st.floats(0, 100))
    def test_a_larger_share_only_adds(self, key, one, other):
        smaller, larger = sorted((one, other))
        assert not is_sampled(key, smaller) or is_sampled(key, larger)

    @given(st.text(), st.floats(0, 100))
    def test_asking_again(self, key, percent):
        assert is_sampled(key, percent) == is_sampled(key, percent)

    @given(st.text())
    def test_all_and_none(self, key):
        assert is_sampled(key, 100)
        assert not is_sampled(key, 0)
