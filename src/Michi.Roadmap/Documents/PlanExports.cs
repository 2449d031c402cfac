using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml.Linq;
using Michi.Platform;
using Michi.Platform.Languages;
using Michi.Platform.Tables;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Documents;

/// <summary>A plan in the forms other programs read.</summary>
/// <param name="Place">Name of the place in the language of the words.</param>
/// <param name="MadeAt">When the plan was made.</param>
internal sealed record PlanSubject(PlanReading Reading, PlanOutcome Outcome, string Place, Words T, DateTimeOffset MadeAt);

/// <summary>MS Project XML.</summary>
/// <remarks>
/// Namespace http://schemas.microsoft.com/project; elements in the order of its schema (mspdi_pj12.xsd). A day has eight hours; a lag is counted in tenths of a
/// minute, a quarter of it being 65 working days. Every start stands as "no earlier than", so that the schedule is the plan's and not one computed anew.
/// </remarks>
internal static class ProjectXml
{
    private static readonly XNamespace P = "http://schemas.microsoft.com/project";

    public static byte[] Write(PlanSubject subject)
    {
        var (plan, language) = (subject.Reading, subject.T.Language);
        var uids = plan.Schedule.Select((s, i) => (s.Code, Uid: i + 1)).ToDictionary(s => s.Code, s => s.Uid);
        var pools = plan.Input.Scenario.Pools;
        var milestones = plan.Schedule.SelectMany(s => s.Facts.Milestones.Select(m => (Of: s, Milestone: m))).ToList();
        var assignments = plan.Schedule.SelectMany(s => pools.Select((pool, i) => (s.Code, Pool: i + 1, Units: s.Facts.People.GetValueOrDefault(pool.Id)?.Planned ?? 0))).Where(a => a.Units > 0).ToList();
        var document = new XDocument(new XDeclaration("1.0", "UTF-8", "yes"), new XElement(P + "Project",
            E("Name", $"{subject.Place}.xml"), E("Title", subject.T["plan-report.title", subject.Place]), E("CreationDate", Time(DateOnly.FromDateTime(subject.MadeAt.UtcDateTime), "00:00:00")),
            E("ScheduleFromStart", 1), E("StartDate", Time(plan.QuarterAt(0).FirstDay, "08:00:00")), E("CurrencyCode", plan.Input.Currency), E("MinutesPerDay", 480), E("MinutesPerWeek", 2400), E("DaysPerMonth", 20),
            new XElement(P + "Tasks",
                plan.Schedule.Select(s => Task(uids[s.Code], s.Facts.NameIn(language), s.From.FirstDay, s.Last.LastDay, false, s.Facts.Cost.Planned, InitiativeFacts.TextIn(s.Facts.Purpose, language),
                    s.Facts.Prerequisites.Where(p => uids.ContainsKey(p.Initiative)).Select(p => (uids[p.Initiative], p.Lag)))),
                milestones.Select((m, i) => Task(uids.Count + i + 1, $"{m.Of.Facts.NameIn(language)}: {InitiativeFacts.TextIn(m.Milestone.Names, language)}", MilestoneDay(m.Of, m.Milestone), MilestoneDay(m.Of, m.Milestone), true, 0, "", []))),
            new XElement(P + "Resources", pools.Select((pool, i) => new XElement(P + "Resource", E("UID", i + 1), E("ID", i + 1), E("Name", subject.T[$"plan-report.pools.{pool.Id}"]), E("Type", 1), E("MaxUnits", Number(pool.Years.DefaultIfEmpty(0).Max())))))
            , new XElement(P + "Assignments", assignments.Select((a, i) => new XElement(P + "Assignment", E("UID", i + 1), E("TaskUID", uids[a.Code]), E("ResourceUID", a.Pool), E("Units", Number(a.Units)))))));
        using var stream = new MemoryStream();
        document.Save(stream);
        return stream.ToArray();
    }

    /// <summary>The first day of the quarter in which a milestone is due.</summary>
    internal static DateOnly MilestoneDay(ScheduledInitiative of, Milestone milestone) => of.From.Plus(milestone.Quarter).FirstDay;

    private static XElement Task(int uid, string name, DateOnly start, DateOnly end, bool isMilestone, double cost, string notes, IEnumerable<(int Uid, int Lag)> after) => new(P + "Task",
        E("UID", uid), E("ID", uid), E("Name", Xml(name)), E("Type", 1), E("IsNull", 0), E("OutlineLevel", 1), E("Start", Time(start, "08:00:00")), E("Finish", Time(end, isMilestone ? "08:00:00" : "17:00:00")),
        E("Duration", $"PT{(isMilestone ? 0 : WorkingDays(start, end) * 8)}H0M0S"), E("DurationFormat", 7), E("Milestone", isMilestone ? 1 : 0), E("Summary", 0), E("FixedCost", Number(Math.Round(cost))),
        E("ConstraintType", 4), E("ConstraintDate", Time(start, "08:00:00")), notes.Length == 0 ? null : E("Notes", Xml(notes)),
        after.Select(a => new XElement(P + "PredecessorLink", E("PredecessorUID", a.Uid), E("Type", 1), E("CrossProject", 0), E("LinkLag", a.Lag * 65 * 4800), E("LagFormat", 7))));

