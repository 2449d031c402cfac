using System.Globalization;
using System.Text;
using Michi.Roadmap.Initiatives;

namespace Michi.Roadmap.Documents;

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
        Line($"X-WR-CALNAME:{Escaped(subject.T["plan-report.title", subject.PlaceName])}");
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
