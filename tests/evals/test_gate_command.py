"""The refusal gate fitted: coefficients that part what can be parted, and figures on sites left out."""

import random
from pathlib import Path

import pytest

from evals.cases import Case
from evals.fitting import Seen, fit, left_out, worth
from pipeline.gate import COEFFICIENTS, INTERCEPT, Signals
from tests.evals.conftest import Evals, cases, write_dataset

ROOT = Path(__file__).resolve().parents[2]


def site(seed: int, cases: int = 40) -> list[Seen]:
    """Answerable questions are nearer and better covered, and have fewer unknown words; no signal parts them alone."""
    rng = random.Random(seed)

    def some(answer: bool) -> Seen:
        shift = 0.25 if answer else 0.0
        near, peak, covered = (rng.uniform(0, 0.6) + shift for _ in range(3))
        return Seen(Signals(near, peak, covered, rng.uniform(0, 0.6) + 0.25 - shift), answer)

    return [some(number % 2 == 0) for number in range(cases)]


def test_what_speaks_for_an_answer_counts_for_it() -> None:
    """The first three signals get positive coefficients, unknown words a negative one; ours have these signs too."""
    chosen = fit([site(1), site(2)])
    assert [value > 0 for value in chosen[:4]] == [True, True, True, False]
    assert [value > 0 for value in COEFFICIENTS] == [True, True, True, False]
    assert INTERCEPT < 0
    found = worth(site(3), chosen)
    assert found.refused > 0.7 > 0.3 > found.refused_wrongly


def test_each_site_and_kind_weighs_alike() -> None:
    """A site that stands there ten times over, case by case, changes nothing."""
    assert fit([site(1), site(2) * 10]) == pytest.approx(fit([site(1), site(2)]), abs=1e-2)


def test_a_site_left_out_is_not_fitted_to() -> None:
    """Its figures are those of the others' coefficients."""
    sites = {"a": site(1), "b": site(2), "c": site(3)}
    assert left_out(sites)["a"] == worth(sites["a"], fit([sites["b"], sites["c"]]))


def test_the_command(guide: Path, evals: Evals) -> None:
    """Coefficients by name, the threshold, and the shares refused rightly and wrongly."""
    found = evals("gate", "--dataset", guide, "--json")
    assert found.code == 0
    assert list(found.json["coefficients"]) == ["similarity", "peak", "coverage", "unknown", "intercept"]
    ((own, others),) = found.json["sites"].values()
    assert set(own) == {"refused", "refused_wrongly"}
    assert others is None
    assert "refused rightly" in evals("gate", "--dataset", guide).out


def test_both_kinds_are_needed(tmp_path: Path, evals: Evals) -> None:
    """A dataset in which nothing must be refused says nothing about refusals."""

    folder = write_dataset(tmp_path / "d", [row for row in cases() if row["expect"] == "answer"])
    refused = evals("gate", "--dataset", folder)
    assert refused.code == 2
    assert "cases to answer and cases to refuse" in refused.err


@pytest.mark.parametrize(
    "folder", sorted((ROOT / "evals/datasets/gate").iterdir()), ids=lambda path: path.name
)
def test_the_written_questions_are_cases(folder: Path) -> None:
    """Those of other sites cannot be asked without their pages; they have the form, and both kinds."""
    lines = (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    found = [Case.model_validate_json(line) for line in lines]
    assert len({case.id for case in found}) == len({case.question for case in found}) == len(found)
    assert {case.expect for case in found} == {"answer", "refuse"}
    assert not [case.id for case in found if case.expect == "refuse" and case.relevant]
