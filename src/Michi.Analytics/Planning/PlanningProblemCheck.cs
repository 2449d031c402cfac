namespace Michi.Analytics.Planning;

/// <summary>Finds all errors of a problem in one pass. Time O(size of the problem).</summary>
internal sealed class PlanningProblemCheck
{
    private readonly List<PlanningProblemError> _errors = [];
    private readonly PlanningProblem _problem;
    private readonly IReadOnlyList<PlanOption> _options;
    private readonly int _periods;

    private PlanningProblemCheck(PlanningProblem problem) =>
        (_problem, _options, _periods) = (problem, problem.Options ?? [], problem.Periods);

    public static IReadOnlyList<PlanningProblemError> Errors(PlanningProblem problem)
    {
        var check = new PlanningProblemCheck(problem);
        if (check.IsOfBearableSize())
        {
            check.CheckPeriods();
            check.CheckResources();
            check.CheckOptions();
            check.CheckConditions();
            check.CheckLadders();
            check.CheckCycles();
        }
        return check._errors;
    }

    private bool IsOfBearableSize()
    {
        AtLeast("periods", "", _periods, 1);
        AtMost("periods", "", _periods, PlanningProblem.MaximumPeriods);
        if (Present("options", "", _problem.Options)) AtMost("options", "", _options.Count, PlanningProblem.MaximumOptions);
        return _errors.Count == 0;
    }

    private void CheckPeriods()
    {
        if (Numbers("period weights", "", _problem.PeriodWeights, 0)) Count("period weights", "", _periods, _problem.PeriodWeights.Count);
    }

    private void CheckResources()
    {
        foreach (var resource in Entries("resources", "", _problem.Resources))
        {
            var name = resource.Name ?? "";
            if (!Numbers("capacities", name, resource.Capacities, 0) || !Present("bucket ends", name, resource.Ends)) continue;
            Count("capacities", name, resource.Ends.Count, resource.Capacities.Count);
            var ascends = resource.Ends.Count > 0 && resource.Ends[^1] == _periods;
            for (var b = 0; b < resource.Ends.Count; b++) ascends &= resource.Ends[b] > (b == 0 ? 0 : resource.Ends[b - 1]);
            if (!ascends) _errors.Add(new PlanningProblemError.BucketEnds(name));
        }
    }

    private void CheckOptions()
    {
        foreach (var option in Entries("options", "", _options))
        {
            var name = option.Name ?? "";
            AtLeast("duration", name, option.Duration, 1);
            AtLeast("earliest start", name, option.EarliestStart, 0);
            if (Numbers("values", name, option.Values, double.NegativeInfinity)) Count("values", name, _periods, option.Values.Count);
            var latest = (int)Math.Clamp((long)Math.Min(option.LatestEnd ?? _periods, _periods) - option.Duration, int.MinValue, int.MaxValue);
            if (option.FixedStart is { } start && (start < option.EarliestStart || start > latest))
                _errors.Add(new PlanningProblemError.FixedOutsideWindow(name, start, option.EarliestStart, latest));
            CheckUses(option, name);
        }
    }

    private void CheckUses(PlanOption option, string name)
    {
        var used = new HashSet<int>();
        foreach (var use in Entries("uses", name, option.Uses))
        {
            if (use.Resource < 0 || use.Resource >= (_problem.Resources?.Count ?? 0))
                _errors.Add(new PlanningProblemError.UnknownResource(name, use.Resource));
            else if (!used.Add(use.Resource))
                _errors.Add(new PlanningProblemError.Twice("uses", name, _problem.Resources![use.Resource]?.Name ?? ""));
            if (Numbers("setup", name, use.Setup, 0)) AtMost("setup periods", name, use.Setup.Count, Math.Max(option.Duration, 0));
            Number("use afterwards", name, use.Afterwards, 0);
        }
    }

    private void CheckConditions()
    {
        foreach (var precedence in Entries("precedences", "", _problem.Precedences))
        {
            Known("precedence", "", precedence.After);
            var name = NameOf(precedence.After);
            AtLeast("lag", name, precedence.Lag, 0);
            if (!Present("predecessors", name, precedence.AnyOf)) continue;
            AtLeast("predecessors", name, precedence.AnyOf.Count, 1);
            foreach (var before in precedence.AnyOf) Known("precedence", name, before);
        }
        foreach (var (what, sets) in new[] { ("exclusions", _problem.Exclusions), ("joint options", _problem.Joint) })
            foreach (var set in Entries(what, "", sets))
                foreach (var option in set) Known(what, "", option);
        foreach (var cover in Entries("covers", "", _problem.Covers))
        {
            Number("minimum", cover.Name ?? "", cover.Minimum, 0);
            Amounts("amounts", cover.Name ?? "", cover.Amounts, double.PositiveInfinity);
        }
    }

