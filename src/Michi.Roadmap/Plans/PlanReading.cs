using Michi.Approach;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Scenarios;

namespace Michi.Roadmap.Plans;

/// <summary>An initiative of the plan in time. Quarters are counted from the first of the plan.</summary>
/// <param name="Start">First quarter under way.</param>
/// <param name="End">First quarter in which its lifts hold.</param>
/// <param name="From">Calendar quarter it starts in.</param>
/// <param name="Last">Last calendar quarter of the set-up.</param>
internal sealed record ScheduledInitiative(PlannedInitiative Initiative, int Start, int End, Quarter From, Quarter Last)
{
    public string Code => Initiative.Code;

    public InitiativeFacts Facts => Initiative.Facts;
}

/// <summary>A budget year of the plan, the first and the last perhaps in part.</summary>
/// <param name="Begin">First quarter of the plan in it.</param>
/// <param name="End">First quarter of the plan after it.</param>
/// <param name="Label"><c>2027</c>, or <c>2027/28</c> where the budget year does not begin with the calendar's.</param>
internal sealed record BudgetYear(int Index, int Begin, int End, string Label);

/// <summary>What a funding source pays in a budget year, in the plan's currency.</summary>
/// <param name="Limit">What the scenario gives it in this year.</param>
/// <param name="Carried">What earlier years left, where it carries over; else 0.</param>
internal sealed record SourceYear(double Setup, double Operation, double Limit, double Carried)
{
    public double Spent => Setup + Operation;

    public double Left => Limit + Carried - Spent;
}

/// <summary>What a plan says, in figures: when, for how much, by whom, to what end. Pure; made from the plan's own input.</summary>
internal sealed class PlanReading
{
    private readonly Dictionary<string, int> _options;
    private readonly Dictionary<ModelResource, int> _resources;

    private PlanReading(PlanInput input, ContentPack pack, IReadOnlyDictionary<string, int> starts)
    {
        (Input, Pack) = (input, pack);
        Model = PlanModel.Of(input, pack);
        var (scenario, problem) = (input.Scenario, Model.Problem);
        _options = Model.Codes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        _resources = Model.Resources.Index().ToDictionary(r => r.Item, r => r.Index);
        Starts = Model.StartsOf(starts);
        var ends = scenario.YearEnds;
        Years = [.. ends.Select((end, y) => new BudgetYear(y, y == 0 ? 0 : ends[y - 1], end, LabelOf(scenario, y)))];
        Schedule = [.. input.Initiatives.Select((initiative, i) => (initiative, i, Start: Starts[i])).Where(x => x.Start >= 0)
            .Select(x => (x.initiative, x.Start, End: x.Start + problem.Options[x.i].Duration))
            .OrderBy(x => x.Start).ThenBy(x => x.End).ThenBy(x => x.initiative.Code, StringComparer.Ordinal)
            .Select(x => new ScheduledInitiative(x.initiative, x.Start, x.End, scenario.Start.Plus(x.Start), scenario.Start.Plus(x.End - 1)))];
        Left = [.. input.Initiatives.Where((_, i) => Starts[i] < 0)];
        Spending = SpendingOf();
        People = scenario.Pools.ToDictionary(p => p.Id, p => (IReadOnlyList<double>)UsedOf(_resources[new("people", p.Id)]));
        Levels = LevelsOf();
    }

    public PlanInput Input { get; }
    public ContentPack Pack { get; }
    public PlanModel Model { get; }

    /// <summary>Start by option of the model, −1 where it is not chosen.</summary>
    public IReadOnlyList<int> Starts { get; }

    /// <summary>What is done, in order of start.</summary>
    public IReadOnlyList<ScheduledInitiative> Schedule { get; }

    /// <summary>What is not done.</summary>
    public IReadOnlyList<PlannedInitiative> Left { get; }

    public IReadOnlyList<BudgetYear> Years { get; }

    /// <summary>Funding source → budget years.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<SourceYear>> Spending { get; }

    /// <summary>Staff pool → full-time equivalents in use in each quarter.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> People { get; }

    /// <summary>Element → expected level 0–4 in each quarter, the first entry being the start.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Levels { get; }

    /// <summary>All set-up cost of the plan.</summary>
    public double Setup => Spending.Values.Sum(years => years.Sum(y => y.Setup));

    /// <summary>Operation of everything done, a year, once all of it runs.</summary>
    public double OperationAfter => Schedule.Sum(s => s.Facts.Operation.Planned);

