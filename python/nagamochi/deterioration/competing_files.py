"""A fit of competing damage types as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nagamochi.base.folder import replacing_files
from nagamochi.deterioration.hazard_files import known

if TYPE_CHECKING:
    from nagamochi.deterioration.competing_fit import CompetingFit

FILES = ("hazards.csv", "coefficients.csv", "goodness_of_fit.csv", "summary.txt", "model.json")


def write_competing_fit(fit: CompetingFit, folder: Path) -> None:
    """Write the tables, the summary for people and, last, the model for programs."""
    with replacing_files(folder) as files:
        files.write_table("hazards.csv", fit.hazard_table())
        files.write_table("coefficients.csv", fit.coefficients)
        files.write_table("goodness_of_fit.csv", fit.goodness_of_fit())
        files.remove("multipliers.csv")
        files.write_text("summary.txt", f"{fit.summary()}\n")
        files.write_record("model.json", describe_competing_fit(fit))


def describe_competing_fit(fit: CompetingFit) -> dict[str, Any]:
    """The model for programs; what is not known is null."""
    return {
        "model": "competing hazards",
        "ratings": fit.ratings,
        "types": list(fit.types),
        "pairs": fit.n_pairs,
        "repairs": fit.repairs,
        "changed_at_the_same_rating": fit.panel.changed,
        "starting_worst": fit.panel.from_worst,
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic,
        "converged": fit.converged,
        "hazards_by_type": [known(row) for row in fit.hazards().tolist()],
        "change_of_type": known([fit.change])[0],
        "coefficients": known(fit.coefficient.tolist()),
        "covariance": [known(row) for row in fit.covariance.tolist()],
        "pearson_statistic": (test := fit.pearson_test()).statistic,
        "pearson_p_value": known(test.p_value),
        "notices": list(fit.notices),
    }
