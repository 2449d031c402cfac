using Michi.Analytics.Planning;
using Michi.Approach;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Scenarios;

namespace Michi.Roadmap.Plans;

/// <summary>What a resource of the planning problem stands for.</summary>
/// <param name="Kind"><c>budget</c> (a source in its years), <c>total</c> (a source over all years) or <c>people</c> (a staff pool by quarter).</param>
/// <param name="Id">The funding source or staff pool.</param>
internal sealed record ModelResource(string Kind, string Id);

/// <summary>Why an initiative cannot be part of any plan, whatever else is chosen.</summary>
/// <param name="Why"><c>forbidden</c>, <c>missing-prerequisite</c>, <c>need-unmet</c> or <c>too-long</c>.</param>
/// <param name="What">The prerequisite's code, or the element and level that nothing reaches.</param>
internal sealed record Impossible(string Code, string Why, string What);

/// <summary>A city's plan as a planning problem, and the way back. Pure: the same input gives the same problem.</summary>
/// <remarks>
/// Worth is counted in points: one quarter in which one step of level of an element of average weight holds, undiscounted and at the bottom of its
/// ladder, is one point. Step k → k+1 of an element is worth (weight / mean weight of the elements) · decay^(k − start) · P(level ≤ k) a quarter. The
/// benefits of an initiative to people are worth, a quarter once it has ended, share / (1 − share) · Σ (weight of the benefit / mean weight of all kinds ·
/// its strength 1–3 / 3) · share of inhabitants · (1 + severity · (worst challenge answered)). What comes in quarter t counts (1 + discount)^(−t/4).
/// <para>
/// A duration that is not whole ends with the quarter it ends in. What no source of the scenario pays for is paid by its first one: nothing is free. A staff
/// pool the scenario does not have sets no limit.
/// </para>
/// </remarks>
internal sealed class PlanModel
{
    private readonly PlanInput _input;

    private PlanModel(PlanInput input, PlanningProblem problem, IReadOnlyList<ModelResource> resources, IReadOnlyList<string> elements, IReadOnlyList<Impossible> impossible) =>
        (_input, Problem, Resources, Elements, Impossible, Codes) = (input, problem, resources, elements, impossible, [.. input.Initiatives.Select(i => i.Code)]);

    public PlanningProblem Problem { get; }

    /// <summary>What each resource of the problem stands for.</summary>
    public IReadOnlyList<ModelResource> Resources { get; }

    /// <summary>The element of each ladder of the problem.</summary>
    public IReadOnlyList<string> Elements { get; }

    public IReadOnlyList<Impossible> Impossible { get; }

    /// <summary>Option → code of the initiative: the order of the input's initiatives.</summary>
    public IReadOnlyList<string> Codes { get; }

    /// <summary>Starts by option from starts by code.</summary>
    public int[] StartsOf(IReadOnlyDictionary<string, int> byCode) => [.. _input.Initiatives.Select(i => byCode.TryGetValue(i.Code, out var start) ? start : -1)];

    /// <summary>Starts by code from starts by option.</summary>
    public Dictionary<string, int> StartsOf(IReadOnlyList<int> starts) =>
        _input.Initiatives.Select((i, index) => (i.Code, Start: starts[index])).Where(s => s.Start >= 0).ToDictionary(s => s.Code, s => s.Start);