    public static PlanReading Of(PlanInput input, IReadOnlyDictionary<string, int> starts, ContentPack pack) => new(input, pack, starts);

    /// <summary>The calendar quarter of a quarter of the plan.</summary>
    public Quarter QuarterAt(int quarter) => Input.Scenario.Start.Plus(quarter);

    /// <summary>Full-time equivalents a pool has in a quarter.</summary>
    public double CapacityOf(StaffPool pool, int quarter) => pool.Years.Count == 0 ? 0 : pool.Years[Math.Min(Years.First(y => quarter < y.End).Index, pool.Years.Count - 1)];

    /// <summary>Shares of an initiative by domain: in proportion to the steps it lifts; empty where it lifts none.</summary>
    public IReadOnlyDictionary<string, double> DomainsOf(InitiativeFacts facts)
    {
        var steps = facts.Lifts.Where(l => l.Holds && Pack.Element(l.Element) is not null).GroupBy(l => Pack.Element(l.Element)!.DomainId).ToDictionary(g => g.Key, g => g.Sum(l => (double)(l.To - l.From)));
        var all = steps.Values.Sum();
        return steps.ToDictionary(s => s.Key, s => s.Value / all);
    }

    /// <summary>The domain an initiative lifts most; null where it lifts none.</summary>
    public string? MainDomainOf(InitiativeFacts facts) => DomainsOf(facts).OrderByDescending(d => d.Value).Select(d => d.Key).FirstOrDefault();

    /// <summary>Money of an initiative from a source in each budget year of the plan.</summary>
    public IReadOnlyList<(double Setup, double Operation)> MoneyOf(ScheduledInitiative initiative, string source)
    {
        var resource = _resources[new("budget", source)];
        var use = Model.Problem.Options[_options[initiative.Code]].Uses.FirstOrDefault(u => u.Resource == resource);
        return [.. Years.Select(y => use is null ? (0, 0) : (
            Enumerable.Range(0, use.Setup.Count).Where(q => initiative.Start + q >= y.Begin && initiative.Start + q < y.End).Sum(q => use.Setup[q]),
            use.Afterwards * Math.Max(0, y.End - Math.Max(y.Begin, initiative.End))))];
    }

    private Dictionary<string, IReadOnlyList<SourceYear>> SpendingOf()
    {
        var spending = new Dictionary<string, IReadOnlyList<SourceYear>>();
        foreach (var source in Input.Scenario.Sources)
        {
            var money = Schedule.Select(s => MoneyOf(s, source.Id)).ToList();
            var carried = 0.0;
            var years = new List<SourceYear>();
            foreach (var year in Years)
            {
                var of = new SourceYear(money.Sum(m => m[year.Index].Setup), money.Sum(m => m[year.Index].Operation), year.Index < source.Years.Count ? source.Years[year.Index] : 0, carried);
                years.Add(of);
                if (source.CarriesOver) carried = of.Left;
            }
            spending[source.Id] = years;
        }
        return spending;
    }

    private double[] UsedOf(int resource)
    {
        var used = new double[Model.Problem.Periods];
        for (var i = 0; i < Starts.Count; i++)
        {
            if (Starts[i] < 0 || Model.Problem.Options[i].Uses.FirstOrDefault(u => u.Resource == resource) is not { } use) continue;
            for (var q = 0; q < use.Setup.Count; q++) used[Starts[i] + q] += use.Setup[q];
        }
        return used;
    }

    private Dictionary<string, IReadOnlyList<double>> LevelsOf()
    {
        var (problem, levels) = (Model.Problem, new Dictionary<string, IReadOnlyList<double>>());
        for (var l = 0; l < problem.Ladders.Count; l++)
        {
            var (ladder, start) = (problem.Ladders[l], Input.Levels[Model.Elements[l]].Level);
            levels[Model.Elements[l]] = [.. Enumerable.Range(0, problem.Periods + 1).Select(t =>
            {
                var (level, below) = ((double)start, 1.0);
                foreach (var step in ladder.Steps)
                {
                    below = Math.Min(below, step.Shares.Where(s => Starts[s.Option] >= 0 && Starts[s.Option] + problem.Options[s.Option].Duration <= t).Sum(s => s.Amount));
                    level += below;
                }
                return level;
            })];
        }
        return levels;
    }

    private static string LabelOf(ScenarioFacts scenario, int index)
    {
        var begin = scenario.YearStart(index).Plus(-4);
        return scenario.BudgetYearStart == 1 ? $"{begin.Year}" : $"{begin.Year}/{(begin.Year + 1) % 100:00}";
    }
}
