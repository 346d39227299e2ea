"""How concentrated the industry is. Compare with the nulls of P01, not with zero."""

from __future__ import annotations

import numpy as np

from model.metrics import Snapshot, metric
from model.metrics.measures import hhi, ratio, weighted_mean
from model.metrics.views import closed_paid_revenue

ACTIVE_SHARE = 0.005


@metric(unit="index 0-1")
def hhi_revenue(snapshot: Snapshot) -> float:
    """Concentration of revenue from closed models (HHI, base: revenue).

    HHI = sum_j (R_j / sum R)^2, R_j = payments for lab j's closed tiers with a price above zero;
    tiers of open models and self-hosting are left out. NaN without such revenue.
    """
    return hhi(snapshot.view(closed_paid_revenue))


@metric(unit="index 0-1")
def hhi_lab_revenue(snapshot: Snapshot) -> float:
    """Concentration of labs' revenue, whatever the weights (HHI, base: revenue of all labs).

    HHI = sum_j (R_j / sum R)^2, R_j = labs.revenue_usd: tiers on open models that their maker, or a lab
    that builds on them, sells are in it. NaN without revenue.
    """
    return hhi(snapshot.floats("labs", "revenue_usd"))


@metric(unit="index 0-1")
def hhi_users(snapshot: Snapshot) -> float:
    """Concentration of users over labs (HHI, base: users).

    HHI = sum_j (U_j / sum U)^2, U_j = labs.users, labs of open models included. NaN without users.
    """
    return hhi(snapshot.floats("labs", "users"))


@metric(unit="index 0-1")
def hhi_compute(snapshot: Snapshot) -> float:
    """Concentration of compute used by labs (HHI, base: compute).

    HHI = sum_j (F_j / sum F)^2, F_j = labs.training_flop_used + labs.inference_flop, plain FLOP of
    the step (a FLOP of decoding counts like one of training).
    """
    used = snapshot.floats("labs", "training_flop_used")
    return hhi(used + snapshot.floats("labs", "inference_flop"))


@metric(unit="labs")
def effective_labs(snapshot: Snapshot) -> float:
    """Number of equal labs that would be as concentrated in revenue.

    1 / hhi_revenue (base: revenue of closed paid tiers). NaN without such revenue.
    """
    return ratio(1.0, hhi_revenue(snapshot))


@metric(unit="labs")
def labs_active(snapshot: Snapshot) -> float:
    """Labs that matter to users.

    Number of labs with more than 0.5 % of all labs' users (labs.users, open labs included).
    """
    users = snapshot.floats("labs", "users")
    return float(np.sum(users > ACTIVE_SHARE * users.sum()))


@metric(unit="labs")
def labs_total(snapshot: Snapshot) -> float:
    """Labs that have not left.

    Number of rows of the labs table with exited_step = -1.
    """
    return float(np.sum(snapshot.ids("labs", "exited_step") < 0))


@metric(unit="1/ln")
def odds_elasticity_compute(snapshot: Snapshot) -> float:
    """Elasticity of the odds of being chosen in training compute (Lambda).

    sum_j U_j L_j / sum_j U_j: mean of labs.odds_elasticity weighted by labs.users. Above one, the
    theory expects a natural oligopoly of at most Lambda / (Lambda - 1) labs.
    """
    return weighted_mean(snapshot.floats("labs", "odds_elasticity"), snapshot.floats("labs", "users"))


@metric(unit="ratio")
def serving_scale_elasticity(snapshot: Snapshot) -> float:
    """Elasticity of the unit cost of serving in a lab's volume: read it beside Lambda.

    sum_j U_j E_j / sum_j U_j: mean of labs.serving_elasticity weighted by labs.users. Below zero, large
    labs serve at a lower cost and concentration may rise even where Lambda is below one; 0 by default.
    """
    return weighted_mean(snapshot.floats("labs", "serving_elasticity"), snapshot.floats("labs", "users"))
