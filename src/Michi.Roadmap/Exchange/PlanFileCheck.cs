using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Places;
using Michi.Roadmap.FollowUp;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Scenarios;
using Michi.Roadmap.Vision;

namespace Michi.Roadmap.Exchange;

/// <summary>What a place has already, for a file that builds on it.</summary>
/// <param name="Population">The newest fact; null where unknown.</param>
/// <param name="Districts">Slugs of the places below.</param>
internal sealed record PlanFileGround(string Place, VisionFacts? Vision, IReadOnlySet<string> Challenges, IReadOnlySet<string> Initiatives, PlaceFact? Population, IReadOnlySet<string> Districts);

/// <summary>Checks a plan file against pack, library and what the place has already, every value, before anything is saved.</summary>
internal sealed partial class PlanFileCheck
{
    private const int MaxText = 4000, MaxName = 200, MaxItems = 2000;
    private const double MaxAmount = 1e15;

    private readonly InputCheck _check = new();
    private readonly PlanFile _file;
    private readonly PlanFileGround _ground;
    private readonly ContentPack _pack;
    private readonly InitiativeLibrary _library;
    private readonly DateOnly _today;

    private PlanFileCheck(PlanFile file, PlanFileGround ground, ContentPack pack, InitiativeLibrary library, DateOnly today) =>
        (_file, _ground, _pack, _library, _today) = (file, ground, pack, library, today);

    /// <summary>The facts of every initiative of the file, whole, in its order, and everything wrong; facts are to be used only where nothing is.</summary>
    public static (IReadOnlyList<(string Code, InitiativeFacts Facts)> Initiatives, IReadOnlyList<Fault> Faults) Run(PlanFile file, PlanFileGround ground, ContentPack pack, InitiativeLibrary library, DateOnly today)
    {
        var check = new PlanFileCheck(file, ground, pack, library, today);
        var initiatives = check.All();
        return (initiatives, [.. check._check.Faults.Take(200)]);
    }

    private List<(string Code, InitiativeFacts Facts)> All()
    {
        if (_file.Format != PlanFile.CurrentFormat) Add("format", "format", _file.Format, PlanFile.CurrentFormat);
        if (_file.Place.Length > 0 && _file.Place != _ground.Place) Add("place", "not-here", _file.Place);
        if (_file.Note.Count > 0) Texts("note", _file.Note);
        if (_file.Vision is { Facts: { } vision }) Vision("vision.facts", vision);
        var challenges = Codes("challenges", _file.Challenges, c => c?.Code);
        Each("challenges", _file.Challenges, (challenge, at) =>
        {
            var facts = challenge.Facts;
            Texts($"{at}.facts.names", facts.Names);
            Texts($"{at}.facts.description", facts.Description, required: false);
            _check.Choice($"{at}.facts.sector", facts.Sector, _library.Sectors);
            _check.Number($"{at}.facts.severity", facts.Severity, 1, 4);
            _check.Number($"{at}.facts.people", facts.People, 0, 1e10, required: false);
            if (facts.People is not null) _check.Line($"{at}.facts.peopleSource", facts.PeopleSource, MaxText);
            Groups($"{at}.facts.groups", facts.Groups);
            District($"{at}.facts.district", facts.District);
            _check.Line($"{at}.facts.where", facts.Where, MaxText, required: false);
            _check.Line($"{at}.facts.source", facts.Source, MaxText);
            if (facts.Date is { } date && PartialDate.Fault(date, _today) is { } fault) Add($"{at}.facts.date", fault, date);
        });
        var initiatives = new List<(string Code, InitiativeFacts Facts)>();
        var codes = Codes("initiatives", _file.Initiatives, i => i is null ? null : CodeOf(i));
        var (present, standing) = (codes.Concat(_ground.Initiatives).ToHashSet(), challenges.Concat(_ground.Challenges).ToHashSet());
        Each("initiatives", _file.Initiatives, (initiative, at) =>
        {
            _check.Choice($"{at}.gate", initiative.Gate, DecideGate.Gates);
            if (FactsOf(initiative, at, present) is not { } facts) return;
            initiatives.Add((CodeOf(initiative), facts));
            Initiative($"{at}.{(initiative.Facts is null ? "changes" : "facts")}", facts, present, standing);
        });
        if (CircleIn(initiatives) is { } circle) Add("initiatives", "prerequisite-circle", string.Join(" → ", circle));
        var names = new HashSet<string>(StringComparer.Ordinal);
        Each("scenarios", _file.Scenarios, (scenario, at) =>
        {
            _check.Line($"{at}.name", scenario.Name, MaxName);
            if (!names.Add(scenario.Name)) Add($"{at}.name", "twice", scenario.Name);
            Scenario($"{at}.facts", scenario.Facts, present);
        });
        return initiatives;
    }