    private void CheckLadders()
    {
        foreach (var ladder in Entries("ladders", "", _problem.Ladders))
            foreach (var step in Entries("steps", ladder.Name ?? "", ladder.Steps))
            {
                Number("step value", ladder.Name ?? "", step.Value, 0);
                Amounts("shares", ladder.Name ?? "", step.Shares, 1);
            }
    }

    private void Amounts(string what, string of, IReadOnlyList<OptionAmount>? amounts, double maximum)
    {
        if (!Present(what, of, amounts)) return;
        var seen = new HashSet<int>();
        foreach (var (option, amount) in amounts!)
        {
            Known(what, of, option);
            if (!seen.Add(option)) _errors.Add(new PlanningProblemError.Twice(what, of, NameOf(option)));
            if (Number(what, of, amount, 0)) AtMost(what, of, amount, maximum);
        }
    }

    /// <summary>
    /// Kahn (1962), where an option is reached once each of its precedences has an alternative that is; from what is left,
    /// walking back runs into a cycle.
    /// </summary>
    private void CheckCycles()
    {
        var precedences = Entries("precedences", null, _problem.Precedences)
            .Where(p => IsKnown(p.After) && p.AnyOf is { Count: > 0 } && p.AnyOf.All(IsKnown)).ToList();
        var alternatives = precedences.SelectMany((p, i) => p.AnyOf.Select(before => (Before: before, Precedence: i))).ToLookup(a => a.Before, a => a.Precedence);
        var (waitsFor, isMet) = (new int[_options.Count], new bool[precedences.Count]);
        foreach (var precedence in precedences) waitsFor[precedence.After]++;
        var reached = new List<int>(Enumerable.Range(0, _options.Count).Where(o => waitsFor[o] == 0));
        for (var i = 0; i < reached.Count; i++)
            foreach (var p in alternatives[reached[i]])
            {
                if (isMet[p]) continue;
                isMet[p] = true;
                if (--waitsFor[precedences[p].After] == 0) reached.Add(precedences[p].After);
            }
        if (reached.Count == _options.Count) return;

        var open = precedences.Where((_, p) => !isMet[p]).ToLookup(p => p.After, p => p.AnyOf[0]);
        var (walk, seenAt) = (new List<int>(), new Dictionary<int, int>());
        for (var at = Array.FindIndex(waitsFor, w => w > 0); ; at = open[at].First())
        {
            if (seenAt.TryGetValue(at, out var from))
            {
                _errors.Add(new PlanningProblemError.Cycle([.. walk.Skip(from).Reverse().Select(NameOf)]));
                return;
            }
            seenAt[at] = walk.Count;
            walk.Add(at);
        }
    }

    private bool IsKnown(int option) => option >= 0 && option < _options.Count;

    private string NameOf(int option) => IsKnown(option) ? _options[option]?.Name ?? "" : "";

    private void Known(string what, string of, int option)
    {
        if (!IsKnown(option)) _errors.Add(new PlanningProblemError.UnknownOption(what, of, option));
    }

    private bool Present(string what, string of, object? list)
    {
        if (list is null) _errors.Add(new PlanningProblemError.Missing(what, of));
        return list is not null;
    }

    /// <summary>The entries that are there; those that are not are errors, unless nothing is to be said (<paramref name="of"/> null).</summary>
    private IEnumerable<T> Entries<T>(string what, string? of, IReadOnlyList<T>? list) where T : class
    {
        if (list is null || list.Contains(null!))
            if (of is not null) _errors.Add(new PlanningProblemError.Missing(what, of));
        return (list ?? []).Where(entry => entry is not null);
    }

    private bool Numbers(string what, string of, IReadOnlyList<double>? numbers, double minimum)
    {
        if (!Present(what, of, numbers)) return false;
        foreach (var number in numbers!)
            if (!Number(what, of, number, minimum)) break;
        return true;
    }

    private bool Number(string what, string of, double value, double minimum)
    {
        if (!double.IsFinite(value)) _errors.Add(new PlanningProblemError.NotFinite(what, of, value));
        else if (Math.Abs(value) > PlanningProblem.MaximumNumber) AtMost(what, of, Math.Abs(value), PlanningProblem.MaximumNumber);
        else return AtLeast(what, of, value, minimum);
        return false;
    }

    private bool AtLeast(string what, string of, double value, double minimum)
    {
        if (value < minimum) _errors.Add(new PlanningProblemError.TooSmall(what, of, value, minimum));
        return value >= minimum;
    }

    private void AtMost(string what, string of, double value, double maximum)
    {
        if (value > maximum) _errors.Add(new PlanningProblemError.TooLarge(what, of, value, maximum));
    }

    private void Count(string what, string of, int expected, int found)
    {
        if (found != expected) _errors.Add(new PlanningProblemError.WrongCount(what, of, expected, found));
    }
}