    private static int WorkingDays(DateOnly start, DateOnly end) =>
        Enumerable.Range(0, end.DayNumber - start.DayNumber + 1).Count(d => start.AddDays(d).DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday));

    private static XElement E(string name, object value) => new(P + name, value);

    // What XML 1.0 cannot carry is left out.
    private static string Xml(string text) => new([.. text.Where(c => System.Xml.XmlConvert.IsXmlChar(c) || char.IsSurrogate(c))]);

    private static string Time(DateOnly day, string time) => string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd}T{time}");

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}

/// <summary>iCalendar (RFC 5545): an event for each initiative and milestone, whole days.</summary>
internal static class Calendar
{
    public static byte[] Write(PlanSubject subject)
    {
        var (plan, language, text) = (subject.Reading, subject.T.Language, new StringBuilder());
        void Line(string line) => Fold(text, line);
        Line("BEGIN:VCALENDAR");
        Line("VERSION:2.0");
        Line("PRODID:-//Michi//Roadmap//EN");
        Line("CALSCALE:GREGORIAN");
        Line($"X-WR-CALNAME:{Escaped(subject.T["plan-report.title", subject.Place])}");
        foreach (var initiative in plan.Schedule)
        {
            Event(initiative.Code, initiative.From.FirstDay, initiative.Last.LastDay.AddDays(1), initiative.Facts.NameIn(language), InitiativeFacts.TextIn(initiative.Facts.Purpose, language));
            foreach (var milestone in initiative.Facts.Milestones)
            {
                var day = ProjectXml.MilestoneDay(initiative, milestone);
                Event($"{initiative.Code}.{milestone.Id}", day, day.AddDays(1), $"{initiative.Facts.NameIn(language)}: {InitiativeFacts.TextIn(milestone.Names, language)}", "");
            }
        }
        Line("END:VCALENDAR");
        return Encoding.UTF8.GetBytes(text.ToString());

        void Event(string id, DateOnly start, DateOnly end, string summary, string description)
        {
            Line("BEGIN:VEVENT");
            Line($"UID:{id}.{subject.MadeAt.ToUnixTimeSeconds()}@michi");
            Line(string.Create(CultureInfo.InvariantCulture, $"DTSTAMP:{subject.MadeAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}"));
            Line(string.Create(CultureInfo.InvariantCulture, $"DTSTART;VALUE=DATE:{start:yyyyMMdd}"));
            Line(string.Create(CultureInfo.InvariantCulture, $"DTEND;VALUE=DATE:{end:yyyyMMdd}"));
            Line($"SUMMARY:{Escaped(summary)}");
            if (description.Length > 0) Line($"DESCRIPTION:{Escaped(description)}");
            Line("TRANSP:TRANSPARENT");
            Line("END:VEVENT");
        }
    }

    // Section 3.3.11.
    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal)
        .ReplaceLineEndings("\n").Replace("\n", "\\n", StringComparison.Ordinal);

    // Section 3.1: lines of at most 75 octets, never cut within a character.
    private static void Fold(StringBuilder text, string line)
    {
        var octets = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > 75)
            {
                text.Append("\r\n ");
                octets = 1;
            }
            text.Append(rune.ToString());
            octets += rune.Utf8SequenceLength;
        }
        text.Append("\r\n");
    }
}

/// <summary>The schedule as a table, and the plan as JSON.</summary>
internal static class PlanTables
{
    private static readonly JsonSerializerOptions Options = new(StrictJson.Options) { IgnoreReadOnlyProperties = false, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>What is done and when, with money and people.</summary>
    public static Table Schedule(PlanSubject subject)
    {
        var (t, plan) = (subject.T, subject.Reading);
        return new(t["plan-report.schedule"],
        [
            new(t["plan-report.code"], 26), new(t["plan-report.initiative"], 46), new(t["plan-report.from"], 12), new(t["plan-report.to"], 12), new(t["plan-report.owner"], 30),
            new(t["plan-report.cost", plan.Input.Currency], 16), new(t["plan-report.operation", plan.Input.Currency], 16), new(t["plan-report.quick-win"], 12), new(t["plan-report.lifts"], 30),
        ], plan.Schedule.Select(s => (IReadOnlyList<TableCell>)
        [
            s.Code, s.Facts.NameIn(t.Language), $"{s.From}", $"{s.Last}", s.Facts.Owner, s.Facts.Cost.Planned, s.Facts.Operation.Planned, s.Facts.IsQuickWin ? t["plan-report.yes"] : "",
            string.Join(", ", s.Facts.Lifts.Where(l => l.Holds).Select(l => $"{l.Element} {l.From}→{l.To}")),
        ]));
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
            [InitiativeFacts.TextIn(m.Source.Names, t.Language), m.Year.Label, m.Money.Setup, m.Money.Operation, m.Money.Limit, m.Money.Left]));
    }

    /// <summary>Everything the plan follows from and what came out.</summary>
    public static byte[] Json(PlanSubject subject) => JsonSerializer.SerializeToUtf8Bytes(
        new { format = "michi-planned/1", place = subject.Place, madeAt = subject.MadeAt, input = subject.Reading.Input, outcome = subject.Outcome }, Options);

    /// <summary>The essence as plain text, for a terminal.</summary>
    public static string Text(PlanSubject subject)
    {
        var (t, plan, text) = (subject.T, subject.Reading, new StringBuilder());
        string Amount(double value) => $"{value.ToString("N0", t.Culture)} {plan.Input.Currency}";
        text.AppendLine(t["plan-report.title", subject.Place]).AppendLine(plan.Input.ScenarioName);
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