    internal static string CodeOf(FileInitiative initiative) => initiative.Code.Length > 0 ? initiative.Code : initiative.Library ?? "";

    private InitiativeFacts? FactsOf(FileInitiative initiative, string at, IReadOnlySet<string> present)
    {
        if (initiative.Facts is { } whole)
        {
            if (initiative.Changes is not null) Add($"{at}.changes", "facts-or-changes");
            return whole;
        }
        if (_library.Initiatives.FirstOrDefault(i => i.Id == initiative.Library) is not { } of)
        {
            Add($"{at}.library", initiative.Library is null ? "required" : "library-initiative", initiative.Library ?? "");
            return null;
        }
        var copy = LibraryCopy.FactsOf(_library, of, _ground.Population, _file.Vision?.Facts ?? _ground.Vision ?? new(), present);
        if (initiative.Changes is not { } changes) return copy;
        if (changes.ValueKind != JsonValueKind.Object)
        {
            Add($"{at}.changes", "json", "{ }");
            return null;
        }
        try
        {
            return PlanFile.FactsOf<InitiativeFacts>(JsonSerializer.SerializeToElement(Merged(JsonNode.Parse(PlanFile.ElementOf(copy).GetRawText()), changes)));
        }
        catch (JsonException fault)
        {
            _check.Faults.Add(StrictJson.FaultOf(fault, StrictJson.PathOf(fault) is { Length: > 0 } path ? $"{at}.changes.{path}" : $"{at}.changes"));
            return null;
        }
    }