    public static PlanModel Of(PlanInput input, ContentPack pack)
    {
        var (scenario, weights, periods) = (input.Scenario, input.Weights, input.Scenario.Quarters);
        var index = input.Initiatives.Select((i, n) => (i.Code, n)).ToDictionary(i => i.Code, i => i.n);
        var discount = Enumerable.Range(0, periods).Select(t => Math.Pow(1 + scenario.Discount, -t / 4.0)).ToArray();
        var sourceIds = scenario.Sources.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        var (elementMean, benefitMean) = (MeanOf(pack.Elements.Select(e => weights.Elements!.GetValueOrDefault(e.Id, 1))), MeanOf(weights.Benefits!.Values));
        var impossible = new List<Impossible>();
        var waits = new List<(PlanPrecedence Precedence, Initiatives.LevelNeed? Need)>();

        var years = scenario.YearEnds;
        var quarters = Enumerable.Range(1, periods).ToList();
        var resources = new List<(PlanResource Resource, ModelResource Stands)>();
        foreach (var source in scenario.Sources)
        {
            resources.Add((new(source.Id, years, [.. years.Select((_, y) => y < source.Years.Count ? source.Years[y] : 0)], source.CarriesOver), new("budget", source.Id)));
            if (source.Total is { } total) resources.Add((new($"{source.Id} total", [periods], [total]), new("total", source.Id)));
        }
        foreach (var pool in scenario.Pools)
            resources.Add((new(pool.Id, quarters, [.. quarters.Select(q => pool.Years.Count == 0 ? 0 : pool.Years[Math.Min(YearOf(q - 1), pool.Years.Count - 1)])]), new("people", pool.Id)));

        var options = input.Initiatives.Select(i => OptionOf(i)).ToList();
        FindUnreachable();
        var barred = impossible.Select(i => i.Code).ToHashSet(StringComparer.Ordinal);
        var ladders = pack.Elements.Select(e => LadderOf(e.Id)).ToList();
        var problem = new PlanningProblem
        {
            Periods = periods,
            PeriodWeights = discount,
            Options = [.. options.Select(o => barred.Contains(o.Name) ? o with { IsForbidden = true } : o)],
            Resources = [.. resources.Select(r => r.Resource)],
            Precedences = [.. waits.Select(w => w.Precedence).Where(p => !barred.Contains(options[p.After].Name))],
            Exclusions = [.. Pairs(f => f.Excludes)],
            Joint = [.. Pairs(f => f.Together)],
            Covers = [.. scenario.Minima.Select(CoverOf)],
            Ladders = ladders,
        };
        return new(input, problem, [.. resources.Select(r => r.Stands)], [.. pack.Elements.Select(e => e.Id)], impossible);

        // Needs that only those fulfil who wait for them too are never met. Prerequisites in a circle are left to the check of the problem, which names them.
        void FindUnreachable()
        {
            var waitsOf = waits.ToLookup(w => w.Precedence.After);
            var never = impossible.Select(i => index[i.Code]).ToHashSet();
            var reached = new HashSet<int>();
            for (var grows = true; grows;)
            {
                grows = false;
                foreach (var option in Enumerable.Range(0, options.Count).Where(o => !reached.Contains(o) && !never.Contains(o)))
                    if (waitsOf[option].All(w => w.Precedence.AnyOf.Any(reached.Contains))) grows |= reached.Add(option);
            }
            foreach (var (precedence, need) in waits.Where(w => w.Need is not null && !never.Contains(w.Precedence.After) && !w.Precedence.AnyOf.Any(reached.Contains)).DistinctBy(w => w.Precedence.After))
                impossible.Add(new(input.Initiatives[precedence.After].Code, "need-unmet", $"{need!.Element} {need.Level}"));
        }

        int YearOf(int quarter) => Enumerable.Range(0, years.Count).First(y => quarter < years[y]);

        PlanOption OptionOf(PlannedInitiative initiative)
        {
            var facts = initiative.Facts;
            var duration = scenario.Durations.TryGetValue(initiative.Code, out var real) ? real : Math.Max(1, (int)Math.Ceiling(facts.Duration.Planned - 1e-9));
            var decision = scenario.Decisions.GetValueOrDefault(initiative.Code);
            var me = index[initiative.Code];
            foreach (var before in facts.Prerequisites)
            {
                if (index.TryGetValue(before.Initiative, out var other)) waits.Add((new(me, [other], before.Lag), null));
                else impossible.Add(new(initiative.Code, "missing-prerequisite", before.Initiative));
            }
            foreach (var other in facts.Together.Where(o => !index.ContainsKey(o))) impossible.Add(new(initiative.Code, "missing-prerequisite", other));
            foreach (var need in facts.Needs)
            {
                // Each missing step for itself: whoever brings the last one does not bring those below it.
                var has = input.Levels.GetValueOrDefault(need.Element)?.Level ?? 0;
                for (var step = has; step < need.Level; step++)
                {
                    var able = Lifting(need.Element, step).Where(i => i != me).ToList();
                    if (able.Count > 0) waits.Add((new(me, able), need));
                    else
                    {
                        impossible.Add(new(initiative.Code, "need-unmet", $"{need.Element} {need.Level}"));
                        break;
                    }
                }
            }
            if (decision?.Choice == "forbid") impossible.Add(new(initiative.Code, "forbidden", ""));
            else if (duration > periods) impossible.Add(new(initiative.Code, "too-long", ""));

            var worth = weights.BenefitShare!.Value / Math.Max(1e-9, 1 - weights.BenefitShare.Value) * BenefitOf(facts);
            var values = new double[periods];
            for (var (start, sum) = (periods - 1, 0.0); start >= 0; start--)
            {
                // Ends in quarter start + duration, and counts from there on.
                if (start + duration < periods) sum += discount[start + duration] * worth;
                values[start] = sum;
            }
            return new()
            {
                Name = initiative.Code,
                Duration = duration,
                Values = values,
                Uses = [.. UsesOf(facts, duration)],
                EarliestStart = decision?.Earliest is { } earliest ? Math.Max(0, scenario.Start.To(earliest)) : 0,
                LatestEnd = decision?.LatestEnd is { } latest ? Math.Clamp(scenario.Start.To(latest) + 1, 0, periods) : null,
                IsMandatory = decision?.Choice == "must",
                IsForbidden = decision?.Choice == "forbid",
                FixedStart = decision?.Start is { } fix ? scenario.Start.To(fix) : null,
            };
        }

        double BenefitOf(InitiativeFacts facts)
        {
            if (facts.Benefits.Count == 0) return 0;
            var benefit = facts.Benefits.Sum(b => weights.Benefits!.GetValueOrDefault(b.Key, 1) * b.Value / 3.0) / benefitMean;
            var worst = facts.Challenges.Select(c => input.Severities.GetValueOrDefault(c)).DefaultIfEmpty(0).Max();
            return benefit * facts.Beneficiaries.Planned * (1 + weights.Severity!.Value * worst);
        }

        IEnumerable<ResourceUse> UsesOf(InitiativeFacts facts, int duration)
        {
            for (var r = 0; r < resources.Count; r++)
            {
                var (kind, id) = resources[r].Stands;
                var setup = kind == "people" ? facts.People.TryGetValue(id, out var people) ? Enumerable.Repeat(people.Planned, duration).ToArray() : [] : SetupOf(facts, id, duration);
                var afterwards = kind != "people" && (facts.OperationSource is { } pays && sourceIds.Contains(pays) ? pays : scenario.Sources[0].Id) == id ? facts.Operation.Planned / 4 : 0;
                if (afterwards > 0 || setup.Any(u => u > 0)) yield return new(r, setup, afterwards);
            }
        }

        // The set-up is paid in equal parts over its quarters; a share that names a year applies to the quarters of that year of the initiative.
        double[] SetupOf(InitiativeFacts facts, string source, int duration) => [.. Enumerable.Range(0, duration).Select(q =>
        {
            var shares = facts.Funding.Where(f => sourceIds.Contains(f.Source) && (f.Year == q / 4 + 1 || (f.Year is null && !facts.Funding.Any(other => other.Year == q / 4 + 1)))).ToList();
            var rest = source == scenario.Sources[0].Id ? Math.Max(0, 1 - shares.Sum(f => f.Share)) : 0;
            return facts.Cost.Planned / duration * (shares.Where(f => f.Source == source).Sum(f => f.Share) + rest);
        })];

        IEnumerable<int> Lifting(string element, int step) =>
            input.Initiatives.Where(i => i.Facts.Lifts.Any(l => l.Holds && l.Element == element && l.From <= step && l.To > step)).Select(i => index[i.Code]);

        PlanLadder LadderOf(string element)
        {
            var start = input.Levels[element];
            var steps = Enumerable.Range(start.Level, ContentPack.Levels - 1 - start.Level).Select(k => new LadderStep(
                weights.Elements!.GetValueOrDefault(element, 1) / elementMean * Math.Pow(weights.StepDecay!.Value, k - start.Level) * (1 - start.AtLeast[k]),
                [.. Lifting(element, k).Select(i => new OptionAmount(i, 1))]));
            return new(element, [.. steps]);
        }

        // All weights zero: nothing is worth anything, and nothing is divided by zero.
        static double MeanOf(IEnumerable<double> values) => values.DefaultIfEmpty(1).Average() is > 0 and var mean ? mean : 1;

        IEnumerable<IReadOnlyList<int>> Pairs(Func<InitiativeFacts, List<string>> others) => input.Initiatives
            .SelectMany(i => others(i.Facts).Where(index.ContainsKey).Select(o => (A: Math.Min(index[i.Code], index[o]), B: Math.Max(index[i.Code], index[o]))))
            .Where(p => p.A != p.B).Distinct().Select(p => (IReadOnlyList<int>)[p.A, p.B]);

        PlanCover CoverOf(Minimum minimum)
        {
            var counted = input.Initiatives.Where(i => minimum.Kind switch
            {
                "quick-win" => i.Facts.IsQuickWin,
                "district" => i.Facts.District == minimum.Of,
                "group" => i.Facts.Groups.Contains(minimum.Of!),
                "sector" => i.Facts.Sector == minimum.Of,
                _ => i.Facts.Lifts.Any(l => l.Holds && pack.Element(l.Element)?.DomainId == minimum.Of),
            });
            int? by = minimum.By is { } last ? Math.Clamp(scenario.Start.To(last) + 1, 0, periods) : minimum.Kind == "quick-win" ? Math.Min(4, periods) : null;
            return new($"{minimum.Kind} {minimum.Of}".TrimEnd(), [.. counted.Select(i => new OptionAmount(index[i.Code], 1))], minimum.Count, by);
        }
    }
}
