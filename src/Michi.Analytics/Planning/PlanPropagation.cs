namespace Michi.Analytics.Planning;

/// <summary>Why no plan fulfils all conditions, where that follows without search.</summary>
public abstract record PlanConflict
{
    private PlanConflict() { }

    /// <summary>An option that every plan must have, and that has no start left.</summary>
    public sealed record NoStart(int Option) : PlanConflict;

    /// <summary>What every plan must have uses more of a bucket than it has, whenever it starts; sums from the start where the resource carries over.</summary>
    public sealed record Overused(int Resource, int Bucket, double LeastUse, double Capacity) : PlanConflict;

    /// <summary>All options that can still be chosen and end in time do not make a cover's minimum.</summary>
    public sealed record NotCovered(int Cover, double Most, double Minimum) : PlanConflict;

    /// <summary>Two options that every plan must have and that exclude each other.</summary>
    public sealed record Excluded(int Exclusion, int First, int Second) : PlanConflict;

    /// <summary>An option that every plan must have after one of others, none of which can be chosen and end in time.</summary>
    public sealed record NoPredecessor(int Precedence, int Option) : PlanConflict;
}

/// <summary>When an option can start in any plan.</summary>
/// <param name="Earliest">First start left; above <paramref name="Latest"/> where none is.</param>
/// <param name="Latest">Last start left.</param>
/// <param name="IsImplied">Every plan must have it.</param>
public readonly record struct PlanWindow(int Earliest, int Latest, bool IsImplied)
{
    public bool CanBeChosen => Earliest <= Latest;
}

/// <summary>What the conditions imply without search: starts that no plan has, options that every plan has, and some conflicts. Cheap: milliseconds.</summary>
/// <param name="Conflict">A proof that there is no plan; null proves nothing.</param>
/// <param name="Windows">Of each option; as far as narrowing came where there is a conflict.</param>
public sealed record PlanPropagation(PlanConflict? Conflict, IReadOnlyList<PlanWindow> Windows)
{
    /// <param name="problem">One without errors.</param>
    public static PlanPropagation Of(PlanningProblem problem)
    {
        var model = new IndexedProblem(problem);
        return new(model.Conflict, [.. Enumerable.Range(0, model.Count).Select(o => new PlanWindow(model.First[o], model.Last[o], model.IsMandatory[o]))]);
    }
}

/// <summary>Removes starts until nothing follows any more. Only starts that no plan has are removed.</summary>
internal sealed class PlanNarrowing(IndexedProblem model)
{
    /// <summary>Ends a long tail of small steps; what is left then is merely wider.</summary>
    private const int MaximumRounds = 50;

    private readonly double[] _least = new double[model.Rows], _own = new double[model.Rows];
    private readonly int _periods = model.Periods;
    private bool _hasChanged = true;

    public PlanConflict? Run()
    {
        for (var o = 0; o < model.Count; o++) model.Tighten(o);
        PlanConflict? conflict = null;
        for (var round = 0; _hasChanged && conflict is null && round < MaximumRounds; round++)
        {
            _hasChanged = false;
            conflict = NarrowByPrecedences();
            conflict ??= NarrowBySets();
            conflict ??= NarrowByCovers();
            conflict ??= NarrowByCapacities();
            conflict ??= FindNoStart();
        }
        return conflict;
    }

    private PlanConflict.NoStart? FindNoStart()
    {
        for (var o = 0; o < model.Count; o++)
            if (model.IsMandatory[o] && !model.CanBeChosen(o)) return new(o);
        return null;
    }

    private void Keep(int option, int from, int to)
    {
        if (from <= model.First[option] && to >= model.Last[option]) return;
        for (var t = Math.Max(0, model.First[option]); t <= model.Last[option]; t++)
            if (t < from || t > to) model.IsAllowed[option * _periods + t] = false;
        model.Tighten(option);
        _hasChanged = true;
    }

    private void Require(int option)
    {
        _hasChanged |= !model.IsMandatory[option];
        model.IsMandatory[option] = true;
    }

    private PlanConflict.NoPredecessor? NarrowByPrecedences()
    {
        for (var p = 0; p < model.Precedences.Length; p++)
        {
            var (after, anyOf, lag) = model.Precedences[p];
            if (!model.CanBeChosen(after)) continue;
            var (earliest, possible, only) = (int.MaxValue, 0, -1);
            foreach (var before in anyOf)
            {
                var end = model.First[before] + model.Durations[before] + (long)lag;
                if (before == after || !model.CanBeChosen(before) || end > model.Last[after]) continue;
                (earliest, possible, only) = (Math.Min(earliest, (int)end), possible + 1, before);
            }
            if (possible == 0 && model.IsMandatory[after]) return new(p, after);
            Keep(after, earliest, int.MaxValue);
            if (possible != 1 || !model.IsMandatory[after]) continue;
            Require(only);
            Keep(only, 0, model.Last[after] - lag - model.Durations[only]);
        }
        return null;
    }

