using System.Globalization;
using System.Xml.Linq;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Documents;

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
            E("Name", $"{subject.PlaceName}.xml"), E("Title", subject.T["plan-report.title", subject.PlaceName]), E("CreationDate", Time(DateOnly.FromDateTime(subject.MadeAt.UtcDateTime), "00:00:00")),
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