    // RFC 7396, section 2.
    private static JsonNode? Merged(JsonNode? target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object) return JsonNode.Parse(patch.GetRawText());
        var merged = target as JsonObject ?? [];
        foreach (var member in patch.EnumerateObject())
        {
            merged.TryGetPropertyValue(member.Name, out var there);
            merged.Remove(member.Name);
            if (member.Value.ValueKind != JsonValueKind.Null) merged[member.Name] = Merged(there, member.Value);
        }
        return merged;
    }

    private void Vision(string at, VisionFacts facts)
    {
        Texts($"{at}.statement", facts.Statement);
        _check.Number($"{at}.horizon", facts.Horizon, 2000, 2200, required: false);
        if (!Currency().IsMatch(facts.Currency)) Add($"{at}.currency", "currency-iso", facts.Currency);
        _check.Number($"{at}.perDollar", facts.PerDollar, 1e-6, 1e9);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        void Id(string where, string? id)
        {
            if (id is null || !Code().IsMatch(id)) Add(where, "id", id ?? "");
            else if (!ids.Add(id)) Add(where, "twice", id);
        }
        Each($"{at}.objectives", facts.Objectives, (objective, here) =>
        {
            Id($"{here}.id", objective.Id);
            Texts($"{here}.names", objective.Names);
        });
        var objectives = facts.Objectives.Where(o => o is not null).Select(o => o.Id).ToHashSet();
        Each($"{at}.targets", facts.Targets, (target, here) =>
        {
            Id($"{here}.id", target.Id);
            Known($"{here}.objective", target.Objective, objectives);
            Texts($"{here}.names", target.Names);
            _check.Line($"{here}.unit", target.Unit, 60);
            _check.Number($"{here}.baseline", target.Baseline, -MaxAmount, MaxAmount, required: false);
            _check.Number($"{here}.baselineYear", target.BaselineYear, 1900, 2200, required: false);
            _check.Number($"{here}.goal", target.Goal, -MaxAmount, MaxAmount, required: false);
            _check.Number($"{here}.year", target.Year, 2000, 2200, required: false);
            _check.Line($"{here}.measurement", target.Measurement, MaxText, required: false);
            _check.Line($"{here}.source", target.Source, MaxText, required: false);
        });
        Each($"{at}.alignments", facts.Alignments, (alignment, here) =>
        {
            _check.Choice($"{here}.kind", alignment.Kind, ["national-strategy", "urban-plan", "digital-strategy", "other"]);
            _check.Line($"{here}.document", alignment.Document, MaxText);
            _check.Line($"{here}.section", alignment.Section, MaxText, required: false);
            _check.Line($"{here}.address", alignment.Address, MaxText, required: false);
            Known($"{here}.objective", alignment.Objective, objectives);
        });
        Each($"{at}.logic", facts.Logic, (node, here) =>
        {
            Id($"{here}.id", node.Id);
            _check.Choice($"{here}.kind", node.Kind, ["input", "output", "outcome", "impact"]);
            Texts($"{here}.names", node.Names);
            Each($"{here}.leadsTo", node.LeadsTo, (to, there) =>
            {
                var known = facts.Logic.Select(n => n.Id).Concat(facts.Targets.Select(t => t.Id)).Concat(objectives);
                if (node.Kind == "input") known = known.Concat(_file.Initiatives.Select(CodeOf)).Concat(_ground.Initiatives);
                Known(there, to, known.ToHashSet());
            });
        });
    }

    private void Initiative(string at, InitiativeFacts facts, HashSet<string> codes, HashSet<string> challenges)
    {
        Texts($"{at}.names", facts.Names);
        foreach (var (name, texts) in new[] { ("purpose", facts.Purpose), ("result", facts.Result), ("steps", facts.Steps), ("spread", facts.Spread), ("canvas", facts.Canvas) })
            if (texts is null) Add($"{at}.{name}", "required");
            else foreach (var (key, text) in texts) _check.Text($"{at}.{name}.{key}", text, MaxText);
        _check.Choice($"{at}.sector", facts.Sector, _library.Sectors);
        _check.Choice($"{at}.type", facts.Type, ["area", "sector"]);
        _check.Line($"{at}.owner", facts.Owner, MaxName, required: false);
        Each($"{at}.partners", facts.Partners, (partner, here) =>
        {
            _check.Choice($"{here}.helix", partner.Helix, ["public", "private", "academia", "citizens"]);
            _check.Line($"{here}.name", partner.Name, MaxName);
        });
        District($"{at}.district", facts.District);
        Groups($"{at}.groups", facts.Groups);
        Each($"{at}.lifts", facts.Lifts, (lift, here) =>
        {
            Element($"{here}.element", lift.Element);
            _check.Number($"{here}.from", lift.From, 0, 3);
            _check.Number($"{here}.to", lift.To, Math.Min(lift.From + 1, 4), 4);
            Texts($"{here}.condition", lift.Condition, required: false);
        });
        Range($"{at}.cost", facts.Cost, 0, MaxAmount);
        Range($"{at}.operation", facts.Operation, 0, MaxAmount);
        Range($"{at}.revenue", facts.Revenue, 0, MaxAmount);
        Range($"{at}.duration", facts.Duration, 1, 60);
        Range($"{at}.beneficiaries", facts.Beneficiaries, 0, 1);
        foreach (var (pool, people) in facts.People)
        {
            if (!_library.Pools.Contains(pool)) Add($"{at}.people.{pool}", "choice", pool, string.Join(", ", _library.Pools));
            Range($"{at}.people.{pool}", people, 0, 10_000);
        }
        Each($"{at}.funding", facts.Funding, (share, here) =>
        {
            _check.Line($"{here}.source", share.Source, 80);
            _check.Number($"{here}.share", share.Share, 0, 1);
            _check.Number($"{here}.year", share.Year, 1, 15, required: false);
        });
        foreach (var year in facts.Funding.Where(f => f is not null).GroupBy(f => f.Year).Where(g => g.Sum(f => f.Share) > 1 + 1e-9)) Add($"{at}.funding", "funding-shares");
        Each($"{at}.prerequisites", facts.Prerequisites, (before, here) =>
        {
            Known($"{here}.initiative", before.Initiative, codes);
            _check.Number($"{here}.lag", before.Lag, 0, 60);
        });
        Each($"{at}.needs", facts.Needs, (need, here) =>
        {
            Element($"{here}.element", need.Element);
            _check.Number($"{here}.level", need.Level, 0, 4);
        });
        // The library names every option that excludes it; a city has only those it has copied.
        Each($"{at}.excludes", facts.Excludes, (code, here) => Known(here, code, [.. codes, .. _library.Initiatives.Select(i => i.Id)]));
        Each($"{at}.together", facts.Together, (code, here) => Known(here, code, codes));
        foreach (var (kind, strength) in facts.Benefits)
        {
            if (!Benefits.Contains(kind)) Add($"{at}.benefits.{kind}", "choice", kind, string.Join(", ", Benefits));
            _check.Number($"{at}.benefits.{kind}", strength, 1, 3);
        }
        Each($"{at}.risks", facts.Risks, (risk, here) => _check.Choice(here, risk, _library.Risks));
        Each($"{at}.kpis", facts.Kpis, (kpi, here) =>
        {
            if (!Code().IsMatch(kpi.Id)) Add($"{here}.id", "id", kpi.Id);
            Texts($"{here}.names", kpi.Names);
            Known($"{here}.target", kpi.Target, [.. (_file.Vision?.Facts ?? _ground.Vision)?.Targets.Select(t => t.Id) ?? []]);
        });
        Each($"{at}.milestones", facts.Milestones, (milestone, here) =>
        {
            if (!Code().IsMatch(milestone.Id)) Add($"{here}.id", "id", milestone.Id);
            Texts($"{here}.names", milestone.Names);
            _check.Number($"{here}.quarter", milestone.Quarter, 0, 60);
        });
        Each($"{at}.challenges", facts.Challenges, (code, here) => Known(here, code, challenges));
        var vision = _file.Vision?.Facts ?? _ground.Vision;
        HashSet<string> aims = vision is null ? [] : [.. vision.Objectives.Select(o => o.Id), .. vision.Targets.Select(t => t.Id), .. vision.Logic.Where(n => n.Kind != "input").Select(n => n.Id)];
        Each($"{at}.leadsTo", facts.LeadsTo, (id, here) => Known(here, id, aims));
        Each($"{at}.support", facts.Support, (support, here) =>
        {
            Known($"{here}.programme", support.Programme, [.. _pack.Programmes.Select(p => p.Id)]);
            _check.Line($"{here}.whom", support.Whom, MaxName, required: false);
            _check.Line($"{here}.what", support.What, MaxText, required: false);
        });
    }

    private void Scenario(string at, ScenarioFacts facts, HashSet<string> codes)
    {
        if (facts.Start.Year is < 2000 or > 2200) Add($"{at}.start", "range", $"{facts.Start}", "2000-Q1", "2200-Q4");
        _check.Number($"{at}.quarters", facts.Quarters, 4, ScenarioFacts.MaxQuarters);
        _check.Number($"{at}.budgetYearStart", facts.BudgetYearStart, 1, 4);
        _check.Number($"{at}.discount", facts.Discount, 0, 1);
        if (facts.Sources.Count == 0) Add($"{at}.sources", "required");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        Each($"{at}.sources", facts.Sources, (source, here) =>
        {
            if (!Code().IsMatch(source.Id)) Add($"{here}.id", "id", source.Id);
            else if (!ids.Add(source.Id)) Add($"{here}.id", "twice", source.Id);
            Texts($"{here}.names", source.Names);
            _check.Choice($"{here}.kind", source.Kind, ScenarioCheck.SourceKinds);
            for (var y = 0; y < source.Years.Count; y++) _check.Number($"{here}.years[{y}]", source.Years[y], 0, MaxAmount);
            _check.Number($"{here}.total", source.Total, 0, MaxAmount, required: false);
            _check.Line($"{here}.source", source.Source, MaxText);
        });
        Each($"{at}.pools", facts.Pools, (pool, here) =>
        {
            _check.Choice($"{here}.id", pool.Id, _library.Pools);
            for (var y = 0; y < pool.Years.Count; y++) _check.Number($"{here}.years[{y}]", pool.Years[y], 0, ScenarioCheck.MaxPeople);
            _check.Line($"{here}.source", pool.Source, MaxText);
        });
        foreach (var (element, level) in facts.Levels)
        {
            Element($"{at}.levels.{element}", element);
            _check.Number($"{at}.levels.{element}.level", level.Level, 0, 4);
        }
        foreach (var (code, decision) in facts.Decisions)
        {
            Known($"{at}.decisions.{code}", code, codes);
            _check.Choice($"{at}.decisions.{code}.choice", decision.Choice, ScenarioCheck.Choices);
        }
        Each($"{at}.minima", facts.Minima, (minimum, here) =>
        {
            _check.Choice($"{here}.kind", minimum.Kind, ScenarioCheck.MinimumKinds);
            _check.Number($"{here}.count", minimum.Count, 1, MaxItems);
            if (minimum.Kind != "quick-win") _check.Line($"{here}.of", minimum.Of, 80);
        });
    }

    /// <summary>Kinds of benefit to people; texts under <c>benefits</c> of the library.</summary>
    private static readonly string[] Benefits = ["time", "cost", "safety", "health", "environment", "income", "inclusion", "trust"];

    // Those whose prerequisites wait for one another; null where there are none.
    private static List<string>? CircleIn(List<(string Code, InitiativeFacts Facts)> initiatives)
    {
        var left = initiatives.GroupBy(i => i.Code).ToDictionary(g => g.Key, g => g.First().Facts.Prerequisites.Where(p => p is not null).Select(p => p.Initiative).ToHashSet());
        while (left.Keys.Where(code => !left[code].Any(left.ContainsKey)).ToList() is { Count: > 0 } free) foreach (var code in free) left.Remove(code);
        if (left.Count == 0) return null;
        var path = new List<string> { left.Keys.Order(StringComparer.Ordinal).First() };
        while (path.IndexOf(path[^1]) == path.Count - 1) path.Add(left[path[^1]].Where(left.ContainsKey).Order(StringComparer.Ordinal).First());
        return path[path.IndexOf(path[^1])..];
    }

    private void Range(string at, Expected expected, double min, double max)
    {
        _check.Number($"{at}.low", expected.Low, min, max);
        _check.Number($"{at}.planned", expected.Planned, min, max);
        _check.Number($"{at}.high", expected.High, min, max);
        if (!(expected.Low <= expected.Planned)) Add($"{at}.low", "rising");
        if (!(expected.Planned <= expected.High)) Add($"{at}.high", "rising");
        _check.Line($"{at}.source", expected.Source, MaxText);
    }

    private void Element(string at, string element)
    {
        if (_pack.Element(element) is null) Add(at, "unknown-element", element, $"{_pack.Elements[0].Id}–{_pack.Elements[^1].Id}");
    }

    private void Groups(string at, List<string> groups) => Each(at, groups, (group, here) => _check.Choice(here, group, PeopleGroups.All));

    private void District(string at, string? district) => Known(at, district, [.. _ground.Districts]);

    private void Known(string at, string? id, HashSet<string> known)
    {
        if (id is not null && !known.Contains(id)) Add(at, "plan-reference", id);
    }

    private void Texts(string at, Dictionary<string, string> texts, bool required = true)
    {
        if (texts is null || (required && texts.Count == 0)) Add(at, "required");
        foreach (var (language, text) in texts ?? [])
        {
            if (!LanguageTag().IsMatch(language)) Add($"{at}.{language}", "language", language);
            _check.Text($"{at}.{language}", text, MaxText);
        }
    }

    private HashSet<string> Codes<T>(string at, List<T> items, Func<T, string?> code)
    {
        var codes = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            if (code(items[i]) is not { } id) continue;
            if (!Code().IsMatch(id)) Add($"{at}[{i}].code", "id", id);
            else if (!codes.Add(id)) Add($"{at}[{i}].code", "twice", id);
        }
        return codes;
    }

    // Where JSON has null in place of a value, its members can no longer be looked at.
    private void Each<T>(string at, List<T> items, Action<T, string> check)
    {
        if (items is null)
        {
            Add(at, "required");
            return;
        }
        if (items.Count > MaxItems) Add(at, "too-many-values", MaxItems.ToString(CultureInfo.InvariantCulture));
        for (var i = 0; i < Math.Min(items.Count, MaxItems); i++)
            if (items[i] is { } item) check(item, $"{at}[{i}]");
            else Add($"{at}[{i}]", "required");
    }

    private void Add(string at, string code, params string[] arguments) => _check.Refuse(at, code, [.. arguments.Select(a => a.Length <= 200 ? a : $"{a[..200]}…")]);

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+){0,20}$")]
    private static partial Regex Code();

    [GeneratedRegex("^[A-Z]{3}$")]
    private static partial Regex Currency();

    [GeneratedRegex("^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    private static partial Regex LanguageTag();
}