    private PlanConflict.Excluded? NarrowBySets()
    {
        foreach (var (e, set) in model.Exclusions.Index())
        {
            var at = Array.FindIndex(set, o => model.IsMandatory[o]);
            if (at < 0) continue;
            var chosen = set[at];
            foreach (var other in set)
            {
                if (other == chosen) continue;
                if (model.IsMandatory[other]) return new(e, chosen, other);
                Keep(other, 1, 0);
            }
        }
        foreach (var group in model.Groups)
        {
            if (group.Any(o => model.IsMandatory[o]))
                foreach (var option in group) Require(option);
            if (!group.All(model.CanBeChosen))
                foreach (var option in group) Keep(option, 1, 0);
        }
        return null;
    }

    private PlanConflict.NotCovered? NarrowByCovers()
    {
        foreach (var (c, (amounts, minimum, by)) in model.Covers.Index())
        {
            var most = amounts.Where(a => CanCount(a.Option, by)).Sum(a => a.Amount);
            if (!PlanEvaluation.Fits(minimum, most)) return new(c, most, minimum);
            foreach (var (option, amount) in amounts)
            {
                if (!CanCount(option, by) || PlanEvaluation.Fits(minimum, most - amount)) continue;
                Require(option);
                Keep(option, 0, by - model.Durations[option]);
            }
        }
        return null;
    }

    private bool CanCount(int option, int by) => model.CanBeChosen(option) && model.First[option] + model.Durations[option] <= by;

    private PlanConflict.Overused? NarrowByCapacities()
    {
        Array.Clear(_least);
        for (var o = 0; o < model.Count; o++)
        {
            if (!model.IsMandatory[o]) continue;
            for (var u = model.UseStart[o]; u < model.UseStart[o + 1]; u++)
            {
                var (from, to) = LeastUse(o, u);
                for (var row = from; row < to; row++) _least[row] += _own[row];
            }
        }
        for (var r = model.FirstRow.Length - 1; r >= 0; r--)
            for (var row = model.FirstRow[r]; row < (r + 1 < model.FirstRow.Length ? model.FirstRow[r + 1] : model.Rows); row++)
                if (!PlanEvaluation.Fits(_least[row], model.Capacities[row]))
                    return new(r, row - model.FirstRow[r], _least[row], Capacity(r, row - model.FirstRow[r]));
        for (var o = 0; o < model.Count; o++)
        {
            if (!model.CanBeChosen(o)) continue;
            for (var u = model.UseStart[o]; u < model.UseStart[o + 1]; u++)
            {
                var (from, to) = model.IsMandatory[o] ? LeastUse(o, u) : (0, 0);
                for (var s = model.First[o]; s <= model.Last[o]; s++)
                {
                    if (!model.IsAllowed[o * _periods + s]) continue;
                    var (row, length, offset) = model.Runs[u * _periods + s];
                    for (var i = 0; i < length; i++)
                    {
                        var others = _least[row + i] - (row + i >= from && row + i < to ? _own[row + i] : 0);
                        if (PlanEvaluation.Fits(others + model.Amounts[offset + i], model.Capacities[row + i])) continue;
                        model.IsAllowed[o * _periods + s] = false;
                        _hasChanged = true;
                        break;
                    }
                }
            }
            model.Tighten(o);
        }
        return null;
    }

    private double Capacity(int resource, int bucket)
    {
        var (capacities, carriesOver) = (model.Problem.Resources[resource].Capacities, model.Problem.Resources[resource].CarriesOver);
        return carriesOver ? capacities.Take(bucket + 1).Sum() : capacities[bucket];
    }

    /// <summary>Rows that an option uses wherever it starts, and in _own what it uses of them at least.</summary>
    private (int From, int To) LeastUse(int option, int use)
    {
        var (from, to) = (0, int.MaxValue);
        for (var s = model.First[option]; s <= model.Last[option]; s++)
        {
            if (!model.IsAllowed[option * _periods + s]) continue;
            var run = model.Runs[use * _periods + s];
            var (newFrom, newTo) = (Math.Max(from, run.Row), Math.Min(to, run.Row + run.Length));
            if (newFrom >= newTo) return (0, 0);
            for (var row = newFrom; row < newTo; row++)
            {
                var amount = model.Amounts[run.Offset + row - run.Row];
                _own[row] = to == int.MaxValue ? amount : Math.Min(_own[row], amount);
            }
            (from, to) = (newFrom, newTo);
        }
        return to == int.MaxValue ? (0, 0) : (from, to);
    }
}
