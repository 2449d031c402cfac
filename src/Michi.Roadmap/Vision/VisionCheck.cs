namespace Michi.Roadmap.Vision;

/// <summary>Something missing or loose in a vision; the sentence is the interface text <c>vision.finding.{Code}</c>.</summary>
/// <param name="Part">Where it is mended: a part of the vision, or <c>initiatives</c>.</param>
/// <param name="Id">Which one; empty for the statement, <c>new</c> for what is to be added.</param>
/// <param name="Names">Texts by language that the sentence names, in its order.</param>
internal sealed record Finding(string Code, string Part, string Id, params IReadOnlyList<Dictionary<string, string>> Names);

/// <summary>An initiative as far as the logic of a vision needs it.</summary>
/// <param name="LeadsTo">Ids of steps, targets and objectives.</param>
internal sealed record Activity(string Code, Dictionary<string, string> Names, IReadOnlyList<string> LeadsTo);

/// <summary>Finds what a vision leaves open: objectives without target, targets nobody can measure, steps and initiatives that lead nowhere, circles. Pure.</summary>
internal static class VisionCheck
{
    public static IReadOnlyList<Finding> Findings(VisionFacts vision, IReadOnlyList<Activity> activities)
    {
        var found = new List<Finding>();
        if (vision.Statement.Count == 0) found.Add(new("no-statement", "statement", ""));
        if (vision.Objectives.Count == 0) found.Add(new("no-objective", "objectives", "new"));
        if (vision.Alignments.Count == 0) found.Add(new("no-alignment", "alignments", "new"));
        foreach (var objective in vision.Objectives.Where(o => !vision.Targets.Exists(t => t.Objective == o.Id))) found.Add(new("objective-without-target", "objectives", objective.Id, objective.Names));

        var objectives = vision.Objectives.Select(o => o.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var target in vision.Targets)
        {
            foreach (var (isMissing, code) in new[]
            {
                (target.Objective is null, "target-without-objective"), (target.Objective is { } o && !objectives.Contains(o), "target-unknown-objective"), (target.Measurement.Length == 0, "target-without-measurement"),
                (target.Baseline is null, "target-without-baseline"), (target.Goal is null, "target-without-goal"), (target.Year is null, "target-without-year"), (target.Source.Length == 0, "target-without-source"),
            })
                if (isMissing) found.Add(new(code, "targets", target.Id, target.Names));
        }
        foreach (var (alignment, i) in vision.Alignments.Select((a, i) => (a, i + 1)))
        {
            var names = new Dictionary<string, string> { ["en"] = alignment.Document };
            var id = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (alignment.Section.Length == 0) found.Add(new("alignment-without-section", "alignments", id, names));
            if (alignment.Objective is { } of && !objectives.Contains(of)) found.Add(new("alignment-unknown-objective", "alignments", id, names));
        }

        var links = new Links(vision, activities);
        var order = VisionInput.LogicKinds;
        foreach (var step in vision.Logic)
        {
            if (step.LeadsTo.Count == 0 && step.Kind != "impact") found.Add(new("step-leads-nowhere", "logic", step.Id, step.Names));
            if (step.Kind != "input" && !links.IsLedTo(step.Id)) found.Add(new("step-without-cause", "logic", step.Id, step.Names));
            foreach (var to in step.LeadsTo)
            {
                if (!links.Names.TryGetValue(to, out var names)) found.Add(new("step-leads-to-unknown", "logic", step.Id, step.Names, Name(to)));
                else if (vision.Logic.Find(l => l.Id == to) is { } later && Rank(later) < Rank(step)) found.Add(new("step-leads-back", "logic", step.Id, step.Names, names));
            }
        }
        foreach (var activity in activities)
        {
            if (activity.LeadsTo.Count == 0) found.Add(new("initiative-without-purpose", "initiatives", activity.Code, activity.Names));
            foreach (var to in activity.LeadsTo.Where(to => !links.Names.ContainsKey(to))) found.Add(new("initiative-leads-to-unknown", "initiatives", activity.Code, activity.Names, Name(to)));
        }
        foreach (var circle in links.Circles())
        {
            var at = vision.Logic.Find(l => circle.Contains(l.Id))!;
            found.Add(new("circle", "logic", at.Id, Joined([.. circle.Select(id => links.Names[id])])));
        }
        return found;

        int Rank(LogicNode step) => Math.Max(0, order.ToList().IndexOf(step.Kind));
    }

    private static Dictionary<string, string> Name(string id) => new() { ["en"] = id };

    /// <summary>Names after each other, in every language one of them is in.</summary>
    private static Dictionary<string, string> Joined(IReadOnlyList<Dictionary<string, string>> names) =>
        names.SelectMany(n => n.Keys).Distinct().ToDictionary(l => l, l => string.Join(" → ", names.Append(names[0]).Select(n => Initiatives.InitiativeFacts.TextIn(n, l))));

    /// <summary>Who leads to whom, by id.</summary>
    private sealed class Links
    {
        private readonly Dictionary<string, IReadOnlyList<string>> _leadsTo = new(StringComparer.Ordinal);
        private readonly HashSet<string> _ledTo;

        public Links(VisionFacts vision, IReadOnlyList<Activity> activities)
        {
            foreach (var part in vision.Objectives) Names[part.Id] = part.Names;
            foreach (var part in vision.Targets) Names[part.Id] = part.Names;
            foreach (var activity in activities) (Names[activity.Code], _leadsTo[activity.Code]) = (activity.Names, activity.LeadsTo);
            foreach (var step in vision.Logic) (Names[step.Id], _leadsTo[step.Id]) = (step.Names, step.LeadsTo);
            _ledTo = _leadsTo.SelectMany(l => l.Value.Where(to => to != l.Key)).ToHashSet(StringComparer.Ordinal);
        }

        public Dictionary<string, Dictionary<string, string>> Names { get; } = new(StringComparer.Ordinal);

        public bool IsLedTo(string id) => _ledTo.Contains(id);

        /// <summary>Circles that share no step, each once; a depth-first search without recursion, so that a long chain is no danger.</summary>
        public IEnumerable<IReadOnlyList<string>> Circles()
        {
            var (done, inCircle) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
            foreach (var start in _leadsTo.Keys)
            {
                if (!done.Add(start)) continue;
                var path = new List<string> { start };
                var next = new Stack<IEnumerator<string>>([_leadsTo[start].GetEnumerator()]);
                while (next.Count > 0)
                {
                    if (!next.Peek().MoveNext())
                    {
                        next.Pop().Dispose();
                        path.RemoveAt(path.Count - 1);
                        continue;
                    }
                    var to = next.Peek().Current;
                    if (path.IndexOf(to) is >= 0 and var from)
                    {
                        var circle = path[from..];
                        if (!circle.Exists(inCircle.Contains)) yield return circle;
                        inCircle.UnionWith(circle);
                    }
                    else if (_leadsTo.TryGetValue(to, out var on) && done.Add(to))
                    {
                        path.Add(to);
                        next.Push(on.GetEnumerator());
                    }
                }
            }
        }
    }
}
