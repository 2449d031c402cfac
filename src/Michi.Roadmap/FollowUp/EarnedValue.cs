namespace Michi.Roadmap.FollowUp;

/// <summary>How cost and progress stand against the plan, and what that makes of the final cost.</summary>
/// <remarks>
/// Source: ISO 21508:2018, Earned value management in project and programme management; the same in PMI, Practice Standard for Earned Value
/// Management (2nd ed. 2011). CPI = EV / AC, SPI = EV / PV, EAC = AC + (BAC − EV) / CPI = BAC / CPI.
/// </remarks>
/// <param name="Budget">Budget at completion (BAC): the planned cost of the set-up.</param>
/// <param name="Planned">Planned value (PV): what should have been done by now, in money.</param>
/// <param name="Earned">Earned value (EV): what has been done, in money at planned cost.</param>
/// <param name="Actual">Actual cost (AC).</param>
internal sealed record EarnedValue(double Budget, double Planned, double Earned, double Actual)
{
    /// <summary>Cost performance index; null where nothing was spent.</summary>
    public double? CostIndex => Actual > 0 ? Earned / Actual : null;

    /// <summary>Schedule performance index; null where nothing was due.</summary>
    public double? ScheduleIndex => Planned > 0 ? Earned / Planned : null;

    /// <summary>Estimate at completion; null where nothing has been earned yet for what was spent.</summary>
    public double? Forecast => Actual == 0 ? Budget : Earned > 0 ? Budget * Actual / Earned : null;

    /// <param name="budget">Planned cost of the set-up.</param>
    /// <param name="start">Planned first quarter.</param>
    /// <param name="end">First quarter after the planned set-up.</param>
    /// <param name="now">First quarter not reported on; all three counted from the beginning of the plan.</param>
    /// <param name="done">Share done, 0–1.</param>
    /// <param name="spent">Paid so far.</param>
    public static EarnedValue Of(double budget, int start, int end, int now, double done, decimal spent) =>
        new(budget, budget * Math.Clamp((now - start) / (double)(end - start), 0, 1), budget * done, (double)spent);
}
