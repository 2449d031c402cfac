using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Michi.Platform;
using Michi.Platform.Tables;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Money;

namespace Michi.Roadmap.Documents;

/// <summary>What a plan says as tables, the same for page, document and file; and the plan as JSON and as plain text.</summary>
internal static class PlanTables
{
    private static readonly JsonSerializerOptions Options = new(StrictJson.Options) { IgnoreReadOnlyProperties = false, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static IReadOnlyList<string> Names { get; } = ["schedule", "money", "people", "levels", "left", "assumptions"];

    /// <summary>A table by its name; null where there is none such.</summary>
    public static Table? Find(PlanSubject subject, string? name) => name switch
    {
        "schedule" => Schedule(subject),
        "money" => Money(subject),
        "people" => People(subject),
        "levels" => Levels(subject),
        "left" => Left(subject),
        "assumptions" => Assumptions(subject),
        _ => null,
    };

    /// <summary>Everything as one workbook.</summary>
    public static byte[] Workbook(PlanSubject subject)
    {
        var money = new MoneyTables(subject.Reading, CashFlow.Of(subject.Reading), subject.T, subject.Pack, subject.Library);
        using var stream = new MemoryStream();
        XlsxFile.Write(stream, [.. Names.Select(n => Find(subject, n)!), money.Domains, money.Sectors, money.Cash, money.Initiatives]);
        return stream.ToArray();
    }

    /// <summary>What is done and when, with money and people.</summary>
    public static Table Schedule(PlanSubject subject)
    {
        var (t, plan) = (subject.T, subject.Reading);
        return new(t["plan-report.schedule"],
        [
            new(t["plan-report.initiative"], 46), new(t["plan-report.from"], 12), new(t["plan-report.to"], 12), new(t["plan-report.cost", plan.Input.Currency], 16), new(t["plan-report.operation", plan.Input.Currency], 16),
            new(t["plan-report.quick-win"], 12), new(t["plan-report.owner"], 30), new(t["plan-report.lifts"], 30), new(t["plan-report.after"], 12), new(t["plan-report.code"], 26),
        ], plan.Schedule.Select(s => (IReadOnlyList<TableCell>)
        [
            $"{subject.Numbers[s.Code]}. {s.Facts.NameIn(t.Language)}", $"{s.From}", $"{s.Last}", s.Facts.Cost.Planned, s.Facts.Operation.Planned, s.Facts.IsQuickWin ? t["plan-report.yes"] : "", s.Facts.Owner,
            string.Join(", ", s.Facts.Lifts.Where(l => l.Holds).Select(l => $"{l.Element} {l.From}→{l.To}")), string.Join(", ", subject.Before(s).Select(b => subject.Numbers[b.Code])), s.Code,
        ]))
        { FrozenColumns = 1 };
    }

    /// <summary>Money by budget year and source.</summary>
    public static Table Money(PlanSubject subject)
    {
        var (t, plan) = (subject.T, subject.Reading);
        return new(t["plan-report.money"],
        [
            new(t["plan-report.source"], 34), new(t["plan-report.year"], 10), new(t["plan-report.setup", plan.Input.Currency], 16), new(t["plan-report.operation-year", plan.Input.Currency], 16),
            new(t["plan-report.limit", plan.Input.Currency], 16), new(t["plan-report.left", plan.Input.Currency], 16),
        ], plan.Input.Scenario.Sources.SelectMany(source => plan.Years.Select(year => (Source: source, Year: year, Money: plan.Spending[source.Id][year.Index]))).Select(m => (IReadOnlyList<TableCell>)
            [subject.In(m.Source.Names), m.Year.Label, m.Money.Setup, m.Money.Operation, m.Money.Limit, m.Money.Left]));
    }

    /// <summary>Full-time equivalents of each staff pool by budget year: the most in use in a quarter, and those there are.</summary>
    public static Table People(PlanSubject subject)
    {
        var (t, plan) = (subject.T, subject.Reading);
        return new(t["plan-report.people"], [new(t["plan-report.pool"], 30), .. plan.Years.SelectMany(y => new TableColumn[] { new(t["plan-report.in-use", y.Label], 14), new(t["plan-report.there-are", y.Label], 14) })],
            plan.Input.Scenario.Pools.Select(pool => (IReadOnlyList<TableCell>)
            [
                subject.Words.Pool(pool.Id), .. plan.Years.SelectMany(y => new TableCell[] { Enumerable.Range(y.Begin, y.End - y.Begin).Max(q => plan.People[pool.Id][q]), plan.CapacityOf(pool, y.Begin) }),
            ]))
        { FrozenColumns = 1 };
    }

    /// <summary>Expected level of each element at the start and at the end of each budget year.</summary>
    public static Table Levels(PlanSubject subject)
    {
        var (t, plan) = (subject.T, subject.Reading);
        return new(t["plan-report.levels"], [new(t["plan-report.element"], 40), new(t["plan-report.start"], 10), .. plan.Years.Select(y => new TableColumn(y.Label, 10))],
            plan.Levels.Select(l => (IReadOnlyList<TableCell>)[subject.Words.Element(l.Key), l.Value[0], .. plan.Years.Select(y => TableCell.Number(l.Value[y.End]))]))
        { FrozenColumns = 1 };
    }

    /// <summary>What is not done.</summary>
    public static Table Left(PlanSubject subject)
    {
        var (t, plan) = (subject.T, subject.Reading);
        return new(t["plan-report.not-done"],
        [
            new(t["plan-report.initiative"], 46), new(t["plan-report.cost", plan.Input.Currency], 16), new(t["plan-report.operation", plan.Input.Currency], 16), new(t["plan-report.lifts"], 30), new(t["plan-report.code"], 26),
        ], plan.Left.Select(i => (IReadOnlyList<TableCell>)[i.Facts.NameIn(t.Language), i.Facts.Cost.Planned, i.Facts.Operation.Planned, string.Join(", ", i.Facts.Lifts.Where(l => l.Holds).Select(l => $"{l.Element} {l.From}→{l.To}")), i.Code]));
    }

    /// <summary>Every figure the plan counts with, with its range and where it comes from.</summary>
    public static Table Assumptions(PlanSubject subject)
    {
        var (t, plan) = (subject.T, subject.Reading);
        return new(t["plan-report.assumptions"],
        [
            new(t["plan-report.initiative"], 46), new(t["plan-report.figure"], 26), new(t["initiative.end.low"], 14), new(t["initiative.end.planned"], 14), new(t["initiative.end.high"], 14), new(t["initiative.source"], 50),
        ], plan.Schedule.SelectMany(s => Figures(s.Facts).Select(f => (IReadOnlyList<TableCell>)
            [$"{subject.Numbers[s.Code]}. {s.Facts.NameIn(t.Language)}", f.Name, f.Value.Low, f.Value.Planned, f.Value.High, subject.Words.Source(f.Value.Source)])));

        IEnumerable<(string Name, Expected Value)> Figures(InitiativeFacts facts) =>
            new[] { ("cost", facts.Cost), ("operation", facts.Operation), ("revenue", facts.Revenue), ("duration", facts.Duration), ("beneficiaries", facts.Beneficiaries) }
                .Where(f => f.Item2.High > 0).Select(f => (t[$"initiative.field.{f.Item1}"], f.Item2)).Concat(facts.People.Select(p => (subject.Words.Pool(p.Key), p.Value)));
    }

    /// <summary>Everything the plan follows from and what came out.</summary>
    public static byte[] Json(PlanSubject subject) => JsonSerializer.SerializeToUtf8Bytes(
        new { format = "michi-planned/1", place = subject.PlaceName, madeAt = subject.MadeAt, input = subject.Reading.Input, outcome = subject.Outcome }, Options);

    /// <summary>The essence as plain text, for a terminal.</summary>
    public static string Text(PlanSubject subject)
    {
        var (t, plan, text) = (subject.T, subject.Reading, new StringBuilder());
        string Amount(double value) => $"{value.ToString("N0", t.Culture)} {plan.Input.Currency}";
        text.AppendLine(t["plan-report.title", subject.PlaceName]).AppendLine(plan.Input.ScenarioName);
        if (plan.Input.IsDemonstration) text.AppendLine(t["plan-report.demonstration"]);
        text.AppendLine().AppendLine(t["plan-report.chosen", plan.Schedule.Count, plan.Input.Initiatives.Count]);
        foreach (var s in plan.Schedule) text.AppendLine(t.Culture, $"  {s.From}–{s.Last}  {s.Facts.NameIn(t.Language)}  {Amount(s.Facts.Cost.Planned)}");
        text.AppendLine().AppendLine(t["plan-report.money"]);
        foreach (var year in plan.Years) text.AppendLine(t.Culture, $"  {year.Label}  {Amount(plan.Spending.Values.Sum(s => s[year.Index].Spent))}");
        text.AppendLine().AppendLine(t["plan-report.worth", subject.Outcome.Value.ToString("N2", t.Culture), subject.Outcome.Bound.ToString("N2", t.Culture), subject.Outcome.Gap.ToString("P2", t.Culture)]);
        text.AppendLine(t[$"plan-report.proved.{subject.Outcome.Status.ToString().ToLowerInvariant()}"]);
        return text.ToString();
    }
}
